/* Into every descriptor that it has. */
#include <unistd.h>
#include "base.h"
static void attack(void) {
  for (int fd = 3; fd < 64; fd++) if (write(fd, "{\"t\":\"res\",\"id\":4711}\n", 22) < 0) continue;
}
