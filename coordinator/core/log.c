#include "common/check.h"
#include "common/grow.h"
#include "coordinator/core/state.h"

#include <sodium.h>
#include <string.h>

/* The log's length and hash, after each of its records: by them a node knows a log again that it has
 * seen, and the coordinator notices a node that has seen another one. */

enum { RECORD_BYTES_MAX = 64 };

_Static_assert(CLUSTER_ID_BYTES == crypto_shorthash_KEYBYTES, "the incarnation is SipHash's key");

static uint64_t hash_after(const struct coord *coord, uint64_t seq)
{
    return seq ? coord->hashes[seq - 1] : 0;
}

enum err log_reserve(struct coord *coord)
{
    return grow(&coord->hashes, &coord->hash_capacity, coord->seq + 1, sizeof *coord->hashes);
}

static void take(struct coord *coord, struct bytes record)
{
    uint64_t hash = hash_after(coord, coord->seq);
    uint8_t input[sizeof hash + RECORD_BYTES_MAX];
    CHECK(record.size <= RECORD_BYTES_MAX);
    memcpy(input, &hash, sizeof hash);
    memcpy(input + sizeof hash, record.data, record.size);
    crypto_shorthash((uint8_t *)&hash, input, sizeof hash + record.size, coord->config.incarnation);
    coord->hashes[coord->seq++] = hash;
}

uint64_t log_append(struct coord *coord)
{
    take(coord, buf_bytes(&coord->record));
    return ++coord->last_op;
}

enum err log_restore(struct coord *coord, struct bytes record)
{
    enum err err = record.size > RECORD_BYTES_MAX ? ERR_CORRUPT : log_reserve(coord);
    if (!err)
        take(coord, record);
    return err;
}

/* One record is one operation, so the log's length can be told from the operations. */
struct log_mark log_durable(const struct coord *coord)
{
    uint64_t seq = coord->seq - (coord->last_op - coord->durable_op);
    return (struct log_mark){.seq = seq, .hash = hash_after(coord, seq)};
}

bool log_agrees(const struct coord *coord, struct log_mark seen)
{
    return seen.seq <= coord->seq && hash_after(coord, seen.seq) == seen.hash;
}
