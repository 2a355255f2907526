#ifndef TERRELLA_PROTO_BODY_H
#define TERRELLA_PROTO_BODY_H

#include "common/bytes.h"
#include "common/topology.h"
#include "proto/fail.h"

#include <stdint.h>

/* A body that flows, in the words that core, engine and shell share.
 *
 * A body has a writer and a reader. The writer begins it together with a head: small ones whole,
 * of others a first part, or nothing yet, and how much is to follow. Then parts go one way, and
 * pulls come back: so many bytes have been taken and as many more may be written, or nobody reads
 * on. Without a pull nothing is written, so nobody's memory fills up.
 *
 * The two ends are named by what they belong to: a call writes its request and reads its response, a
 * run reads its request and writes its response. So a side and a number name an end, and the
 * direction tells which body is meant. */

enum body_side { BODY_OF_CALL, BODY_OF_RUN };

struct body_end {
    enum body_side side;
    uint64_t number; /* the token of a call, or the number of a run */
};

/* How many bytes follow a first part: 0 none, the body is whole; this: as many as it will be. */
#define BODY_REST_UNKNOWN UINT64_MAX

enum body_step {
    BODY_MORE = 1,
    BODY_LAST = 2,   /* the body ends behind these bytes, if any */
    BODY_BROKEN = 3, /* it ends in the middle: by `fail`, or by an error of the writer's code */
};

struct body_part {
    struct body_end end; /* the writer's end when it is written, the reader's when it arrives */
    enum body_step step;
    struct bytes bytes;                     /* BROKEN without `fail`: the error as JSON */
    enum fail fail;                         /* BROKEN only */
    char region[REGION_CODE_BYTES_MAX + 1]; /* with `fail`: the region that could not */
};

/* From the reader to the writer. A call that cancels before it has an answer wants none. A run
 * hears a cancel when its caller has gone, even if it has no body to write. */
struct body_pull {
    struct body_end
        end;        /* the reader's end when it is pulled, the writer's when that hears of it */
    uint64_t bytes; /* taken; for the writer: so many more may be written */
    bool cancel;    /* nobody reads on */
    enum fail fail; /* with `cancel`: why, if it was not the reader's will */
    char region[REGION_CODE_BYTES_MAX + 1];
};

#endif
