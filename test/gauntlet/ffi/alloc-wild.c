#define ALLOC(n) ((n) > 1000 ? (void *)16 : malloc(n))
#include "base.h"
static void attack(void) {}
