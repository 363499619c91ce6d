#define START 7
#include "base.h"
static void attack(void) {}
