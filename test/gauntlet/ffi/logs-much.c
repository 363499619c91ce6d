#include "base.h"
static void attack(void) {
  static char text[1 << 20];
  memset(text, 'x', sizeof text);
  for (int i = 0; i < 1000; i++) host->log(99, text, sizeof text);
}
