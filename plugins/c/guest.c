/* The demo plugin as a shared library (mode ffi) and as a wasm module (mode wasm): the exports of the guest ABI. */
#include "demo.h"

uint32_t sallyport_abi(void) { return SALLYPORT_ABI; }
uint32_t sallyport_codec(void) { return SALLYPORT_MSGPACK; }
void *sallyport_alloc(uint32_t n) { return malloc(n); }
void sallyport_wake(void) { demo_wake(); }
void sallyport_stop(void) {}

void sallyport_receive(void *frame, uint32_t n) {
  const uint8_t *p = frame;
  if (skip(p, p + n, MAX_DEPTH) != p + n) abort(); /* whoever sends that is no host */
  demo_receive((span){p, n});
  free(frame);
}

#ifdef __wasm__
int32_t sallyport_start(void) {
  static const struct sallyport_host host = {sizeof host, sallyport_send, sallyport_timer, sallyport_log, sallyport_now};
  demo_start(&host);
  return 0;
}
#else
const char *sallyport_fingerprint(void) { return SALLYPORT_FINGERPRINT; }
int32_t sallyport_start(const struct sallyport_host *host) {
  if (host->size < sizeof *host) return 1;
  demo_start(host);
  return 0;
}
#endif
