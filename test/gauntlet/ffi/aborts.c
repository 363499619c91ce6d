#include "base.h"
static void attack(void) { abort(); }
