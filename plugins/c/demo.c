/* The demo plugin in C: no library, one thread, a table of the calls in flight. How frames come and go is the front end's. */
#include "demo.h"

enum { INFLIGHT = 1024, WINDOW = 32 };

typedef enum { FREE, COUNTING, SUMMING, SLEEPING, RELAYING } kind;

/* A call that is not answered yet. The quick ones never get here. */
typedef struct {
  kind kind;
  int64_t id, next, to, credit, sum, taken, due_ms, nested;
  int too_late; /* sleeping: the deadline comes first */
  buffer raw;   /* the number to give back in the result, as it came */
} call;

static const struct sallyport_host *host;
static buffer out; /* the frame under way */
static call calls[INFLIGHT];
static int used; /* the calls in flight are among so many first ones */
static int closing, event_window, event_credit, pokes, unacknowledged;
static int64_t next_id, timer_ms; /* when the timer comes, -1: never */
static uint32_t frame_bytes;
static buffer config, features;

static int64_t now_ms(void) { return (int64_t)(host->now() / 1000); }

/* Begins a frame of `fields` keys after `t`; ended by `end_frame`. */
static buffer *begin_frame(const char *type, size_t fields) {
  out.n = 0;
  put_map(&out, fields + 1);
  put_str(&out, "t");
  put_str(&out, type);
  return &out;
}
static void end_frame(void) { host->send(out.p, (uint32_t)out.n); }

static span whole(buffer b) { return (span){b.p, b.n}; }
static void keep(buffer *b, span v) { b->n = 0; put(b, v.p, v.n); }

static buffer *begin_result(int64_t id) {
  buffer *b = begin_frame("res", 2);
  put_str(b, "id"); put_int(b, id);
  put_str(b, "r");
  return b;
}
static void result_raw(int64_t id, span value) { put_raw(begin_result(id), value); end_frame(); }
static void result_bool(int64_t id, int value) { put_bool(begin_result(id), value); end_frame(); }
static void result_map(int64_t id, const char *key, span value) {
  buffer *b = begin_result(id);
  put_map(b, 1);
  put_str(b, key); put_raw(b, value);
  end_frame();
}
static buffer *begin_error(int64_t id) {
  buffer *b = begin_frame("err", 2);
  put_str(b, "id"); put_int(b, id);
  put_str(b, "e");
  return b;
}
static void fail(int64_t id, const char *code, const char *msg) {
  buffer *b = begin_error(id);
  put_map(b, 2);
  put_str(b, "code"); put_str(b, code);
  put_str(b, "msg"); put_str(b, msg);
  end_frame();
}
static void fail_argument(int64_t id, const char *name, const char *expected) {
  buffer *b = begin_error(id);
  put_map(b, 3);
  put_str(b, "code"); put_str(b, "invalid_argument");
  put_str(b, "msg"); put_joined(b, name, " must be ", expected);
  put_str(b, "path"); put_joined(b, "params.", name, "");
  end_frame();
}

/* These answer the call themselves when the argument is wrong. */
static int need_str(int64_t id, span params, const char *name, span *out) {
  if (read_str(get(params, name), out)) return 1;
  fail_argument(id, name, "a string");
  return 0;
}
static int need_int(int64_t id, span params, const char *name, int64_t *out) {
  if (read_int(get(params, name), out)) return 1;
  fail_argument(id, name, "an integer");
  return 0;
}
static int need_feature(int64_t id, const char *name) {
  span items[64];
  int64_t n = array_items(whole(features), items, 64);
  for (int64_t i = 0; i < n && i < 64; i++) if (is_str(items[i], name)) return 1;
  fail(id, "failed_precondition", "the host does not offer the feature that this method needs");
  return 0;
}

static call *find(int64_t id) {
  for (int i = 0; i < used; i++) if (calls[i].kind != FREE && calls[i].id == id) return &calls[i];
  return NULL;
}
static call *begin_call(kind kind, int64_t id) {
  for (int i = 0; i < INFLIGHT; i++) {
    if (calls[i].kind != FREE) continue;
    buffer raw = calls[i].raw;
    calls[i] = (call){.kind = kind, .id = id, .raw = raw};
    if (i >= used) used = i + 1;
    return &calls[i];
  }
  fail(id, "busy", "1024 calls are in flight already");
  return NULL;
}

static void release(call *c) {
  c->kind = FREE;
  while (used > 0 && calls[used - 1].kind == FREE) used--;
}

static void pump_count(call *c) {
  for (; c->next <= c->to && c->credit > 0; c->credit--) {
    buffer *b = begin_frame("data", 2);
    put_str(b, "id"); put_int(b, c->id);
    put_str(b, "d"); put_int(b, c->next++);
    end_frame();
  }
  if (c->next > c->to) {
    result_map(c->id, "count", whole(c->raw));
    release(c);
  }
}
static void give_credit(int64_t id, int64_t n) {
  buffer *b = begin_frame("credit", 2);
  put_str(b, "id"); put_int(b, id);
  put_str(b, "n"); put_int(b, n);
  end_frame();
}

/* Methods. */

static void upper(int64_t id, span params) {
  span text;
  if (!need_str(id, params, "text", &text)) return;
  buffer *b = begin_result(id);
  put_bytes_as_str(b, text);
  for (uint8_t *p = b->p + b->n - text.n; p < b->p + b->n; p++) if (*p >= 'a' && *p <= 'z') *p -= 32;
  end_frame();
}
static void fail_as_told(int64_t id, span params) {
  span code, msg;
  if (!need_str(id, params, "code", &code) || !need_str(id, params, "msg", &msg)) return;
  buffer *b = begin_error(id);
  put_map(b, 2);
  put_str(b, "code"); put_bytes_as_str(b, code);
  put_str(b, "msg"); put_bytes_as_str(b, msg);
  end_frame();
}
static void count(int64_t id, span params, span frame) {
  int64_t to, credit;
  if (!need_int(id, params, "to", &to)) return;
  if (!read_int(get(frame, "cr"), &credit)) { result_map(id, "count", get(params, "to")); return; } /* no stream wanted */
  call *c = begin_call(COUNTING, id);
  if (!c) return;
  c->next = 1; c->to = to; c->credit = credit;
  keep(&c->raw, get(params, "to"));
  pump_count(c);
}
static void sum(int64_t id, span frame) {
  span input = get(frame, "in");
  if (!input.p || *input.p != 0xc3) { put_int(begin_result(id), 0); end_frame(); return; }
  if (begin_call(SUMMING, id)) give_credit(id, WINDOW);
}
/* At most a day: a timer that comes early is set again. */
static void set_timer(int64_t due_ms) {
  int64_t left = due_ms - now_ms();
  timer_ms = due_ms;
  host->timer(left < 0 ? 0 : left > 86400000 ? 86400000 : (uint32_t)left);
}
static void nap(int64_t id, span params, span frame) {
  int64_t ms, left;
  if (!need_int(id, params, "ms", &ms)) return;
  call *c = begin_call(SLEEPING, id);
  if (!c) return;
  c->too_late = read_int(get(frame, "dl"), &left) && left < ms;
  c->due_ms = now_ms() + (c->too_late ? left : ms);
  keep(&c->raw, get(params, "ms"));
  if (timer_ms < 0 || c->due_ms < timer_ms) set_timer(c->due_ms);
}
static void relay(int64_t id, span params, span frame) {
  span method, meta = get(frame, "meta");
  if (!need_feature(id, "hostcall") || !need_str(id, params, "method", &method)) return;
  call *c = begin_call(RELAYING, id);
  if (!c) return;
  c->nested = next_id;
  next_id += 2;
  buffer *b = begin_frame("req", meta.p ? 5 : 4);
  put_str(b, "id"); put_int(b, c->nested);
  put_str(b, "m"); put_bytes_as_str(b, method);
  put_str(b, "p"); put_raw(b, get(params, "params"));
  put_str(b, "par"); put_int(b, id);
  if (meta.p) { put_str(b, "meta"); put_raw(b, meta); }
  end_frame();
}
static void emit(int64_t id, span params) {
  span topic;
  if (!need_feature(id, "events") || !need_str(id, params, "topic", &topic)) return;
  if (event_credit < 1) { result_bool(id, 0); return; }
  event_credit--;
  buffer *b = begin_frame("ev", 2);
  put_str(b, "m"); put_bytes_as_str(b, topic);
  put_str(b, "p"); put_raw(b, get(params, "payload"));
  end_frame();
  result_bool(id, 1);
}
static void steps(int64_t id, span params) {
  int64_t n;
  if (!need_feature(id, "progress") || !need_int(id, params, "steps", &n)) return;
  for (int64_t i = 1; i <= n; i++) {
    buffer *b = begin_frame("prog", 2);
    put_str(b, "id"); put_int(b, id);
    put_str(b, "p"); put_map(b, 2);
    put_str(b, "done"); put_int(b, i);
    put_str(b, "total"); put_int(b, n);
    end_frame();
  }
  result_map(id, "steps", get(params, "steps"));
}
static void log_line(int64_t id, span params) {
  span msg;
  if (!need_feature(id, "log") || !need_str(id, params, "msg", &msg)) return;
  buffer *b = begin_frame("log", 3);
  put_str(b, "lv"); put_str(b, "info");
  put_str(b, "msg"); put_bytes_as_str(b, msg);
  put_str(b, "id"); put_int(b, id);
  end_frame();
  result_bool(id, 1);
}

/* Frames. */

static void on_request(int64_t id, span f) {
  span m = get(f, "m"), p = get(f, "p");
  if (is_str(m, "demo.echo")) result_raw(id, p);
  else if (is_str(m, "demo.upper")) upper(id, p);
  else if (is_str(m, "demo.fail")) fail_as_told(id, p);
  else if (is_str(m, "demo.count")) count(id, p, f);
  else if (is_str(m, "demo.sum")) sum(id, f);
  else if (is_str(m, "demo.sleep")) nap(id, p, f);
  else if (is_str(m, "demo.relay")) relay(id, p, f);
  else if (is_str(m, "demo.emit")) emit(id, p);
  else if (is_str(m, "demo.heard")) { put_int(begin_result(id), pokes); end_frame(); }
  else if (is_str(m, "demo.steps")) steps(id, p);
  else if (is_str(m, "demo.config")) result_raw(id, whole(config));
  else if (is_str(m, "demo.log")) log_line(id, p);
  else fail(id, "unimplemented", "there is no such method");
}
static void on_hello(span f) {
  int64_t n;
  span limits = get(f, "limits");
  frame_bytes = read_int(get(limits, "frame"), &n) && n > 0 && n <= 16 << 20 ? (uint32_t)n : 1 << 20;
  if (read_int(get(limits, "events"), &n) && n > 0 && n < 1 << 20) event_window = event_credit = (int)n;
  keep(&config, get(f, "config"));
  if (!config.n) put_nil(&config);
  keep(&features, get(f, "features"));
}
static void on_item(call *c, span f) {
  int64_t item;
  if (!read_int(get(f, "d"), &item) || __builtin_add_overflow(c->sum, item, &c->sum)) {
    fail(c->id, "invalid_argument", "an item is not an integer, or the sum is too large");
    release(c);
  } else if (++c->taken >= WINDOW / 2) {
    give_credit(c->id, c->taken);
    c->taken = 0;
  }
}
static void on_cancel(call *c) {
  if (c->kind == RELAYING) {
    buffer *b = begin_frame("cancel", 2);
    put_str(b, "id"); put_int(b, c->nested);
    put_str(b, "why"); put_str(b, "parent");
    end_frame();
  }
  fail(c->id, "cancelled", "the call was cancelled");
  release(c);
}
static void on_reply(int64_t nested, span f, int ok) {
  for (call *c = calls; c < calls + used; c++) {
    if (c->kind != RELAYING || c->nested != nested) continue;
    if (ok) result_raw(c->id, get(f, "r"));
    else { put_raw(begin_error(c->id), get(f, "e")); end_frame(); }
    release(c);
    return;
  }
}
static void on_event(span f) {
  pokes += is_str(get(f, "m"), "demo.poke");
  if (++unacknowledged * 2 < event_window) return;
  give_credit(0, unacknowledged);
  unacknowledged = 0;
}
static void on_frame(span f) {
  int64_t id = 0, n = 0;
  read_int(get(f, "id"), &id);
  read_int(get(f, "n"), &n);
  span t = get(f, "t");
  call *c = find(id);
  if (is_str(t, "req")) on_request(id, f);
  else if (is_str(t, "hello")) on_hello(f);
  else if (is_str(t, "res")) on_reply(id, f, 1);
  else if (is_str(t, "err")) on_reply(id, f, 0);
  else if (is_str(t, "data") && c && c->kind == SUMMING) on_item(c, f);
  else if (is_str(t, "end") && c && c->kind == SUMMING) { put_int(begin_result(id), c->sum); end_frame(); release(c); }
  else if (is_str(t, "credit") && id == 0) event_credit += (int)n;
  else if (is_str(t, "credit") && c && c->kind == COUNTING) { c->credit += n; pump_count(c); }
  else if (is_str(t, "cancel") && c) on_cancel(c);
  else if (is_str(t, "ev")) on_event(f);
  else if (is_str(t, "ping")) { buffer *b = begin_frame("pong", 1); put_str(b, "n"); put_int(b, n); end_frame(); }
  else if (is_str(t, "bye")) closing = 1;
}

/* The last word, when the host has said goodbye and no call is left. */
static void end_if_idle(void) {
  if (closing && used == 0) host->send(NULL, 0);
}

static void say_hello(void) {
  static const char *const methods[] = {"demo.echo", "demo.upper", "demo.fail", "demo.sleep", "demo.relay", "demo.emit", "demo.heard", "demo.steps", "demo.config", "demo.log"};
  static const char *const offered[] = {"stream", "cancel", "ping", "log", "progress", "events", "hostcall"};
  buffer *b = begin_frame("hello", 6);
  put_str(b, "name"); put_str(b, "demo");
  put_str(b, "version"); put_str(b, "1.0.0");
  put_str(b, "methods"); put_array(b, 12);
  for (int i = 0; i < 10; i++) put_str(b, methods[i]);
  put_map(b, 2); put_str(b, "name"); put_str(b, "demo.count"); put_str(b, "stream"); put_str(b, "out");
  put_map(b, 2); put_str(b, "name"); put_str(b, "demo.sum"); put_str(b, "stream"); put_str(b, "in");
  put_str(b, "features"); put_array(b, 7);
  for (int i = 0; i < 7; i++) put_str(b, offered[i]);
  put_str(b, "limits"); put_map(b, 1); put_str(b, "inflight"); put_int(b, INFLIGHT);
  put_str(b, "events"); put_array(b, 1); put_str(b, "demo.poke");
  end_frame();
}

void demo_start(const struct sallyport_host *table) {
  host = table;
  used = closing = event_window = event_credit = pokes = unacknowledged = 0;
  for (int i = 0; i < INFLIGHT; i++) calls[i].kind = FREE;
  next_id = 2;
  timer_ms = -1;
  frame_bytes = 64 << 10;
  say_hello();
}

void demo_receive(span frame) {
  on_frame(frame);
  end_if_idle();
}

/* Ends the naps that are over. */
void demo_wake(void) {
  int64_t now = now_ms(), next = -1;
  timer_ms = -1;
  for (call *c = calls; c < calls + used; c++) {
    if (c->kind != SLEEPING) continue;
    if (c->due_ms > now) { if (next < 0 || c->due_ms < next) next = c->due_ms; continue; }
    if (c->too_late) fail(c->id, "deadline_exceeded", "the deadline passed while sleeping");
    else result_map(c->id, "slept", whole(c->raw));
    release(c);
  }
  if (next >= 0) set_timer(next);
  end_if_idle();
}

uint32_t demo_frame_bytes(void) { return frame_bytes; }
