#ifndef TERRELLA_NODE_CORE_STATE_H
#define TERRELLA_NODE_CORE_STATE_H

#define TABLE_CAN_RUN_OUT

#include "common/heap.h"
#include "common/homes.h"
#include "common/table.h"
#include "node/core/flow.h"
#include "node/core/node.h"

/* What the files of the core share: its state and the functions that one file offers the others.
 *
 *   membership.c  who belongs to the cluster, birth numbers
 *   call.c        a stub fetch of local code, from its beginning to its answer
 *   claim.c       asking an id's arbiter, one question for each id, and being an arbiter
 *   visit.c       a fetch from another region, from its arrival to its reply
 *   object.c      instances and their runs
 *   gate.c        what waits for the disk
 *   cache.c       homes elsewhere, remembered
 *   locate.c      where an object lives, for people
 *   flow.c        the books of one body
 *   stream.c      bodies that flow between callers and objects, near and far */

/* ---- what waits for the disk ---- */

enum { SHUT_OP = 1 }; /* no record's: what waits for it waits until the node opens */

enum held_kind { HELD_CALL_START, HELD_CALL_ANSWER, HELD_VISIT_REPLY, HELD_CLAIM, HELD_PART };

/* Embedded in what waits; in node->held_list, in order of `after_op`. */
struct held {
    enum held_kind kind;
    uint64_t after_op; /* 0: not held; operations begin at 1 */
    struct held *prev, *next;
};

/* ---- bodies ---- */

/* The two bodies of a call or a visit, which embeds this. A reply that is over ends both. */
struct exchange {
    bool is_visit;          /* the caller is at `peer`; else it is here, and names it `token` */
    uint64_t number;        /* on the wire, ascending in the order of sending */
    size_t peer;            /* the other node; REGION_NONE: both ends are here, or not known yet */
    uint64_t token;         /* of a call */
    uint64_t from_instance; /* of a call; 0: a Worker's code */
    bool home_here;         /* the object runs here, or has */
    uint64_t run;           /* 0: not any more, or elsewhere */
    struct flow request, reply;
    struct held_part *held; /* that wait for the disk, oldest first */
};

/* A part that an object wrote, which waits for what the object had stored before. */
struct held_part {
    struct held held;
    struct exchange *exchange;
    enum body_direction direction;
    struct body_part part;
    struct buf kept;
    struct held_part *prev, *next; /* of the exchange, or node->ended_parts */
};

/* ---- calls ---- */

enum call_state {
    CALL_NEW,
    CALL_GATED,    /* the calling object's writes are not durable yet */
    CALL_CLAIMING, /* the arbiter is asked */
    CALL_WAITING,  /* the home is known, the link to it is down */
    CALL_SENT,     /* the home works on it */
    CALL_RUNNING,  /* it runs here */
    CALL_HELD,     /* the answer waits for the disk */
    CALL_FLOWING,  /* it is answered; bodies are under way */
    CALL_ENDED,
};

struct call {
    enum call_state state;
    struct exchange exchange;
    size_t space;
    struct object_ref object;
    enum hint hint;
    uint64_t request_id;
    struct bytes name, head, body; /* borrowed from the event until call_keep, then in `kept` */
    uint64_t rest_bytes;
    struct buf kept;
    uint64_t begun_us, routed_us; /* for who wants to know where the time went */
    size_t home, arbiter;         /* likewise; REGION_NONE: not known, not asked */
    uint64_t deadline_us;         /* the end, whatever the state */
    struct heap_item timer;       /* that, or the end of the wait for a link */
    size_t peer;                  /* CLAIMING: the arbiter; from WAITING on: the home's region */
    uint16_t home_number;         /* WAITING, SENT */
    struct claim *claim;          /* CLAIMING */
    struct outcome outcome;       /* HELD; in `outcome_kept` */
    struct buf outcome_kept;
    struct held held;
    struct call *prev, *next; /* in a list of its claim or its peer */
    UT_hash_handle hh;        /* node->calls, by token */
    UT_hash_handle hh_sent;   /* node->sent_calls, by number, while a peer works on it */
};

/* ---- claims ---- */

struct claim {
    struct object_id id;
    size_t arbiter; /* peer; the node's own region: itself */
    bool sent;      /* in the arbiter's present boot */
    enum hint hint;
    struct object_ref object;
    struct call *calls;      /* that wait for the answer, oldest first */
    uint16_t decided_number; /* the home, decided here, waits for the disk; 0: open */
    size_t *peers;           /* regions that asked this node, the arbiter */
    size_t peer_count, peer_capacity;
    struct held held;
    UT_hash_handle hh; /* node->claims, by id, in order of creation */
};

/* ---- objects ---- */

struct object {
    struct object_id id;
    uint64_t instance; /* 0: none in memory */
    uint64_t last_op;  /* the newest write that could have shaped an answer of it */
    size_t run_count;
    uint64_t idle_at_us; /* when it counts as idle; only meaningful in node->idle */
    bool idle;
    struct object *prev, *next; /* node->idle, longest idle first */
    UT_hash_handle hh;          /* node->objects, by id */
    UT_hash_handle hh_instance; /* node->instances */
};

struct run {
    uint64_t number;
    struct object *object;
    struct call *call; /* exactly one of these */
    struct visit *visit;
    bool done;         /* the handler has ended; its response is under way */
    UT_hash_handle hh; /* node->runs, by number */
};

/* ---- visits ---- */

enum visit_state {
    VISIT_RUNNING,
    VISIT_HELD,    /* the reply waits for the disk */
    VISIT_FLOWING, /* its head has left; bodies are under way */
};

struct visit_key {
    uint64_t call;
    uint64_t peer;
};

struct visit {
    enum visit_state state;
    struct visit_key key;
    struct exchange exchange;
    struct outcome outcome; /* HELD; in `outcome_kept` */
    struct buf outcome_kept;
    struct heap_item timer; /* the end of the caller's patience; then the next look for a stall */
    struct held held;
    struct visit *prev, *next; /* node->ended_visits */
    UT_hash_handle hh;         /* node->visits, by key */
};

/* ---- the rest ---- */

struct cache_entry {
    struct object_id id;
    uint16_t home_number;
    struct cache_entry *prev, *next; /* node->cache_order, least recently used first */
    UT_hash_handle hh;               /* node->cache, by id */
};

struct lookup {
    uint64_t number, token;
    size_t peer;
    struct heap_item timer;
    UT_hash_handle hh; /* node->lookups, by number */
};

struct node_peer {
    uint64_t boot;           /* 0: the link is down */
    uint64_t last_boot;      /* the newest that was up */
    uint64_t highest_call;   /* of the fetches received in that boot: repeats are dropped */
    uint16_t current_number; /* newest birth number of the region; 0: none */
    struct call *waiting;    /* calls in CALL_WAITING for it, oldest first */
    struct call *sent;       /* calls in CALL_SENT to it, or FLOWING */
};

struct node {
    struct node_config config;
    uint64_t now_us;
    bool disk_behind;
    size_t coordinator; /* its index among the peers */

    uint16_t number;
    uint8_t seen_incarnation[CLUSTER_ID_BYTES];
    struct log_mark seen; /* the coordinator's log, as far as it was told */
    bool joined;          /* the coordinator has welcomed this boot over the present link */
    bool refused, outdated;
    bool shut; /* see node_is_open; SHUT_OP is over when it ends */
    struct errmsg refusal;
    struct node_peer *peers; /* by region; the coordinator last */
    struct birth *births;    /* by number - 1; number 0: a gap */
    size_t birth_count, birth_capacity;

    struct homes homes; /* decided here, or living here; durable */
    uint64_t hosted_count, decided_count, evicted_count;
    struct cache_entry *cache, *cache_order;

    struct call *calls, *sent_calls;
    struct claim *claims;
    struct visit *visits;
    struct object *objects, *instances, *idle;
    struct run *runs;
    struct lookup *lookups;
    struct held *held_list;
    struct heap call_timers, visit_timers, lookup_timers;

    uint64_t last_call, last_sent_call, last_run, last_instance;
    uint64_t last_op, durable_op;
    uint64_t held_count, dropped_count;
    uint64_t flowing_count, buffered_bytes;
    uint64_t sent[MSG_TYPE_COUNT], received[MSG_TYPE_COUNT];

    /* Of the present step; see output.c. */
    struct outbox outbox;
    struct node_write *writes;
    size_t write_count, write_capacity;
    struct buf written; /* keys and values of the writes */
    uint64_t step_op;
    struct node_run *run_list;
    size_t run_count, run_capacity;
    uint64_t *stops;
    size_t stop_count, stop_capacity;
    struct node_answer *answers;
    size_t answer_count, answer_capacity;
    struct body_part *parts;
    size_t part_count, part_capacity;
    struct body_pull *pulls;
    size_t pull_count, pull_capacity;
    struct node_located *located;
    size_t located_count, located_capacity;
    struct call *ended_calls; /* freed at the next step: the output borrows from them */
    struct visit *ended_visits;
    struct held_part *ended_parts;
    uint16_t joined_number;
    struct errmsg note;
};

/* ---- output.c: what a step wants done; space is reserved at the step's start or here ---- */

/* Then the next so many sends, one answer, and two parts and pulls, cannot fail; or the next two writes, of as many
 * bytes in all. */
enum err output_reserve(struct node *node, size_t send_count);
enum err output_reserve_writes(struct node *node, size_t size);
enum err output_send(struct node *node, size_t peer, struct msg msg);
enum err output_write(struct node *node, enum node_table table, struct bytes key,
                      struct bytes value);
/* The operation of this step's writes; the first call in a step begins it. */
uint64_t output_op(struct node *node);
enum err output_run(struct node *node, const struct node_run *run);
enum err output_stop(struct node *node, uint64_t instance);
enum err output_answer(struct node *node, const struct node_answer *answer);
enum err output_part(struct node *node, const struct body_part *part);
enum err output_pull(struct node *node, const struct body_pull *pull);
enum err output_located(struct node *node, const struct node_located *located);

/* ---- membership.c ---- */

enum err membership_up(struct node *node, size_t peer, uint64_t boot);
enum err membership_down(struct node *node, size_t peer);
enum err membership_on_welcome(struct node *node, const struct msg_welcome *welcome);
enum err membership_on_refused(struct node *node, const struct msg_refused *refused);
/* The coordinator's log has come so far, at least; remembered. */
enum err membership_saw(struct node *node, struct log_mark log);
/* Region of a birth number whose data is the region's present one; REGION_NONE: gone. */
size_t membership_region(const struct node *node, uint16_t number);
/* A node that is shut waits no longer. */
enum err membership_open(struct node *node);
/* When a node that is shut waits no longer; UINT64_MAX: it is open. */
uint64_t membership_deadline_us(const struct node *node);
enum err membership_restore(struct node *node, struct bytes key, struct bytes value);
/* The code of the region at `peer`; for the coordinator that of the region it stands in. */
const char *peer_code(const struct node *node, size_t peer);

/* ---- call.c ---- */

enum err call_begin(struct node *node, const struct node_call *request);
/* The home is known: run here, send there, or wait for the link. */
enum err call_deliver(struct node *node, struct call *call, uint16_t home_number);
enum err call_fail(struct node *node, struct call *call, enum fail fail, const char *region);
/* The run of a call ended: answer now, or when `after_op` is durable. */
enum err call_done(struct node *node, struct call *call, const struct outcome *outcome,
                   uint64_t after_op);
enum err call_released(struct node *node, struct call *call);
enum err call_peer_up(struct node *node, size_t peer);
enum err call_peer_down(struct node *node, size_t peer);
enum err call_timeouts(struct node *node);
enum err call_on_reply(struct node *node, size_t peer, const struct msg_reply *reply);
/* The call that sent this number to this peer, or that has this token; NULL: none. */
struct call *call_find(struct node *node, size_t peer, uint64_t number);
struct call *call_find_token(struct node *node, uint64_t token);
/* Its caller wants no answer any more. */
enum err call_abort(struct node *node, struct call *call);
/* It is answered, and its bodies are over. */
void call_over(struct node *node, struct call *call);
/* The call waits for the answer to its claim: keep its own copy of its bytes. */
enum err call_await_claim(struct node *node, struct call *call, struct claim *claim);
/* A link came or went: how long the call may wait has changed. */
void call_rearm(struct node *node, struct call *call);
void call_free(struct call *call);

/* ---- claim.c ---- */

/* The home of an id as far as this node knows without asking; 0: it does not. */
uint16_t claim_known(struct node *node, const struct object_id *id);
/* Find the home of a call's object: known, decided here, or asked for. */
enum err claim_route(struct node *node, struct call *call);
enum err claim_on_claim(struct node *node, size_t peer, const struct msg_claim *msg);
enum err claim_on_placed(struct node *node, size_t peer, const struct msg_placed *placed);
enum err claim_released(struct node *node, struct claim *claim);
/* The arbiter can be asked now: ask what is open. */
enum err claim_peer_up(struct node *node, size_t peer);
void claim_peer_down(struct node *node, size_t peer);
/* The coordinator and this node do not go together: whoever waits for it hears so. */
enum err claim_coordinator_refused(struct node *node);
/* An object has settled here without an answer to the claim on it: who waits for one goes on. */
enum err claim_settled(struct node *node, const struct object_id *id);
/* A call ends before the claim that it waits for. */
void claim_leave(struct node *node, struct call *call);
/* Whether the arbiter can be asked at this moment. */
bool claim_can_ask(const struct node *node, size_t arbiter);
void claim_free(struct claim *claim);

/* ---- visit.c ---- */

enum err visit_on_fetch(struct node *node, size_t peer, const struct msg_fetch *fetch);
struct visit *visit_find(struct node *node, size_t peer, uint64_t number);
/* Its caller has gone, or its bodies are over. */
enum err visit_abort(struct node *node, struct visit *visit, enum fail fail);
void visit_over(struct node *node, struct visit *visit);
enum err visit_done(struct node *node, struct visit *visit, const struct outcome *outcome,
                    uint64_t after_op);
enum err visit_released(struct node *node, struct visit *visit);
enum err visit_peer_down(struct node *node, size_t peer);
enum err visit_timeouts(struct node *node);
void visit_free(struct visit *visit);

/* ---- object.c ---- */

/* Run the object for a call or a visit (one of them is NULL); number and instance of `run` are
 * filled in here. Sets *ret_fail when it cannot (overloaded); nothing is changed then. */
enum err object_run(struct node *node, const struct node_run *run, struct call *call,
                    struct visit *visit, uint64_t *ret_run, enum fail *ret_fail);
enum err object_done(struct node *node, uint64_t run, const struct outcome *outcome);
void object_wrote(struct node *node, uint64_t instance);
void object_broken(struct node *node, uint64_t instance);
/* The newest write that shaped what this instance knows; 0: none, or no such instance. */
uint64_t object_op(const struct node *node, uint64_t instance);
/* The exchange of a run whose response is under way, or which has not ended; NULL: none. The newest write
 * that could have shaped what it writes now. */
struct exchange *object_exchange(struct node *node, uint64_t run, uint64_t *ret_op);
/* Nobody waits for this run any more. */
void object_abandon(struct node *node, uint64_t run);
enum err object_timeouts(struct node *node);
uint64_t object_deadline_us(const struct node *node);
/* Another arbiter made this node an object's home, for ever: write it down. */
enum err object_settle(struct node *node, const struct object_id *id);
/* What the object answers waits for operation `op`. */
enum err object_pin(struct node *node, const struct object_id *id, uint64_t op);

/* ---- gate.c ---- */

/* Hold until `after_op` is durable. */
void gate_hold(struct node *node, struct held *held, enum held_kind kind, uint64_t after_op);
/* Does so much wait for the disk that nothing new may begin? */
bool gate_is_crowded(const struct node *node);
void gate_drop(struct node *node, struct held *held);
enum err gate_release(struct node *node);
/* Copy an outcome into `kept` and make it point there. */
enum err gate_keep(struct outcome *outcome, struct buf *kept);

/* ---- stream.c ---- */

/* A request goes out, or comes in, with more to follow; 0: nothing does. */
enum err stream_begin_request(struct node *node, struct exchange *exchange, size_t first_bytes,
                              uint64_t rest_bytes);
/* The same for a reply. */
enum err stream_begin_reply(struct node *node, struct exchange *exchange, size_t first_bytes,
                            uint64_t rest_bytes);
enum err stream_on_part(struct node *node, const struct body_part *part);
enum err stream_on_pull(struct node *node, const struct body_pull *pull);
enum err stream_on_body(struct node *node, size_t peer, const struct msg_body *body);
enum err stream_on_credit(struct node *node, size_t peer, const struct msg_credit *credit);
enum err stream_on_cancel(struct node *node, size_t peer, const struct msg_cancel *cancel);
enum err stream_released(struct node *node, struct held_part *held);
/* Both bodies end in the middle: who reads or writes here is told. */
enum err stream_cut(struct node *node, struct exchange *exchange, enum fail fail,
                    const char *region);
/* Give up what nobody goes on reading. */
enum err stream_look(struct node *node, struct exchange *exchange);
/* Whether so much more may wait to be read. */
bool stream_has_room(const struct node *node, size_t bytes);
/* The handler has ended, and reads no more of its request. */
void stream_run_ended(struct node *node, struct exchange *exchange);
/* Out of the books; the memory of held parts goes with the step. */
void stream_drop(struct node *node, struct exchange *exchange);
/* Only the memory, when the whole core goes. */
void stream_free(struct exchange *exchange);
void held_part_free(struct held_part *part);

/* ---- cache.c ---- */

uint16_t cache_find(struct node *node, const struct object_id *id);
enum err cache_add(struct node *node, const struct object_id *id, uint16_t home_number);
enum err cache_restore(struct node *node, struct bytes key, struct bytes value);

/* ---- locate.c ---- */

enum err locate_begin(struct node *node, uint64_t token, const struct object_ref *object);
enum err locate_on_locate(struct node *node, size_t peer, const struct msg_locate *locate);
enum err locate_on_located(struct node *node, size_t peer, const struct msg_located *located);
enum err locate_peer_down(struct node *node, size_t peer);
enum err locate_timeouts(struct node *node);

#endif
