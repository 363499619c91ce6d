#define STOP for (volatile int i = 0;; i++) {}
#include "base.h"
static void attack(void) {}
