/* The demo plugin as a program (mode stdio): the host's table over stdin and stdout. */
#include "wire.h"
#include "demo.h"

static wire w;
static int ended;
static int64_t due_us = -1; /* when the timer comes; -1: never */

static void send_frame(const void *frame, uint32_t n) {
  if (n == 0) ended = 1;
  else wire_put(&w, frame, n);
}
static void set_timer(uint32_t ms) { due_us = ms == SALLYPORT_NO_TIMER ? -1 : now_us() + (int64_t)ms * 1000; }
static void log_text(uint32_t level, const void *text, uint32_t n) {
  (void)level;
  fprintf(stderr, "%.*s\n", (int)n, (const char *)text);
}
static uint64_t clock_us(void) { return (uint64_t)now_us(); }

/* ms until the timer comes, -1 without one. */
static int left_ms(void) {
  if (due_us < 0) return -1;
  int64_t left = (due_us - now_us() + 999) / 1000;
  return left < 0 ? 0 : left > 1 << 30 ? 1 << 30 : (int)left;
}

int main(void) {
  static const struct sallyport_host host = {sizeof host, send_frame, set_timer, log_text, clock_us};
  if (!getenv("SALLYPORT_PLUGIN")) {
    fputs("This is a Sallyport plugin; try: npx sallyport call demo.upper '{\"text\":\"hi\"}' --plugin plugins/c\n", stderr);
    return 64;
  }
  wire_start(&w);
  demo_start(&host);
  while (!ended && wire_fill(&w, left_ms())) {
    for (span frame; !ended && wire_next(&w, &frame); w.max_frame = demo_frame_bytes()) demo_receive(frame);
    if (!ended && left_ms() == 0) {
      due_us = -1;
      demo_wake();
    }
  }
  wire_flush(&w);
  return 0;
}
