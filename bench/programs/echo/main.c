/* Writes back what it reads: the least that a child behind a pipe can do. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

int main(void) {
  static char bytes[1 << 16];
  for (;;) {
    ssize_t got = read(0, bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got < 0;
    for (ssize_t sent = 0; sent < got;) {
      ssize_t n = write(1, bytes + sent, (size_t)(got - sent));
      if (n < 0 && errno != EINTR) return EXIT_FAILURE;
      if (n > 0) sent += n;
    }
  }
}
