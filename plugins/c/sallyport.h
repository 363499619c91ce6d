/* The guest ABI 1 of Sallyport, for plugins that are a shared library (mode ffi) or a wasm module (mode wasm).
   What crosses is one frame of bus/PROTOCOL.md at a time, as pointer and length: no length before it, no line end after it.
   Copy this file; it needs nothing else. adapters/wasm/ABI.md and adapters/ffi/README.md have the rules in full. */
#ifndef SALLYPORT_H
#define SALLYPORT_H
#include <stdint.h>

#define SALLYPORT_ABI 1
#define SALLYPORT_JSON 0
#define SALLYPORT_MSGPACK 1
#define SALLYPORT_NO_TIMER 0xffffffffu

/* What the host offers. All of it is called on the thread on which the host calls, and `send` only inside
   `sallyport_start`, `sallyport_receive` and `sallyport_wake`. */
struct sallyport_host {
  uint32_t size; /* of this struct: a member beyond it is not there */
  void (*send)(const void *frame, uint32_t n); /* copied before it returns. 0 bytes: all is said, end me (after a `bye`) */
  void (*timer)(uint32_t ms);                  /* one timer, which calls `sallyport_wake`; the last call counts */
  void (*log)(uint32_t level, const void *text, uint32_t n); /* 0 debug, 1 info, 2 warn, 3 error: for what no frame can say */
  uint64_t (*now)(void);                       /* monotonic, microseconds */
};

#if defined(__wasm__)
#define SALLYPORT_EXPORT(name) __attribute__((export_name(#name)))
#define SALLYPORT_IMPORT(name) __attribute__((import_module("sallyport"), import_name(#name)))
SALLYPORT_IMPORT(send) void sallyport_send(const void *frame, uint32_t n);
SALLYPORT_IMPORT(timer) void sallyport_timer(uint32_t ms);
SALLYPORT_IMPORT(log) void sallyport_log(uint32_t level, const void *text, uint32_t n);
SALLYPORT_IMPORT(now) uint64_t sallyport_now(void);
#elif defined(_WIN32)
#define SALLYPORT_EXPORT(name) __declspec(dllexport)
#else
#define SALLYPORT_EXPORT(name) __attribute__((visibility("default")))
#endif

/* What the guest exports. */
SALLYPORT_EXPORT(sallyport_abi) uint32_t sallyport_abi(void);       /* SALLYPORT_ABI; asked before anything else */
SALLYPORT_EXPORT(sallyport_codec) uint32_t sallyport_codec(void);   /* SALLYPORT_JSON or SALLYPORT_MSGPACK */
SALLYPORT_EXPORT(sallyport_alloc) void *sallyport_alloc(uint32_t n); /* the host writes a frame there; NULL: no memory */
SALLYPORT_EXPORT(sallyport_receive) void sallyport_receive(void *frame, uint32_t n); /* ... and gives it away: the guest frees it */
SALLYPORT_EXPORT(sallyport_wake) void sallyport_wake(void);         /* the timer has come; it may come early */
SALLYPORT_EXPORT(sallyport_stop) void sallyport_stop(void);         /* the last call; nothing may be sent any more */
/* The guest sends its hello from here. Not 0: it failed. */
#if defined(__wasm__)
SALLYPORT_EXPORT(sallyport_start) int32_t sallyport_start(void);
#else
SALLYPORT_EXPORT(sallyport_start) int32_t sallyport_start(const struct sallyport_host *host); /* valid until sallyport_stop */
SALLYPORT_EXPORT(sallyport_fingerprint) const char *sallyport_fingerprint(void); /* SALLYPORT_FINGERPRINT */

/* `COMPILER VERSION MACHINE CONVENTION ORDER WIDTH`: what it was built by and for, as the compiler saw it. */
#define SALLYPORT_TEXT_(x) #x
#define SALLYPORT_TEXT(x) SALLYPORT_TEXT_(x)
#if defined(__clang__)
#define SALLYPORT_COMPILER "clang " SALLYPORT_TEXT(__clang_major__) "." SALLYPORT_TEXT(__clang_minor__)
#elif defined(__GNUC__)
#define SALLYPORT_COMPILER "gcc " SALLYPORT_TEXT(__GNUC__) "." SALLYPORT_TEXT(__GNUC_MINOR__)
#elif defined(_MSC_VER)
#define SALLYPORT_COMPILER "msvc " SALLYPORT_TEXT(_MSC_VER)
#else
#define SALLYPORT_COMPILER "unknown 0"
#endif
#if defined(__x86_64__) || defined(_M_X64)
#define SALLYPORT_MACHINE "x86_64"
#elif defined(__aarch64__) || defined(_M_ARM64)
#define SALLYPORT_MACHINE "aarch64"
#elif defined(__i386__) || defined(_M_IX86)
#define SALLYPORT_MACHINE "i386"
#elif defined(__arm__)
#define SALLYPORT_MACHINE "arm"
#elif defined(__riscv)
#define SALLYPORT_MACHINE "riscv"
#elif defined(__powerpc64__)
#define SALLYPORT_MACHINE "ppc64"
#elif defined(__s390x__)
#define SALLYPORT_MACHINE "s390x"
#elif defined(__loongarch__)
#define SALLYPORT_MACHINE "loongarch"
#else
#define SALLYPORT_MACHINE "unknown"
#endif
#if defined(_WIN32)
#define SALLYPORT_CONVENTION "win"
#else
#define SALLYPORT_CONVENTION "sysv"
#endif
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define SALLYPORT_ORDER "be"
#else
#define SALLYPORT_ORDER "le"
#endif
#if UINTPTR_MAX > 0xffffffffu
#define SALLYPORT_WIDTH "64"
#else
#define SALLYPORT_WIDTH "32"
#endif
#define SALLYPORT_FINGERPRINT SALLYPORT_COMPILER " " SALLYPORT_MACHINE " " SALLYPORT_CONVENTION " " SALLYPORT_ORDER " " SALLYPORT_WIDTH
#endif
#endif
