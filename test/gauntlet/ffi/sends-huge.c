#include "base.h"
static void attack(void) { host->send("x", 0xfffffff0u); }
