#include "base.h"
static void attack(void) { for (;;) say("{\"t\":\"log\",\"lv\":\"info\",\"msg\":\"again\"}"); }
