/* As a guest of the ABI: a shared library (mode ffi) or a wasm module (mode wasm). */
#include "../../../plugins/c/sallyport.h"
#include "evil.h"

#ifdef __wasm__
#include "../../../plugins/c/wasm.h"
void emit(const void *frame, uint32_t n) { sallyport_send(frame, n); }
void outside(const char *line) { sallyport_log(1, line, length(line)); }
void print(const char *line) { outside(line); }
void crash(void) { __builtin_trap(); }
int32_t sallyport_start(void) { return greet(), 0; }
int native(const char *frame, const char *id, const char *variant, const char *(*field)(const char *, const char *, char *, uint32_t), void (*answer)(const char *, const char *)) {
  (void)frame, (void)id, (void)variant, (void)field, (void)answer;
  return 1;
}
#else
#include "native.h"
static const struct sallyport_host *host;
const char *sallyport_fingerprint(void) { return SALLYPORT_FINGERPRINT; }
void emit(const void *frame, uint32_t n) { host->send(frame, n); }
void outside(const char *line) { host->log(1, line, length(line)); }
void print(const char *line) { if (write(1, line, length(line)) < 0) return; }
void crash(void) { *(volatile int *)8 = 1; }
int32_t sallyport_start(const struct sallyport_host *table) {
  host = table;
  return greet(), 0;
}
#endif

uint32_t sallyport_abi(void) { return SALLYPORT_ABI; }
uint32_t sallyport_codec(void) { return SALLYPORT_JSON; }
void *sallyport_alloc(uint32_t n) { return malloc(n + 1); }
void sallyport_wake(void) {}
void sallyport_stop(void) {}
void *more(uint32_t n) { return malloc(n); }
void leave(void) { emit(NULL, 0); }
void lie(void) { emit("x", 0xffffffffu); }
void sallyport_receive(void *frame, uint32_t n) {
  ((char *)frame)[n] = 0;
  heed(frame);
  free(frame);
}
