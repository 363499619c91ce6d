#include "base.h"
static int deeper(volatile int *before) {
  volatile int here[1024];
  here[0] = *before + 1;
  return deeper(here) + here[0];
}
static void attack(void) { volatile int zero = 0; deeper(&zero); }
