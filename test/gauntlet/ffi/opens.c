/* What a native program tries first: the users of the machine, a connection, a program. Answers what it got. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base.h"
static void attack(void) {
  static char got[64];
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0x7f000001)};
  int socketed = socket(AF_INET, SOCK_STREAM, 0);
  snprintf(got, sizeof got, "%s%s%s", open("/etc/passwd", O_RDONLY) >= 0 ? "users " : "",
           socketed >= 0 && connect(socketed, (struct sockaddr *)&address, sizeof address) == 0 ? "network " : "", access("/root/.ssh", R_OK) == 0 ? "keys " : "");
  reply = got;
}
