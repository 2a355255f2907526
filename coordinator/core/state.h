#ifndef TERRELLA_COORDINATOR_CORE_STATE_H
#define TERRELLA_COORDINATOR_CORE_STATE_H

#define TABLE_CAN_RUN_OUT

#include "common/heap.h"
#include "common/homes.h"
#include "common/table.h"
#include "coordinator/core/coord.h"

/* What the files of the core share. */

/* A node as the coordinator sees it, by region index. */
struct coord_peer {
    uint64_t boot;           /* 0: the link is down */
    uint16_t joining_number; /* to be welcomed when the records of it are durable; 0: none */
    uint16_t joined_number;  /* of the data directory that has joined in this boot; 0: none */
    uint16_t
        current_number; /* newest birth number of the region whose record is durable; 0: none */
};

/* A start of a node: see common/lives.h. */
struct coord_life {
    uint64_t boot, life;
};

enum { LIFE_BYTES = 16 }; /* in records */
struct coord_life life_read(const uint8_t bytes[LIFE_BYTES]);

/* A birth number and whose it is. */
struct coord_birth {
    struct birth birth;
    uint8_t incarnation[CLUSTER_ID_BYTES];
    struct coord_life newest; /* that has joined */
    uint64_t op; /* the newest record of it; 0: of an earlier boot of this coordinator */
};

/* A first creation whose record is not durable yet or whose check is not over. */
struct creation {
    struct object_id id;
    uint16_t home_number;
    uint64_t op;
    struct heap_item check; /* in coord->checks once the record is durable */
    uint64_t check_until_us;
    size_t *waiting; /* peers to answer, each once */
    size_t waiting_count;
    struct creation *prev, *next; /* in coord->undurable until the record is durable */
    UT_hash_handle hh;
};

struct coord {
    struct coord_config config;
    struct rng rng;
    uint64_t now_us;

    struct coord_peer *peers;   /* by region index */
    struct coord_birth *births; /* by number - 1 */
    size_t birth_count, birth_capacity;
    struct buf births_string; /* the durable ones, as WELCOME carries them */
    size_t births_in_string;
    bool welcome_due; /* a birth has become durable that nobody has been told */
    uint64_t join_op; /* the oldest record that a join waits for; 0: none */

    struct homes homes;         /* decided, record durable, check over */
    struct creation *creations; /* by id */
    struct creation *undurable; /* those whose record is not durable, in order of operation */
    struct heap checks;         /* of the others, by end of check */

    struct errmsg
        outdated; /* a node has seen another log, and nothing is decided any more; "": none */
    uint64_t last_op, durable_op;
    uint64_t seq;     /* records in the log, durable or not */
    uint64_t *hashes; /* of the log, by length - 1; seq of them */
    size_t hash_capacity;
    uint64_t dropped_count;

    struct outbox outbox; /* of the present step */
    struct buf record;    /* of the present step */
    struct errmsg note;   /* of the present step */
};

/* Records of the log: one byte of kind, then the fields. */
enum record_kind {
    RECORD_BIRTH = 'B', /* incarnation, its first life, number and code */
    RECORD_LIFE = 'L',  /* number, a later life of it */
    RECORD_CLAIM = 'C', /* id, home */
};

/* Handlers: one file each. They reserve and check first, change state after. */
enum err coord_on_join(struct coord *coord, size_t peer, const struct msg_join *join);
enum err coord_on_claim(struct coord *coord, size_t peer, const struct msg_claim *claim);
enum err coord_on_locate(struct coord *coord, size_t peer, const struct msg_locate *locate);

/* A record of operation `op` has become durable, or a check's time has come. */
enum err coord_release_joins(struct coord *coord);
enum err coord_release_creations(struct coord *coord);

/* Make room for one more birth. Errors: ERR_MEMORY. */
enum err coord_reserve_birth(struct coord *coord);

/* ---- log.c ---- */

/* Make room for one more record; then the next log_append cannot fail. Errors: ERR_MEMORY. */
enum err log_reserve(struct coord *coord);
/* The record of this step goes to the end of the log. Its operation. */
uint64_t log_append(struct coord *coord);
/* Put back one record. Errors: ERR_CORRUPT, ERR_MEMORY. */
enum err log_restore(struct coord *coord, struct bytes record);
/* How far the log is durable. */
struct log_mark log_durable(const struct coord *coord);
/* Whether somebody who has seen a log so far has seen this one. */
bool log_agrees(const struct coord *coord, struct log_mark seen);

/* Queue a message for a peer in its present boot; space was reserved in the outbox. */
void coord_send(struct coord *coord, size_t peer, struct msg msg);

#endif
