/* Fingerprints of transactions in C: a read loop that answers each call at once. wire.h is the demo plugin's. */
#include "wire.h"
#include <inttypes.h>

static wire w;

static uint64_t fnv1a(span text) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < text.n; i++) hash = (hash ^ text.p[i]) * UINT64_C(0x100000001b3);
  return hash;
}

static void answer(span f) {
  int64_t id = 0;
  span text;
  char hex[17];
  read_int(get(f, "id"), &id);
  int known = is_str(get(f, "m"), "fingerprint.of"), ok = known && read_str(get(get(f, "p"), "text"), &text);
  buffer *b = begin_frame(&w, ok ? "res" : "err", 2);
  put_str(b, "id"); put_int(b, id);
  if (ok) {
    snprintf(hex, sizeof hex, "%016" PRIx64, fnv1a(text));
    put_str(b, "r"); put_str(b, hex);
  } else {
    put_str(b, "e"); put_map(b, 2);
    put_str(b, "code"); put_str(b, known ? "invalid_argument" : "unimplemented");
    put_str(b, "msg"); put_str(b, known ? "text must be a string" : "there is only fingerprint.of");
  }
  end_frame(&w);
}

static void say_hello(void) {
  buffer *b = begin_frame(&w, "hello", 4);
  put_str(b, "name"); put_str(b, "fingerprint");
  put_str(b, "version"); put_str(b, "1.0.0");
  put_str(b, "methods"); put_array(b, 1);
  put_map(b, 2); put_str(b, "name"); put_str(b, "fingerprint.of"); put_str(b, "idempotent"); put_bool(b, 1);
  put_str(b, "limits"); put_map(b, 1); put_str(b, "inflight"); put_int(b, 16);
  end_frame(&w);
}

int main(void) {
  if (!getenv("SALLYPORT_PLUGIN")) {
    fputs("This is a Sallyport plugin of the treasury example; `npm start` runs it.\n", stderr);
    return 64;
  }
  wire_start(&w);
  say_hello();
  while (wire_fill(&w, -1)) {
    for (span f; wire_next(&w, &f);) {
      if (is_str(get(f, "t"), "req")) answer(f);
      else if (is_str(get(f, "t"), "bye")) { wire_flush(&w); return 0; }
      else if (is_str(get(f, "t"), "hello")) w.max_frame = 1 << 20;
    }
  }
  return 0;
}
