#include "base.h"
static void attack(void) {
  for (int i = 0; i < 4096; i++) { char *p = malloc(1 << 20); if (!p) abort(); memset(p, i, 1 << 20); }
}
