/* Length-prefixed frames on stdin and stdout. One thread, blocking writes, buffered reads. */
#ifndef WIRE_H
#define WIRE_H
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include "msgpack.h"

typedef struct {
  buffer in, out;
  size_t taken;     /* bytes of `in` that were handed out */
  size_t max_frame; /* 64 KiB until the host's hello says otherwise */
} wire;

static void write_all(const uint8_t *p, size_t n) {
  while (n > 0) {
    ssize_t done = write(STDOUT_FILENO, p, n);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) exit(0); /* the host is gone */
    p += done;
    n -= (size_t)done;
  }
}

static inline void wire_start(wire *w) {
  signal(SIGPIPE, SIG_IGN);
  *w = (wire){.max_frame = 64 << 10};
  write_all((const uint8_t *)"SALLYPORT/1 msgpack\n", 20);
}

/* Begins a frame of `fields` keys after `t`; ended by `end_frame`. */
static buffer *begin_frame(wire *w, const char *type, size_t fields) {
  w->out.n = 0;
  put_be(&w->out, 0, 4);
  put_map(&w->out, fields + 1);
  put_str(&w->out, "t");
  put_str(&w->out, type);
  return &w->out;
}

static void end_frame(wire *w) {
  uint32_t n = (uint32_t)(w->out.n - 4);
  for (int i = 0; i < 4; i++) w->out.p[i] = (uint8_t)(n >> (24 - 8 * i));
  write_all(w->out.p, w->out.n);
}

/* Waits up to `timeout_ms` (-1: for ever) for input. 0: the input ended. */
static int wire_fill(wire *w, int timeout_ms) {
  struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
  if (poll(&fd, 1, timeout_ms) <= 0) return 1;
  if (w->taken > 0) {
    memmove(w->in.p, w->in.p + w->taken, w->in.n - w->taken);
    w->in.n -= w->taken;
    w->taken = 0;
  }
  uint8_t chunk[1 << 16];
  ssize_t n = read(STDIN_FILENO, chunk, sizeof chunk);
  if (n < 0 && errno == EINTR) return 1;
  if (n <= 0) return 0;
  put(&w->in, chunk, (size_t)n);
  return 1;
}

/* The next whole frame, checked; valid until `wire_fill`. 0: none yet. A broken one ends the program. */
static int wire_next(wire *w, span *frame) {
  size_t have = w->in.n - w->taken;
  if (have < 4) return 0;
  const uint8_t *p = w->in.p + w->taken;
  size_t n = (size_t)get_be(p, 4);
  if (n > w->max_frame) {
    fprintf(stderr, "the host sent a frame of %zu bytes, more than the %zu it may\n", n, w->max_frame);
    exit(1);
  }
  if (have < 4 + n) return 0;
  if (skip(p + 4, p + 4 + n, MAX_DEPTH) != p + 4 + n) {
    fprintf(stderr, "the host sent a frame that is not one well-formed value\n");
    exit(1);
  }
  *frame = (span){p + 4, n};
  w->taken += 4 + n;
  return 1;
}
#endif
