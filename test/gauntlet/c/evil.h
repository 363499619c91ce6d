/* What an attack needs of the way in which it is run: abi.c as a library or a wasm module, wasi.c as a WASI program. */
#ifndef EVIL_H
#define EVIL_H
#include <stddef.h>
#include <stdint.h>

void emit(const void *frame, uint32_t n); /* one frame of JSON */
void outside(const char *line);           /* beside the protocol */
void print(const char *line);             /* into the protocol, where that is a pipe */
void *more(uint32_t n);                   /* memory, as long as there is some */
void crash(void);
void leave(void);
void lie(void);                           /* announces more than there is */
/* What only some can: files, network, processes, the host's memory. 1: nothing came of it, and it has not answered. */
int native(const char *frame, const char *id, const char *variant, const char *(*field)(const char *, const char *, char *, uint32_t), void (*answer)(const char *, const char *));

void greet(void);
void heed(const char *frame); /* ends with a zero */

static inline uint32_t length(const char *s) {
  uint32_t n = 0;
  while (s[n]) n++;
  return n;
}
static inline int same(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}
static inline const char *find(const char *in, const char *what) {
  for (uint32_t n = length(what); *in; in++) {
    uint32_t i = 0;
    while (i < n && in[i] == what[i]) i++;
    if (i == n) return in;
  }
  return NULL;
}
#endif
