/* As a WASI program: frames as JSON lines, through the functions of preview 1 and nothing else. */
#include "../../../plugins/c/wasm.h"
#include "evil.h"

#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))
struct part { const void *at; uint32_t n; };
WASI(fd_read) int wasi_read(int fd, const struct part *parts, uint32_t count, uint32_t *got);
WASI(fd_write) int wasi_write(int fd, const struct part *parts, uint32_t count, uint32_t *wrote);
WASI(path_open) int wasi_open(int fd, uint32_t look, const char *path, uint32_t n, uint32_t flags, uint64_t rights, uint64_t inherit, uint32_t fdflags, int *opened);
WASI(sock_accept) int wasi_accept(int fd, uint32_t flags, int *opened);
WASI(fd_close) int wasi_close(int fd);
WASI(proc_exit) _Noreturn void wasi_exit(uint32_t code);

static char line[1 << 16];

static void out(int fd, const void *at, uint32_t n) {
  const char *next = at;
  while (n > 0) {
    struct part part = {next, n};
    uint32_t wrote = 0;
    if (wasi_write(fd, &part, 1, &wrote) != 0 || wrote > n) return;
    next += wrote, n -= wrote;
  }
}
void emit(const void *frame, uint32_t n) { out(1, frame, n), out(1, "\n", 1); }
void outside(const char *text) { out(2, text, length(text)); }
void print(const char *text) { out(1, text, length(text)); }
void *more(uint32_t n) { return malloc(n); }
void crash(void) { __builtin_trap(); }
void leave(void) { wasi_exit(0); }
/* Where nothing is: far outside of its memory. */
void lie(void) {
  struct part part = {(const void *)0xfffffff0u, 0xffffffffu};
  uint32_t wrote;
  wasi_write(1, &part, 1, &wrote);
}

static int reaches(const char *path) {
  int opened;
  /* Whatever it was given open: the first is 3, if there is any. */
  for (int fd = 0; fd < 16; fd++) if (wasi_open(fd, 0, path, length(path), 0, 2, 0, 0, &opened) == 0) return 1;
  return 0;
}

int native(const char *frame, const char *id, const char *variant, const char *(*field)(const char *, const char *, char *, uint32_t), void (*answer)(const char *, const char *)) {
  char path[512];
  int opened, got = 0;
  if (same(variant, "read")) got = reaches(field(frame, "\"secretFile\":\"", path, sizeof path)) || reaches("../../../../../../../etc/passwd");
  if (same(variant, "tcp")) for (int fd = 0; fd < 16; fd++) got |= wasi_accept(fd, 0, &opened) == 0;
  if (same(variant, "files")) for (int fd = 3; fd < 1000; fd++) got |= wasi_close(fd) == 0;
  if (same(variant, "exit")) wasi_exit(0);
  if (!got) return 1;
  answer(id, "{\"got\":[\"what nobody gave it\"]}");
  return 0;
}

__attribute__((export_name("_start"))) void start(void) {
  uint32_t used = 0;
  print("SALLYPORT/1 json\n");
  greet();
  for (;;) {
    struct part part = {line + used, sizeof line - used - 1};
    uint32_t got = 0;
    if (wasi_read(0, &part, 1, &got) != 0 || got == 0) wasi_exit(0);
    for (used += got;;) {
      uint32_t end = 0;
      while (end < used && line[end] != '\n') end++;
      if (end == used) break;
      line[end] = 0;
      heed(line);
      memcpy(line, line + end + 1, used - end - 1);
      used -= end + 1;
    }
    if (used + 1 == sizeof line) used = 0;
  }
}
