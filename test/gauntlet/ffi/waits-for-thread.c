/* As thread.c, and waits for it: the callback waits for the thread that waits for it. */
#include <pthread.h>
#include "base.h"
static void *other(void *nothing) { say("{\"t\":\"log\",\"lv\":\"info\",\"msg\":\"from a thread\"}"); return nothing; }
static void attack(void) { pthread_t thread; pthread_create(&thread, NULL, other, NULL); pthread_join(thread, NULL); }
