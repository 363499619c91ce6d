/* Over its process's heap, without a fault: the engine finds its own memory changed. */
#include "base.h"
static void attack(void) {
  char *p = malloc(64);
  for (long i = -65536; i < 65536; i++) p[i] = 0x41;
  free(p);
}
