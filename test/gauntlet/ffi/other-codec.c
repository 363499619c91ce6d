#define CODEC 9
#include "base.h"
static void attack(void) {}
