/* Over everything that it finds above its own frame: the stack that called it, then whatever lies there. */
#include "base.h"
static void attack(void) {
  volatile char here, *p = &here;
  for (long i = 0;; i++) p[i] = 0x41;
}
