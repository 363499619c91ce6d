#include "base.h"
static void attack(void) { exit(0); }
