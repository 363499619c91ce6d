/* Just enough MessagePack for Sallyport: raw values that are checked before anything looks into them. */
#ifndef MSGPACK_H
#define MSGPACK_H
#include <stdint.h>
#ifdef __wasm__
#include "wasm.h"
#else
#include <stdlib.h>
#include <string.h>
#endif

enum { MAX_DEPTH = 64 };

/* One encoded value, or the bytes of a string. `p` is NULL where there is none. Owned by the frame it points into. */
typedef struct { const uint8_t *p; size_t n; } span;

typedef struct { uint8_t *p; size_t n, room; } buffer;

/* Where the next `n` bytes may be written; they count when `b->n` says so. */
static uint8_t *room_for(buffer *b, size_t n) {
  if (b->room - b->n < n) {
    b->room = (b->n + n) * 2;
    if (!(b->p = realloc(b->p, b->room))) abort();
  }
  return b->p + b->n;
}
static void put(buffer *b, const void *bytes, size_t n) {
  uint8_t *to = room_for(b, n);
  if (n) memcpy(to, bytes, n);
  b->n += n;
}
static void put_byte(buffer *b, uint8_t byte) { put(b, &byte, 1); }
static void put_be(buffer *b, uint64_t v, int bytes) {
  while (bytes-- > 0) put_byte(b, (uint8_t)(v >> (8 * bytes)));
}
static void put_head(buffer *b, uint8_t small, size_t small_max, uint8_t wide, size_t n) {
  if (n <= small_max) put_byte(b, (uint8_t)(small | n));
  else if (n <= 0xffff) { put_byte(b, wide); put_be(b, n, 2); }
  else { put_byte(b, (uint8_t)(wide + 1)); put_be(b, n, 4); }
}
static inline void put_map(buffer *b, size_t n) { put_head(b, 0x80, 15, 0xde, n); }
static inline void put_array(buffer *b, size_t n) { put_head(b, 0x90, 15, 0xdc, n); }
static inline void put_bytes_as_str(buffer *b, span s) { put_head(b, 0xa0, 31, 0xda, s.n); put(b, s.p, s.n); }
static inline void put_str(buffer *b, const char *s) { put_bytes_as_str(b, (span){(const uint8_t *)s, strlen(s)}); }
static inline void put_joined(buffer *b, const char *first, const char *second, const char *third) {
  put_head(b, 0xa0, 31, 0xda, strlen(first) + strlen(second) + strlen(third));
  put(b, first, strlen(first)); put(b, second, strlen(second)); put(b, third, strlen(third));
}
static inline void put_nil(buffer *b) { put_byte(b, 0xc0); }
static inline void put_bool(buffer *b, int v) { put_byte(b, v ? 0xc3 : 0xc2); }
static inline void put_int(buffer *b, int64_t v) {
  if (v >= -32 && v < 128) put_byte(b, (uint8_t)v);
  else if (v >= INT32_MIN && v <= INT32_MAX) { put_byte(b, 0xd2); put_be(b, (uint64_t)v, 4); }
  else { put_byte(b, 0xd3); put_be(b, (uint64_t)v, 8); }
}
/* A value that came encoded, sent on as it is; nil where there is none. */
static inline void put_raw(buffer *b, span v) { if (v.p) put(b, v.p, v.n); else put_nil(b); }

static uint64_t get_be(const uint8_t *p, int bytes) {
  uint64_t v = 0;
  while (bytes-- > 0) v = v << 8 | *p++;
  return v;
}

/* What a value's first bytes say: bytes of head, bytes of payload, and items that follow. 0: not in the data model. */
static int head_of(const uint8_t *p, const uint8_t *end, size_t *head, uint64_t *payload, uint64_t *items) {
  if (p >= end) return 0;
  uint8_t c = *p;
  int wide = 0, kind = 0; /* 1: payload, 2: array, 3: map */
  *head = 1; *payload = 0; *items = 0;
  if (c < 0x80 || c >= 0xe0 || c == 0xc0 || c == 0xc2 || c == 0xc3) return 1;
  if (c < 0x90) { *items = 2 * (uint64_t)(c & 15); return 1; }
  if (c < 0xa0) { *items = c & 15; return 1; }
  if (c < 0xc0) { *payload = c & 31; return 1; }
  switch (c) {
    case 0xca: case 0xce: case 0xd2: *payload = 4; return 1;
    case 0xcb: case 0xcf: case 0xd3: *payload = 8; return 1;
    case 0xcc: case 0xd0: *payload = 1; return 1;
    case 0xcd: case 0xd1: *payload = 2; return 1;
    case 0xd6: *payload = 5; return 1; /* timestamps: an extension byte and 4, 8 or 12 more */
    case 0xd7: *payload = 9; return 1;
    case 0xc7: *payload = 14; return end - p > 1 && p[1] == 12;
    case 0xc4: case 0xd9: wide = 1; kind = 1; break;
    case 0xc5: case 0xda: wide = 2; kind = 1; break;
    case 0xc6: case 0xdb: wide = 4; kind = 1; break;
    case 0xdc: wide = 2; kind = 2; break;
    case 0xdd: wide = 4; kind = 2; break;
    case 0xde: wide = 2; kind = 3; break;
    case 0xdf: wide = 4; kind = 3; break;
    default: return 0;
  }
  if (end - p < 1 + wide) return 0;
  uint64_t n = get_be(p + 1, wide);
  *head = 1 + (size_t)wide;
  if (kind == 1) *payload = n; else *items = n * (kind == 3 ? 2 : 1);
  return 1;
}

/* The end of the value at `p`, or NULL if it is not whole and well formed. Never reads beyond `end`. */
static const uint8_t *skip(const uint8_t *p, const uint8_t *end, int depth) {
  size_t head;
  uint64_t payload, items;
  if (depth < 0 || p >= end) return NULL;
  /* Mostly a small number or a short string. */
  if (*p < 0x80) return p + 1;
  if ((*p & 0xe0) == 0xa0) return end - p > (*p & 31) ? p + 1 + (*p & 31) : NULL;
  if (!head_of(p, end, &head, &payload, &items)) return NULL;
  if ((uint64_t)(end - p) < head + payload) return NULL;
  p += head + payload;
  while (p && items-- > 0) p = skip(p, end, depth - 1);
  return p;
}

static int read_str(span v, span *out) {
  size_t head;
  uint64_t payload, items;
  if (!v.p || !((*v.p >= 0xa0 && *v.p < 0xc0) || (*v.p >= 0xd9 && *v.p <= 0xdb))) return 0;
  if (!head_of(v.p, v.p + v.n, &head, &payload, &items)) return 0;
  *out = (span){v.p + head, (size_t)payload};
  return 1;
}

static inline int is_str(span v, const char *text) {
  span s;
  return read_str(v, &s) && s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

/* A whole number; hosts may send one as a float. */
static inline int read_int(span v, int64_t *out) {
  if (!v.p) return 0;
  uint8_t c = *v.p;
  if (c < 0x80) *out = c;
  else if (c >= 0xe0) *out = (int8_t)c;
  else if (c >= 0xcc && c <= 0xcf) {
    uint64_t u = get_be(v.p + 1, 1 << (c - 0xcc));
    if (u > INT64_MAX) return 0;
    *out = (int64_t)u;
  } else if (c == 0xd0) *out = (int8_t)v.p[1];
  else if (c == 0xd1) *out = (int16_t)get_be(v.p + 1, 2);
  else if (c == 0xd2) *out = (int32_t)get_be(v.p + 1, 4);
  else if (c == 0xd3) *out = (int64_t)get_be(v.p + 1, 8);
  else if (c == 0xcb) {
    uint64_t bits = get_be(v.p + 1, 8);
    double d;
    memcpy(&d, &bits, 8);
    if (!(d >= -9007199254740992.0 && d <= 9007199254740992.0) || d != (double)(int64_t)d) return 0;
    *out = (int64_t)d;
  } else return 0;
  return 1;
}

/* Items of a checked array; calls for each with its index. Returns the count, or -1 for anything but an array. */
static inline int64_t array_items(span v, span *items, size_t room) {
  size_t head;
  uint64_t payload, n;
  if (!v.p || !((*v.p >= 0x90 && *v.p < 0xa0) || *v.p == 0xdc || *v.p == 0xdd)) return -1;
  if (!head_of(v.p, v.p + v.n, &head, &payload, &n)) return -1;
  const uint8_t *p = v.p + head, *end = v.p + v.n;
  for (uint64_t i = 0; i < n; i++) {
    const uint8_t *next = skip(p, end, MAX_DEPTH);
    if (!next) return -1;
    if (i < room) items[i] = (span){p, (size_t)(next - p)};
    p = next;
  }
  return (int64_t)n;
}

/* The raw value of a key of a checked map; `{NULL, 0}` where there is none, or no map. */
static inline span get(span map, const char *key) {
  size_t head;
  uint64_t payload, items;
  if (!map.p || !((*map.p >= 0x80 && *map.p < 0x90) || *map.p == 0xde || *map.p == 0xdf)) return (span){NULL, 0};
  if (!head_of(map.p, map.p + map.n, &head, &payload, &items)) return (span){NULL, 0};
  const uint8_t *p = map.p + head, *end = map.p + map.n;
  for (; items >= 2; items -= 2) {
    const uint8_t *value = skip(p, end, MAX_DEPTH), *next = value ? skip(value, end, MAX_DEPTH) : NULL;
    if (!next) break;
    if (is_str((span){p, (size_t)(value - p)}, key)) return (span){value, (size_t)(next - value)};
    p = next;
  }
  return (span){NULL, 0};
}
#endif
