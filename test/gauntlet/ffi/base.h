/* A whole plugin in JSON, for attackers that are one function: an attack file defines `attack` (or what else it changes)
   and includes this. `evil.ping` answers "ok", `evil.attack` is the attack, and then answers `reply`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../../plugins/c/sallyport.h"

#ifndef ABI
#define ABI SALLYPORT_ABI
#endif
#ifndef FINGERPRINT
#define FINGERPRINT SALLYPORT_FINGERPRINT
#endif
#ifndef CODEC
#define CODEC SALLYPORT_JSON
#endif
#ifndef START
#define START 0
#endif
#ifndef ALLOC
#define ALLOC(n) malloc(n)
#endif
#ifndef WAKE
#define WAKE
#endif
#ifndef STOP
#define STOP
#endif

static const struct sallyport_host *host;
static void say(const char *text) { host->send(text, (uint32_t)strlen(text)); }
static const char *reply = "alive"; /* to the attack */
static void attack(void);

uint32_t sallyport_abi(void) { return ABI; }
const char *sallyport_fingerprint(void) { return FINGERPRINT; }
uint32_t sallyport_codec(void) { return CODEC; }
void *sallyport_alloc(uint32_t n) { return ALLOC(n); }
void sallyport_wake(void) { WAKE; }
void sallyport_stop(void) { STOP; }
#ifndef NO_START
int32_t sallyport_start(const struct sallyport_host *table) {
  host = table;
  if (START) return START;
  say("{\"t\":\"hello\",\"name\":\"evil\",\"version\":\"1.0.0\",\"methods\":[\"evil.ping\",\"evil.attack\"],\"features\":[\"cancel\",\"ping\"]}");
  return 0;
}
#endif
void sallyport_receive(void *frame, uint32_t n) {
  char text[4096] = "", answer[200];
  memcpy(text, frame, n < sizeof text ? n : sizeof text - 1);
  free(frame);
  const char *id = strstr(text, "\"id\":"), *count = strstr(text, "\"n\":");
  if (strstr(text, "\"t\":\"bye\"")) host->send(NULL, 0);
  else if (strstr(text, "\"t\":\"ping\"") && count) {
    snprintf(answer, sizeof answer, "{\"t\":\"pong\",\"n\":%d}", atoi(count + 4));
    say(answer);
  } else if (strstr(text, "\"t\":\"req\"") && id) {
    int attacks = strstr(text, "evil.attack") != NULL;
    if (attacks) attack();
    snprintf(answer, sizeof answer, "{\"t\":\"res\",\"id\":%d,\"r\":\"%s\"}", atoi(id + 5), attacks ? reply : "ok");
    say(answer);
  }
}
