#include "base.h"
static void attack(void) { host->send("\xff\xfe nothing", 10); }
