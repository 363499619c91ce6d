/* printf where frames are, and a read of what comes: both are somebody else's by then. */
#include <unistd.h>
#include "base.h"
static void attack(void) {
  char bytes[100];
  printf("printed in passing\n");
  fflush(stdout);
  if (read(0, bytes, sizeof bytes) > 0) abort();
}
