#include "base.h"
static void attack(void) {}
__attribute__((constructor)) static void begin(void) { for (volatile int i = 0;; i++) {} }
