#define STOP say("{\"t\":\"log\",\"lv\":\"info\",\"msg\":\"late\"}")
#include "base.h"
static void attack(void) {}
