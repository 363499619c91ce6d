/* What a freestanding wasm module lacks: memory that can be freed, and the functions that compilers call unasked. */
#include "wasm.h"
#include <stdint.h>

enum { PAGE = 64 << 10, SMALLEST = 4, CLASSES = 28 }; /* blocks of 16 bytes to 2 GiB, powers of two */

/* In front of each block; 16 bytes, so that what follows is aligned for anything. */
typedef union header { struct { union header *next; uint32_t class; } is; uint8_t bytes[16]; } header;

extern uint8_t __heap_base; /* the linker's: where the data ends */
static header *unused[CLASSES];
static uintptr_t fresh, end; /* what was never handed out */

static void *grow(size_t n) {
  if (fresh == 0) {
    fresh = ((uintptr_t)&__heap_base + 15) & ~(uintptr_t)15;
    end = (uintptr_t)__builtin_wasm_memory_size(0) * PAGE;
  }
  if (end - fresh < n) {
    size_t pages = (n - (end - fresh) + PAGE - 1) / PAGE;
    if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) return NULL;
    end += pages * PAGE;
  }
  void *p = (void *)fresh;
  fresh += n;
  return p;
}

void *malloc(size_t n) {
  if (n > (size_t)1 << 30) return NULL;
  uint32_t class = 0;
  while ((size_t)1 << (class + SMALLEST) < n) class++;
  header *block = unused[class];
  if (block) unused[class] = block->is.next;
  else if (!(block = grow(sizeof(header) + ((size_t)1 << (class + SMALLEST))))) return NULL;
  block->is.class = class;
  return block + 1;
}

void free(void *p) {
  if (!p) return;
  header *block = (header *)p - 1;
  block->is.next = unused[block->is.class];
  unused[block->is.class] = block;
}

void *realloc(void *old, size_t n) {
  if (!old) return malloc(n);
  size_t had = (size_t)1 << (((header *)old - 1)->is.class + SMALLEST);
  if (n <= had) return old;
  void *p = malloc(n);
  if (!p) return NULL;
  memcpy(p, old, had);
  free(old);
  return p;
}

/* One instruction each, since the module is built with -mbulk-memory. */
void *memcpy(void *to, const void *from, size_t n) { return __builtin_memcpy(to, from, n); }
void *memset(void *to, int byte, size_t n) { return __builtin_memset(to, byte, n); }

int memcmp(const void *a, const void *b, size_t n) {
  const uint8_t *x = a, *y = b;
  for (; n > 0; n--, x++, y++) if (*x != *y) return *x - *y;
  return 0;
}
size_t strlen(const char *s) {
  const char *p = s;
  while (*p) p++;
  return (size_t)(p - s);
}
_Noreturn void abort(void) { __builtin_trap(); }
