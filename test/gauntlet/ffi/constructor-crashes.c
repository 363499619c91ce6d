#include "base.h"
static void attack(void) {}
__attribute__((constructor)) static void begin(void) { *(volatile int *)8 = 1; }
