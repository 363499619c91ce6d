/* As much of a C library as the demo plugin needs where there is none. */
#ifndef WASM_H
#define WASM_H
#include <stddef.h>

void *malloc(size_t n);
void *realloc(void *old, size_t n);
void free(void *p);
void *memcpy(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
_Noreturn void abort(void);
#endif
