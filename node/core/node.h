#ifndef TERRELLA_NODE_CORE_NODE_H
#define TERRELLA_NODE_CORE_NODE_H

#include "common/topology.h"
#include "proto/body.h"
#include "proto/outbox.h"
#include "proto/print.h"

#include <stdint.h>

/* A node as a pure state machine: it finds the home of each object that local code calls, runs
 * the objects that live here, answers claims on the unique ids born here, and remembers. An event
 * goes in, an output comes out; no socket, clock, disk, random source or engine inside.
 *
 * Words: a *call* is a stub fetch of local code, from its beginning to its answer. A *visit* is a
 * fetch that came from another region. A *run* is one invocation of an object's handler, for a
 * call or a visit. An *instance* is an object in memory.
 *
 * What an event points to is borrowed until node_step returns, except that the output may point
 * there as well; perform the output before letting the event's memory go. Everything else that an
 * output points to is borrowed until the next step. Peers are named by the index of their region;
 * the coordinator's index is the region count. */

struct node;

struct node_limits {
    uint64_t fetch_deadline_us; /* a call ends by then, however */
    uint64_t peer_wait_us;      /* how long a call waits for a link that is down, and a node that
                                   comes back for the coordinator */
    uint64_t object_idle_us;    /* an instance without runs is dropped after it */
    size_t cache_entry_count_max;
    size_t object_run_count_max;    /* runs of one object at once */
    size_t call_count_max;          /* calls, and visits, at once */
    uint64_t body_stall_us;         /* a body that nobody goes on reading is given up after it */
    uint64_t body_buffer_bytes_max; /* of bodies that have come and are not taken yet */
};

struct node_config {
    uint64_t now_us;
    const struct topology *topology; /* borrowed for the life of the core */
    size_t region;
    const struct place_policy *policy;
    uint64_t boot;
    struct lives lives;
    uint8_t incarnation[CLUSTER_ID_BYTES]; /* drawn when this node's data was made */
    const char *const *spaces; /* unique keys of the namespaces, space_count of them; borrowed */
    size_t space_count;
    struct node_limits limits;
};

/* Tables of a node's records. Homes is appended to; the others are sorted by key. */
enum node_table { NODE_META, NODE_HOMES, NODE_CACHE };

enum node_event_type {
    NODE_PEER_UP,
    NODE_PEER_DOWN,
    NODE_MESSAGE,
    NODE_CALL,      /* local code called a stub */
    NODE_DONE,      /* a run ended */
    NODE_WROTE,     /* an instance wrote to its storage; the records are in the shell's batch */
    NODE_BROKEN,    /* an instance cannot go on; its runs end by DONE, or a broken PART */
    NODE_PART,      /* the writer of a body wrote a part of it, after it was pulled */
    NODE_PULL,      /* the reader of a body took something, or reads on no more */
    NODE_LOCATE,    /* somebody wants to know where an object lives, without creating it */
    NODE_PERSISTED, /* all writes up to operation `op` are durable */
    NODE_TIMEOUT,   /* the deadline has come */
};

struct node_call {
    uint64_t token;         /* names the call in the answer */
    uint64_t from_instance; /* 0: a Worker's code */
    size_t space;
    struct object_ref object;
    struct bytes name; /* data NULL: not known */
    enum hint hint;
    uint64_t request_id; /* the user's request behind it, for logs; goes where the call goes */
    struct bytes head;
    struct bytes body;   /* whole, or its first part; at most BODY_PART_BYTES_MAX */
    uint64_t rest_bytes; /* that follow as parts; BODY_REST_UNKNOWN */
};

struct node_event {
    enum node_event_type type;
    uint64_t now_us;  /* never less than in the event before */
    bool disk_behind; /* so much waits for the disk that nothing new may begin */
    union {
        struct {
            size_t peer;
            uint64_t boot;         /* PEER_UP */
            const struct msg *msg; /* MESSAGE */
        };
        struct node_call call;
        struct {
            uint64_t run;
            struct outcome outcome; /* with a body as in node_call */
        } done;
        struct body_part part;
        struct body_pull pull;
        uint64_t instance; /* WROTE, BROKEN */
        struct {
            uint64_t token;
            struct object_ref object;
        } locate;
        uint64_t op; /* PERSISTED */
    };
};

struct node_write {
    enum node_table table;
    struct bytes key;   /* none for an appended table */
    struct bytes value; /* data NULL: delete */
};

struct node_run {
    uint64_t run, instance;
    size_t space;
    struct object_ref object;
    uint64_t request_id;
    struct bytes name, head, body;
    uint64_t rest_bytes;
};

/* How a call ended, and what its time went to: begun <= routed (its home was known) <= now. */
struct node_answer {
    uint64_t token;
    uint64_t request_id; /* as it was called */
    struct outcome outcome;
    uint64_t begun_us, routed_us; /* routed_us 0: it never was */
    size_t home;                  /* region of the home; REGION_NONE: not known */
    size_t arbiter;               /* the peer that was asked for it; REGION_NONE: nobody was */
};

struct node_located {
    uint64_t token;
    enum fail fail;       /* FAIL_NONE: the next two hold */
    uint16_t home_number; /* 0: not placed yet */
    const char *code;     /* the home's region, or the region that failed */
};

struct node_output {
    const struct outgoing *sends;
    size_t send_count;
    const struct node_write *writes;
    size_t write_count;
    uint64_t op; /* not 0: report it by PERSISTED once the writes, and all that instances have
                    written before this step, are durable */
    const struct node_run *runs;
    size_t run_count;
    const uint64_t *stops; /* instances to forget */
    size_t stop_count;
    const struct node_answer *answers;
    size_t answer_count;
    const struct body_part *parts; /* for readers here; after runs and answers */
    size_t part_count;
    const struct body_pull *pulls; /* for writers here */
    size_t pull_count;
    const struct node_located *located;
    size_t located_count;
    uint16_t joined_number; /* not 0: this step joined the cluster, under this birth number */
    const char *note;       /* a line for the log, NULL: none */
    bool outdated; /* the data is an older copy, see node_is_outdated: end now, and do nothing
                               but the writes */
};

/* Errors: ERR_MEMORY. */
MUST_USE enum err node_create(const struct node_config *config, struct node **ret_node);

/* NULL is fine. */
void node_destroy(struct node *node);

/* Put back one record, before the first step; appended ones in order. Errors: ERR_CORRUPT,
 * ERR_MEMORY. */
MUST_USE enum err node_restore(struct node *node, enum node_table table, struct bytes key,
                               struct bytes value);

/* Take one event. Errors: ERR_MEMORY; then a CALL or PART has had no effect, and a PERSISTED or TIMEOUT
 * may have been taken in part: give it again. After a MESSAGE its link has to start anew. The output holds in any case. */
MUST_USE enum err node_step(struct node *node, const struct node_event *event,
                            struct node_output *ret_output);

/* Send TIMEOUT then; UINT64_MAX: no need. */
uint64_t node_deadline_us(const struct node *node);

/* The birth number (0: none yet), and why the coordinator and this node do not go together (NULL:
 * they do, or have not met). */
uint16_t node_number(const struct node *node);
const char *node_refusal(const struct node *node);
bool node_joined(const struct node *node);

/* The data is an older copy, as node_refusal tells: the process has to end, also when it is started on
 * that data again. */
bool node_is_outdated(const struct node *node);

/* Whether it may deal with other nodes: let no link to one come up before. Data that was used before
 * may be an older copy, so a node that has it waits until the coordinator has said that it is not,
 * or has kept silent for peer_wait_us; calls wait as well. */
bool node_is_open(const struct node *node);

/* Region code of a birth number; "" when it is not known. */
const char *node_birth_code(const struct node *node, uint16_t number);

struct node_stats {
    uint64_t objects; /* that have their home here */
    uint64_t instances, runs, calls, visits, lookups;
    uint64_t evicted; /* from the cache, for others */
    uint64_t cache_entries,
        decided;             /* decided: unique ids whose home this node chose since its start */
    uint64_t held;           /* answers that wait for the disk */
    uint64_t flows;          /* calls and visits that have been answered, with bodies under way */
    uint64_t buffered_bytes; /* of bodies that have come and are not taken yet */
    uint64_t dropped;        /* messages of another boot, repeated, or out of place */
    uint64_t seen_seq;
    uint64_t sent[MSG_TYPE_COUNT], received[MSG_TYPE_COUNT];
};
struct node_stats node_stats(const struct node *node);

#endif
