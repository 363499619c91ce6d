#define WAKE host->timer(0)
#include "base.h"
static void attack(void) { host->timer(0); }
