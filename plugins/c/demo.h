/* The demo plugin itself: takes frames, and says all that it has to say through the host's table. */
#ifndef DEMO_H
#define DEMO_H
#include "msgpack.h"
#include "sallyport.h"

void demo_start(const struct sallyport_host *host); /* sends the hello */
void demo_receive(span frame);                      /* which was checked to be one well-formed value */
void demo_wake(void);
uint32_t demo_frame_bytes(void); /* the largest frame that the host may send by now */
#endif
