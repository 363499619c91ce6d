#include "base.h"
static void attack(void) { host->send(NULL, 100); }
