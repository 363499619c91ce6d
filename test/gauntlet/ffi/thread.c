/* Sends from a thread of its own, which the ABI forbids. */
#include <pthread.h>
#include "base.h"
static void *other(void *nothing) { say("{\"t\":\"log\",\"lv\":\"info\",\"msg\":\"from a thread\"}"); return nothing; }
static void attack(void) { pthread_t thread; pthread_create(&thread, NULL, other, NULL); }
