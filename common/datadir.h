#ifndef TERRELLA_COMMON_DATADIR_H
#define TERRELLA_COMMON_DATADIR_H

#include "common/limits.h"
#include "common/lives.h"
#include "common/store.h"

#include <stdint.h>

/* What a data directory says of itself: the incarnation, drawn once when its data was made, and
 * the boot number, drawn as well and then one higher at every start, with the lives of the newest
 * starts. All lie in a sorted table under keys of their own. */

struct datadir {
    uint8_t incarnation[CLUSTER_ID_BYTES];
    uint64_t boot;
    struct lives lives;
};

/* Read them, count this start, and put them back; the caller sets a mark and waits until they
 * are durable before it tells them to anybody. Errors: ERR_CORRUPT, ERR_IO, ERR_MEMORY, ERR_FULL.
 */
MUST_USE enum err datadir_begin(struct store *store, size_t table, struct datadir *ret_datadir);

#endif
