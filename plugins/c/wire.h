/* Length-prefixed frames on stdin and stdout. One thread; answers gather until all that came was looked at, or
   until there are WRITE_BYTES of them, which the host reads while the rest is answered. */
#ifndef WIRE_H
#define WIRE_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getaffinity; so include this file first */
#endif
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include "msgpack.h"

enum { READ_BYTES = 64 << 10, WRITE_BYTES = 2 << 10, LOOK_US = 100, CROWDED_US = 20, REST_WAITS = 500 };

typedef struct {
  buffer in, out;
  size_t taken;     /* bytes of `in` that were handed out */
  size_t begun;     /* where in `out` the frame under way begins */
  size_t max_frame; /* 64 KiB until the host's hello says otherwise */
  int cpus;         /* that this process may use */
  int lively;       /* the last wait was short */
  int rest;         /* waits to come without a look */
} wire;

static int64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void wire_flush(wire *w) {
  const uint8_t *p = w->out.p;
  while (w->out.n > 0) {
    ssize_t done = write(STDOUT_FILENO, p, w->out.n);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) exit(0); /* the host is gone */
    p += done;
    w->out.n -= (size_t)done;
  }
}

static int cpus_allowed(void) {
#ifdef __linux__
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
#else
  return (int)sysconf(_SC_NPROCESSORS_ONLN);
#endif
}

static inline void wire_start(wire *w) {
  signal(SIGPIPE, SIG_IGN);
  *w = (wire){.max_frame = 64 << 10, .cpus = cpus_allowed()};
  put(&w->out, "SALLYPORT/1 msgpack\n", 20);
}

/* Begins a frame of `fields` keys after `t`; ended by `end_frame`. */
static inline buffer *begin_frame(wire *w, const char *type, size_t fields) {
  w->begun = w->out.n;
  put_be(&w->out, 0, 4);
  put_map(&w->out, fields + 1);
  put_str(&w->out, "t");
  put_str(&w->out, type);
  return &w->out;
}

static inline void end_frame(wire *w) {
  uint32_t n = (uint32_t)(w->out.n - w->begun - 4);
  for (int i = 0; i < 4; i++) w->out.p[w->begun + i] = (uint8_t)(n >> (24 - 8 * i));
  if (w->out.n >= WRITE_BYTES) wire_flush(w);
}

/* A frame that is made already. */
static inline void wire_put(wire *w, const void *frame, uint32_t n) {
  put_be(&w->out, n, 4);
  put(&w->out, frame, n);
  if (w->out.n >= WRITE_BYTES) wire_flush(w);
}

/* Waits up to `timeout_ms` (-1: for ever) for input. To be woken takes longer than a short answer of the host:
   while the talk is lively, and a second CPU can run the host, it looks for LOOK_US before it sleeps. Not for
   REST_WAITS after a look took CROWDED_US: somebody else wanted this CPU. */
static int wait_for_input(wire *w, int timeout_ms) {
  struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
  int64_t began = now_us(), last = began, now = began;
  int ready = poll(&fd, 1, 0);
  if (w->rest > 0) w->rest--;
  else for (; w->lively && w->cpus > 1 && !ready && now - began < LOOK_US; last = now) {
    sched_yield();
    ready = poll(&fd, 1, 0);
    now = now_us();
    if (now - last > CROWDED_US) w->rest = REST_WAITS;
  }
  if (!ready) ready = poll(&fd, 1, timeout_ms);
  w->lively = now_us() - began < 2 * LOOK_US;
  return ready;
}

/* Sends what is written, then reads what comes within `timeout_ms`. 0: the input ended. */
static int wire_fill(wire *w, int timeout_ms) {
  wire_flush(w);
  if (wait_for_input(w, timeout_ms) <= 0) return 1;
  if (w->taken > 0) {
    memmove(w->in.p, w->in.p + w->taken, w->in.n - w->taken);
    w->in.n -= w->taken;
    w->taken = 0;
  }
  ssize_t n = read(STDIN_FILENO, room_for(&w->in, READ_BYTES), READ_BYTES);
  if (n < 0 && errno == EINTR) return 1;
  if (n <= 0) return 0;
  w->in.n += (size_t)n;
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
