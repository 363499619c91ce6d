#include "base.h"
static void attack(void) { host->send((void *)16, 100); }
