#ifndef TERRELLA_SIM_TOLD_H
#define TERRELLA_SIM_TOLD_H

#include "proto/msg.h"

/* What only people want to know of a world, beside what sim/seen.h shows the checkers: which arrow
 * a message is and where it ends, when handlers end, and what cores note. A world tells it while somebody
 * listens, and it costs nothing otherwise. */

enum told_kind {
    TOLD_SENT,    /* process -> peer: `message`, `msg` */
    TOLD_ARRIVED, /* at process, from peer: `message`; the copy of a repeated one as well */
    TOLD_LOST,    /* process -> peer: `message` will not arrive */
    TOLD_ENDED,   /* the handler of `run` has ended */
    TOLD_NOTE,    /* the core says `text` */
};

struct told {
    enum told_kind kind;
    uint64_t now_us;
    size_t process, peer;
    uint64_t message;      /* numbers all messages of a world from 1 on, in the order of sending */
    const struct msg *msg; /* borrowed */
    uint64_t run;
    const char *text; /* NOTE */
};

typedef void world_tell_function(void *owner, const struct told *told);

#endif
