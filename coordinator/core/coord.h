#ifndef TERRELLA_COORDINATOR_CORE_COORD_H
#define TERRELLA_COORDINATOR_CORE_COORD_H

#include "common/delay.h"
#include "common/topology.h"
#include "proto/outbox.h"

#include <stdint.h>

/* The coordinator as a pure state machine: it gives each node its birth number and decides, once
 * and for ever, where each name-derived id has its home. An event goes in, an output comes out; no
 * socket, clock, disk or random source inside (chance is seeded by the config).
 *
 * All that it decides is a record in one append-only log. An answer leaves only when the record
 * that it rests on is durable, and, at a first creation, when the world-wide check is over.
 *
 * Everything an event points to is borrowed until coord_step returns; everything an output points
 * to is borrowed until the next step. Peers are named by the index of their region. */

struct coord;

struct coord_config {
    const struct topology *topology; /* borrowed for the life of the core */
    const struct place_policy *policy;
    struct delay check; /* waited at each first creation */
    uint64_t boot;
    uint8_t incarnation[CLUSTER_ID_BYTES]; /* drawn when this coordinator's data was made */
    uint64_t seed;
    bool push; /* every node is told of each new home, not only those who asked */
    size_t
        pending_count_max; /* first creations under way at once; further ones are refused as busy */
};

enum coord_event_type {
    COORD_PEER_UP, /* a node's link is up, or up again in a new boot */
    COORD_PEER_DOWN,
    COORD_MESSAGE,
    COORD_PERSISTED, /* all records up to operation `op` are durable */
    COORD_TIMEOUT,   /* the deadline has come */
};

struct coord_event {
    enum coord_event_type type;
    uint64_t now_us; /* never less than in the event before */
    size_t peer;     /* PEER_UP, PEER_DOWN, MESSAGE */
    union {
        uint64_t boot;         /* PEER_UP */
        const struct msg *msg; /* MESSAGE */
        uint64_t op;           /* PERSISTED */
    };
};

struct coord_output {
    const struct outgoing *sends;
    size_t send_count;
    struct bytes record; /* to append to the log; data NULL: nothing */
    uint64_t op;         /* its operation: report it by PERSISTED once durable */
    const char *note;    /* a line for the log, NULL: none */
};

/* Errors: ERR_MEMORY. */
MUST_USE enum err coord_create(const struct coord_config *config, struct coord **ret_coord);

/* NULL is fine. */
void coord_destroy(struct coord *coord);

/* Put back one record of the log, in order, before the first step.
 * Errors: ERR_CORRUPT, ERR_MEMORY. */
MUST_USE enum err coord_restore(struct coord *coord, struct bytes record);

/* Take one event. Errors: ERR_MEMORY, and the event has had no effect (a PERSISTED or TIMEOUT may
 * have been taken in part: give it again). */
MUST_USE enum err coord_step(struct coord *coord, const struct coord_event *event,
                             struct coord_output *ret_output);

/* Send TIMEOUT then; UINT64_MAX: no need. */
uint64_t coord_deadline_us(const struct coord *coord);

struct coord_stats {
    uint64_t seq;     /* records in the log */
    uint64_t claims;  /* ids decided */
    uint64_t births;  /* numbers given */
    uint64_t pending; /* first creations under way */
    uint64_t dropped; /* messages meant for or sent from another boot */
};
struct coord_stats coord_stats(const struct coord *coord);

/* Whether region `peer` has joined in its present boot, and its birth number (0: none). */
bool coord_joined(const struct coord *coord, size_t peer, uint16_t *ret_number);

#endif
