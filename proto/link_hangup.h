#ifndef TERRELLA_PROTO_LINK_HANGUP_H
#define TERRELLA_PROTO_LINK_HANGUP_H

#include <nng/nng.h>
#include <stdint.h>

/* End a pipe as if its other end had closed the connection. nng_pipe_close is not for this: while a
 * frame is arriving, or leaving in parts, nng 1.5.2 loses the operation in hand, waits for its end
 * for ever in the one thread that removes pipes, and no pipe of the process is ever removed or
 * dialled again. A connection that is shut down takes the way that nng is used to.
 *
 * The pipe's end is told as always, a little later. A pipe that is gone is fine. IPv4 only. */
void link_hang_up(uint32_t pipe);

#endif
