/* One frame that is two lines: the second would be an answer to a call that was never made. */
#include "base.h"
static void attack(void) { say("{\"t\":\"log\",\"lv\":\"info\",\"msg\":\"x\"}\n{\"t\":\"res\",\"id\":4711,\"r\":1}"); }
