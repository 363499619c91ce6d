#include "base.h"
extern void nobody_has_this(void);
static void attack(void) { nobody_has_this(); }
