/* A child that would outlive it. */
#include <unistd.h>
#include "base.h"
static void attack(void) { if (fork() == 0) { setsid(); for (;;) sleep(1000); } }
