#define NO_START
#include "base.h"
static void attack(void) { (void)host; }
