#define FINGERPRINT NULL
#include "base.h"
static void attack(void) {}
