#ifndef TERRELLA_PROTO_MSG_H
#define TERRELLA_PROTO_MSG_H

#include "common/bytes.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/lives.h"
#include "common/topology.h"
#include "proto/body.h"
#include "proto/fail.h"

#include <stdint.h>

/* Every message between a node and the coordinator, or between two nodes, as a struct. What each
 * one means, who sends it and what may come back: proto/PROTOCOL.md. All bytes are borrowed.
 * Values of msg_type travel on the wire and are never reused. */

enum msg_type {
    MSG_JOIN = 1,    /* node -> coordinator: who I am, what I have seen of you */
    MSG_WELCOME = 2, /* coordinator -> node: your birth number, my log, all birth numbers */
    MSG_REFUSED = 3, /* coordinator -> node: you cannot be part of this cluster, and why */
    MSG_CLAIM = 4,   /* node -> arbiter: decide where this object lives; I use it first */
    MSG_PLACED = 5,  /* arbiter -> node: its home, or why there is none */
    MSG_LOCATE = 6,  /* node -> arbiter: where does it live, if anywhere */
    MSG_LOCATED = 7, /* arbiter -> node */
    MSG_FETCH = 8,   /* node -> home: run the object's handler */
    MSG_REPLY = 9,   /* home -> node: what came of it */
    MSG_BODY = 10,   /* either -> other: a further part of a body */
    MSG_CREDIT = 11, /* either -> other: so many bytes more may be sent */
    MSG_CANCEL = 12, /* either -> other: nobody reads on; from the caller: wants no answer */
};

/* Which object is meant. */
struct object_ref {
    struct object_id id;
    enum id_kind kind;
    enum jurisdiction jurisdiction;
};

enum outcome_kind {
    OUTCOME_RESPONSE = 1, /* `head` and `body` are the Response */
    OUTCOME_THROWN =
        2, /* the code threw: `head` is the error as JSON (node/js/README.md), no body */
    OUTCOME_FAILED = 3, /* the code gave no answer: `fail` and `region` say why */
};

/* How a fetch ended. `head` is opaque to everybody but node/js. */
struct outcome {
    enum outcome_kind kind;
    enum fail fail;                         /* OUTCOME_FAILED only */
    char region[REGION_CODE_BYTES_MAX + 1]; /* OUTCOME_FAILED only: the region that could not */
    struct bytes head;
    struct bytes body;   /* whole, or its first part */
    uint64_t rest_bytes; /* that follow in parts; BODY_REST_UNKNOWN */
};

/* How far a coordinator's log has come: two logs that agree up to there have the same mark. */
struct log_mark {
    uint64_t seq;  /* records */
    uint64_t hash; /* of all of them, in order */
};

struct msg_join {
    char code[REGION_CODE_BYTES_MAX + 1];
    uint8_t incarnation[CLUSTER_ID_BYTES];      /* drawn when the node's data was made */
    struct lives lives;                         /* of the node's data */
    uint16_t number;                            /* 0: I have none yet */
    uint8_t seen_incarnation[CLUSTER_ID_BYTES]; /* zeroes: I have never met a coordinator */
    struct log_mark seen;                       /* the longest coordinator's log I have seen */
};

struct birth {
    uint16_t number;
    char code[REGION_CODE_BYTES_MAX + 1];
};

struct msg_welcome {
    uint16_t number;
    uint8_t incarnation[CLUSTER_ID_BYTES]; /* drawn when the coordinator's data was made */
    struct log_mark log;                   /* of the coordinator */
    struct bytes births;                   /* all numbers ever given, ascending: see birth_next */
};

struct msg_refused {
    bool outdated;    /* the node's data is an older copy: it must end */
    struct bytes why; /* text for people, UTF-8 */
};

struct msg_claim {
    struct object_ref object;
    enum hint hint;
};

struct msg_placed {
    struct object_id id;
    uint16_t home_number; /* 0: no home, see `fail` */
    enum fail fail;
    struct log_mark log; /* of the coordinator; zeroes from a node */
};

struct msg_locate {
    uint64_t call;
    struct object_id id;
};

struct msg_located {
    uint64_t call;
    struct object_id id;
    uint16_t home_number; /* 0: not placed yet */
};

struct msg_fetch {
    uint64_t call; /* ascending for each pair of boots, so that a repeat is seen */
    uint16_t home_number;
    struct object_ref object;
    struct bytes space;  /* the namespace's unique key */
    struct bytes name;   /* of a name-derived id; data NULL: not known */
    uint64_t budget_us;  /* time left until the caller gives up */
    uint64_t request_id; /* the user's request behind it, for logs: see node/request_id.h */
    struct bytes head;
    struct bytes body;   /* whole, or its first part */
    uint64_t rest_bytes; /* that follow in BODY messages; 0: none, BODY_REST_UNKNOWN */
};

struct msg_reply {
    uint64_t call;
    enum outcome_kind kind;
    enum fail fail;
    struct bytes head;
    struct bytes body; /* as in FETCH */
    uint64_t rest_bytes;
};

enum body_direction { BODY_OF_REQUEST = 1, BODY_OF_REPLY = 2 };

struct msg_body {
    uint64_t call;
    enum body_direction direction;
    enum body_step step;
    enum fail fail;    /* BODY_BROKEN: why, unless the code that writes failed */
    struct bytes part; /* BODY_BROKEN without `fail`: the error as JSON */
};

struct msg_credit {
    uint64_t call;
    enum body_direction direction;
    uint64_t bytes;
};

struct msg_cancel {
    uint64_t call;
    enum body_direction direction; /* which body nobody reads on */
    enum fail fail;                /* why, unless the code that reads wants no more */
};

struct msg {
    enum msg_type type;
    uint64_t from_boot;
    uint64_t to_boot;
    union {
        struct msg_join join;
        struct msg_welcome welcome;
        struct msg_refused refused;
        struct msg_claim claim;
        struct msg_placed placed;
        struct msg_locate locate;
        struct msg_located located;
        struct msg_fetch fetch;
        struct msg_reply reply;
        struct msg_body body;
        struct msg_credit credit;
        struct msg_cancel cancel;
    };
};

/* Whether messages of this type carry bodies, or must not overtake them; others go before them. */
bool msg_carries_body(enum msg_type type);

/* Births travel and are kept as one string: number (2 bytes, big-endian), length of the code (1),
 * the code. Take the next one off the front of `rest`; false at the end or when it is malformed. */
bool birth_next(struct bytes *rest, struct birth *ret_birth);

/* Add one to such a string. Errors: ERR_MEMORY. */
MUST_USE enum err birth_append(struct buf *births, const struct birth *birth);

#endif
