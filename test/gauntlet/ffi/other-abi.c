#define ABI 2
#include "base.h"
static void attack(void) {}
