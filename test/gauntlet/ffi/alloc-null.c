#define ALLOC(n) ((n) > 1000 ? NULL : malloc(n))
#include "base.h"
static void attack(void) {}
