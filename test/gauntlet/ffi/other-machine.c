#define FINGERPRINT "gcc 12.2 sparc sysv be 64"
#include "base.h"
static void attack(void) {}
