/* The attacks as a guest of the ABI in plugins/c/sallyport.h (a shared library, a wasm module) or as a WASI program.
   `evil.ping` answers "ok"; `evil.attack` does what `params.variant` names. -DHELLO=1 and so on: what is wrong before any call. */
#include "evil.h"

#ifndef HELLO
#define HELLO 0
#endif

static char text[1 << 20];
static uint32_t used, own = 0;

/* "variant", "secretFile" and so on of a request: what follows its key, up to the quote. */
static const char *field(const char *frame, const char *key, char *out, uint32_t most) {
  const char *at = find(frame, key);
  uint32_t n = 0;
  if (at) for (at += length(key); *at && *at != '"' && *at != ',' && *at != '}' && n + 1 < most; at++) out[n++] = *at;
  out[n] = 0;
  return out;
}

static void add(const char *part) { while (*part && used + 1 < sizeof text) text[used++] = *part++; }
static void number(uint32_t n) {
  char digits[12];
  int i = 11;
  for (digits[i] = 0; n || i == 11; n /= 10) digits[--i] = (char)('0' + n % 10);
  add(digits + i);
}
static void say(void) {
  emit(text, used);
  used = 0;
}
static void frame(const char *all) {
  add(all);
  say();
}
static void answer(const char *id, const char *value) {
  add("{\"t\":\"res\",\"id\":"), add(id), add(",\"r\":"), add(value), frame("}");
}
/* Flags its calls: their numbers are even. */
static void ask(const char *method) {
  add("{\"t\":\"req\",\"id\":"), number(own += 2), add(",\"m\":\""), add(method), frame("\",\"p\":1}");
}
static void many(char c, uint32_t n) { while (n-- > 0 && used + 1 < sizeof text) text[used++] = c; }

static void hello(void) {
  if (HELLO == 1) return;                                   /* never a word */
  if (HELLO == 2) for (volatile int i = 0;; i++) {}         /* a start that spins */
  if (HELLO == 3) return frame("{\"t\":\"hello\",\"name\":7,\"version\":[],\"methods\":\"all\"}");
  if (HELLO == 4) {                                         /* 2000 methods */
    add("{\"t\":\"hello\",\"name\":\"evil\",\"version\":\"1.0.0\",\"methods\":[\"evil.ping\",\"evil.attack\"");
    for (uint32_t i = 0; i < 2000; i++) add(",\"evil.m"), number(i), add("\"");
    return frame("]}");
  }
  if (HELLO == 5) return frame("SSH-2.0-OpenSSH_9.2");      /* prose */
  add("{\"t\":\"hello\",\"name\":\"evil\",\"version\":\"1.0.0\",\"methods\":[\"evil.ping\",\"evil.attack\"],\"features\":[\"cancel\",\"ping\",\"hostcall\",\"events\",\"log\",\"progress\"],");
  add(HELLO == 6 ? "\"needs\":[\"call:**\",\"publish:**\",\"subscribe:**\",\"secret:**\"]" : "\"needs\":[\"call:ledger.read\",\"call:ledger.hold\",\"publish:flood.*\"]");
  frame("}");
}

static volatile uint32_t sink;
static uint32_t deeper(uint32_t n) {
  volatile char room[512];
  room[n % 512] = (char)n;
  if (sink == 7) return n;
  return deeper(n + 1) + (uint32_t)room[(n + 1) % 512] + sink;
}

/* 0: it has answered, or never will. */
static int attack(const char *frame_, const char *id, const char *variant) {
  if (same(variant, "spin")) for (volatile int i = 0;; i++) {}
  if (same(variant, "memory")) {
    uint32_t got = 0;
    for (uint32_t i = 0; i < 700; i++) {
      volatile char *page = more(1 << 20);
      if (!page) break;
      for (uint32_t at = 0; at < 1 << 20; at += 4096) page[at] = 1;
      got++;
    }
    answer(id, got == 700 ? "{\"got\":[\"700 MiB\"]}" : "{\"got\":[]}");
    return 0;
  }
  if (same(variant, "stack")) sink = deeper(0);
  if (same(variant, "crash")) crash();
  if (same(variant, "leave")) leave();
  if (same(variant, "mute")) return 0;
  if (same(variant, "logs")) for (;;) frame("{\"t\":\"log\",\"lv\":\"info\",\"msg\":\"again\"}");
  if (same(variant, "outside")) for (;;) outside("again\n");
  if (same(variant, "events")) for (;;) frame("{\"t\":\"event\",\"n\":\"flood.news\",\"p\":1}");
  if (same(variant, "calls")) for (;;) ask("ledger.read");
  if (same(variant, "holds")) for (uint32_t i = 0; i < 20000; i++) ask("ledger.hold");
  if (same(variant, "denied")) for (;;) ask("ledger.pay");
  if (same(variant, "progress")) for (;;) add("{\"t\":\"prog\",\"id\":"), add(id), frame(",\"p\":{\"done\":1}}");
  if (same(variant, "big")) for (;;) add("{\"t\":\"log\",\"lv\":\"info\",\"msg\":\""), many('x', 900000), frame("\"}");
  if (same(variant, "pay")) ask("ledger.pay"), ask("$init"), ask("secret.get"), ask("innocent.echo");
  if (same(variant, "spoof")) frame("{\"t\":\"req\",\"id\":2,\"m\":\"ledger.read\",\"p\":1,\"meta\":{\"caller\":\"host\",\"tenant\":7}}");
  if (same(variant, "twice")) answer(id, "1"), answer(id, "2");
  if (same(variant, "unknown")) answer("99999", "1");
  if (same(variant, "unasked")) add("{\"t\":\"data\",\"id\":"), add(id), frame(",\"d\":1}");
  if (same(variant, "hello")) hello();
  if (same(variant, "forged")) {
    add("{\"t\":\"err\",\"id\":"), add(id), frame(",\"e\":{\"code\":\"permission_denied\",\"msg\":\"by the host\",\"plugin\":\"innocent\"}}");
    return 0;
  }
  if (same(variant, "deep")) {
    add("{\"t\":\"res\",\"id\":"), add(id), add(",\"r\":"), many('[', 100000), many(']', 100000), frame("}");
    return 0;
  }
  if (same(variant, "proto")) {
    answer(id, "{\"__proto__\":{\"polluted\":1},\"constructor\":{\"prototype\":{\"polluted\":1}}}");
    return 0;
  }
  if (same(variant, "long")) lie(); /* a frame that says it has 4 GiB */
  if (same(variant, "half")) add("{\"t\":\"res\",\"id\":"), add(id), say(); /* half a frame */
  if (same(variant, "prose")) print("a forgotten print\n");
  return native(frame_, id, variant, field, answer);
}

void greet(void) { hello(); }

void heed(const char *got) {
  char id[24], variant[48], method[24];
  if (find(got, "{\"t\":\"bye\"")) return leave();
  if (find(got, "{\"t\":\"ping\"")) {
    add("{\"t\":\"pong\",\"n\":"), add(field(got, "\"n\":", id, sizeof id));
    return frame("}");
  }
  if (!find(got, "{\"t\":\"req\"")) return;
  field(got, "\"id\":", id, sizeof id), field(got, "\"m\":\"", method, sizeof method), field(got, "\"variant\":\"", variant, sizeof variant);
  if (same(method, "evil.ping")) return answer(id, "\"ok\"");
  /* What is not asked of this plugin, such as `$init`. */
  if (!same(method, "evil.attack")) return answer(id, "null");
  if (attack(got, id, variant)) answer(id, "{\"got\":[]}");
}
