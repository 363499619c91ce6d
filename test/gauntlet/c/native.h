/* What a library can try that is code of the machine: the same as the programs in Python do. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHILDREN = 300, FILES = 1000, CHILD_SECONDS = 10 };

static int opens(const char *path, int flags) {
  char one;
  int fd = open(path, flags, 0600);
  if (fd < 0) return 0;
  int got = (flags & O_ACCMODE) == O_RDONLY ? read(fd, &one, 1) == 1 : write(fd, "x", 1) == 1;
  close(fd);
  return got;
}

static int connects(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  return fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
}

/* Children that wait, each in a session of its own; they end by themselves, should nobody end them. */
static int children(int count) {
  int made = 0;
  for (int i = 0; i < count; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      setsid();
      alarm(CHILD_SECONDS);
      for (;;) pause();
    }
    if (pid > 0) made++;
  }
  return made;
}

int native(const char *frame, const char *id, const char *variant, const char *(*field)(const char *, const char *, char *, uint32_t), void (*answer)(const char *, const char *)) {
  char path[512], said[64] = "", value[256];
  int host = atoi(field(frame, "\"hostPid\":", value, sizeof value));
  if (same(variant, "read") && opens(field(frame, "\"secretFile\":\"", path, sizeof path), O_RDONLY)) strcpy(said, "a secret file");
  if (same(variant, "write")) {
    snprintf(path, sizeof path, "%s/planted", field(frame, "\"temp\":\"", value, sizeof value));
    opens(path, O_WRONLY | O_CREAT); /* found from outside */
  }
  if (same(variant, "tcp") && connects(atoi(field(frame, "\"port\":", value, sizeof value)))) strcpy(said, "a connection");
  if (same(variant, "children")) {
    int made = children(CHILDREN);
    if (made == CHILDREN) strcpy(said, "300 children");
  }
  if (same(variant, "session")) children(1);
  if (same(variant, "files")) {
    int many = 0;
    while (many < FILES && open("/dev/null", O_RDONLY) >= 0) many++;
    if (many == FILES) strcpy(said, "1000 open files");
  }
  if (same(variant, "environment")) {
    snprintf(path, sizeof path, "/proc/%d/environ", host);
    if (opens(path, O_RDONLY)) strcpy(said, "the host's environment");
  }
  if (same(variant, "host-memory")) {
    snprintf(path, sizeof path, "/proc/%d/mem", host);
    int fd = open(path, O_RDONLY);
    if (fd >= 0) strcpy(said, "the host's memory");
  }
  if (same(variant, "kill") && kill(host, SIGKILL) == 0) strcpy(said, "SIGKILL");
  if (same(variant, "exit")) _exit(0);
  if (said[0] == 0) return 1;
  snprintf(path, sizeof path, "{\"got\":[\"%s\"]}", said);
  answer(id, path);
  return 0;
}
