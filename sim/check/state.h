#ifndef TERRELLA_SIM_CHECK_STATE_H
#define TERRELLA_SIM_CHECK_STATE_H

#include "common/table.h"
#include "sim/check/check.h"

/* What the checkers share: the facts so far. What is seen is taken by facts.c first, then by each
 * checker. A field that names an invariant is kept by that one's file, all others by facts.c. */

struct checked_object {
    struct object_id id;
    struct object_ref ref; /* as the first call had it; kind 0: not called yet */
    /* The home that a node wrote down last, durable or not: which one, who, when. */
    uint16_t written_number;
    size_t writer;
    uint64_t written_life, written_op;
    bool made; /* I5 */
    /* I1: the home that an arbiter has told anybody, or that an answer has shown; 0: not yet. What
     * was only decided may be forgotten in a crash. */
    uint16_t home_number;
    uint64_t acknowledged; /* I6: the highest count of writes that an answer has shown */
    /* I2: the process that has an instance of it, if it still lives that life. 0: none. */
    uint64_t instance, holder_life;
    size_t holder;
    UT_hash_handle hh;
};

struct checked_call {
    uint64_t token; /* 0: no call */
    struct object_ref object;
    size_t caller;
    uint64_t caller_life;
    bool writes, nested;
    uint64_t end_us;     /* by the caller's clock: it is answered by then */
    uint16_t run_number; /* of the node that ran it last; 0: it did not run */
    uint64_t run_stored; /* what the storage held then */
    uint32_t run_count;  /* I3 */
    bool answered;       /* I4 */
    enum fail fail;      /* I4: of the answer */
    bool local;          /* I7: when it was made, its object lived there or had to */
};

enum { LIVES_REMEMBERED = 16 };

/* How far a node has seen the coordinator's log, and since when. */
struct checked_log {
    bool older_branch; /* what an older copy has grown to; else the log itself */
    uint64_t seq;
    uint64_t data, life, op; /* the node's, when it wrote that down */
};

struct checked_process {
    bool up;
    uint64_t life;        /* counts starts */
    uint64_t boot;        /* as its own messages have it; 0: it has sent none in this life */
    uint64_t *peer_boots; /* by process: whose link is up; 0: none */
    uint64_t data;        /* counts losses of its data */
    uint64_t clock_us;
    bool troubled;
    uint64_t well_us; /* by its clock: its last trouble was over; what was due before may be late */
    uint64_t last_op; /* the newest operation of this life */
    uint64_t durable_ops[LIVES_REMEMBERED]; /* what became durable in each life */
    uint16_t number; /* I5: birth number that this data goes by; 0: not yet */
    /* copies.c */
    bool older, is_told;  /* its data is an older copy; in this life the coordinator has answered */
    uint64_t copied_boot; /* the last that the copy knows of */
    uint64_t welcomed_boot; /* the highest that the coordinator has welcomed, of this data */
    struct checked_log log;
    bool *hears; /* I9: region by region, whether WELCOME has named a node there */
    bool *knows; /* I9: and the node has surely taken it */
    struct seen_boots {
        uint64_t from, to;
    } welcome, joined; /* I9: the newest WELCOME; the one that it joined by. 0: none */
};

/* I5: a birth number and whose it is. */
struct checked_number {
    bool given;
    size_t process;
    uint64_t data;
};

/* I10: what a region knows of an object. */
struct knowledge_key {
    struct object_id id;
    uint64_t region;
};

struct checked_knowledge {
    struct knowledge_key key;
    uint64_t asked_life, asked_link;           /* of its newest claim that has no answer */
    bool known, own;                           /* own: it lives there itself */
    uint64_t known_data, known_life, known_op; /* written down by then */
    uint64_t used_life, used_count;            /* when it was used last */
    UT_hash_handle hh;
};

/* I10: what may move a region's knowledge. */
struct checked_region {
    uint64_t link;       /* counts changes of links: claims that were under way are asked again */
    uint64_t used_count; /* calls, answers to claims, fetches: an entry may have moved at each */
    uint64_t learned_count; /* in this data: no more entries were made than that */
    uint64_t nested_count;  /* calls of objects under way: they may use an entry at any DURABLE */
};

struct checker {
    struct checker_config config;
    size_t region_count; /* the coordinator's index as well */
    struct checked_process *processes;
    struct checked_region *regions;
    struct checked_number *numbers; /* by number */
    size_t number_capacity;
    struct checked_object *objects, *last_object; /* last: found last, likely wanted next */
    struct checked_knowledge *knowledge;
    struct checked_call *calls; /* by token modulo capacity, a power of two */
    size_t call_capacity;
    uint64_t newest_token, oldest_token; /* the oldest that may not have ended */
    struct seen step;                    /* what the present step began with; `msg` is gone */
    enum msg_type step_msg_type;         /* if it was a message */
    bool step_is_stale;                  /* if it was one of, or for, another boot */
    struct msg_claim step_claim;         /* if it was a claim */
    uint64_t now_us;
    /* copies.c, of the coordinator's log: whether it was ever put back, and is now; what both have in
     * common; whether a node that has seen the other one has joined in this life. */
    bool branched, older_branch, knower_joined;
    uint64_t common_length;
    struct errmsg broken;
    bool limit;
    bool healed;
    bool liveness;
    struct checker_stats stats;
};

/* ---- facts.c ---- */

/* Note what is broken, unless something was before: "I1 one home" and what happened. */
void broken(struct checker *checker, const char *invariant, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* From here on nothing can be said: see copies.c. */
void limit_reached(struct checker *checker);

/* Never NULL; made at the first mention. */
struct checked_object *object_of(struct checker *checker, const struct object_id *id);
/* Likewise, what a region knows of an object. */
struct checked_knowledge *knowledge_of(struct checker *checker, size_t region,
                                       const struct object_id *id);
/* NULL: finished so long ago that it is forgotten, or never made. */
struct checked_call *call_of(struct checker *checker, uint64_t token);
/* Whether the caller of a call cannot be answered any more: it died. */
bool call_forgiven(const struct checker *checker, const struct checked_call *call);
/* Whether a process still has what it wrote under an operation of one of its lives. */
bool is_kept(const struct checker *checker, size_t process, uint64_t life, uint64_t op);
/* Whether an object may live in a region, whoever asks. */
bool may_live(const struct checker *checker, size_t region, enum jurisdiction jurisdiction);
/* "IAD" or "coord". */
const char *name_of(const struct checker *checker, size_t process);
/* The region of a birth number; REGION_NONE when nobody was seen with it. */
size_t region_of(const struct checker *checker, uint16_t number);
/* The first digits of an id, as traces have them. */
struct id_digits {
    char text[5];
};
struct id_digits digits_of(const struct object_id *id);

/* Take what was seen as a fact. */
void facts_see(struct checker *checker, const struct seen *seen);
void facts_finish(struct checker *checker);

/* ---- one file each ---- */

void one_home_see(struct checker *checker, const struct seen *seen);          /* I1 */
void one_instance_see(struct checker *checker, const struct seen *seen);      /* I2 */
void at_most_once_see(struct checker *checker, const struct seen *seen);      /* I3 */
void answered_see(struct checker *checker, const struct seen *seen);          /* I4 */
void answered_finish(struct checker *checker);                                /* I4, at the end */
void unique_see(struct checker *checker, const struct seen *seen);            /* I5 */
void durable_see(struct checker *checker, const struct seen *seen);           /* I6 */
void local_stays_local_see(struct checker *checker, const struct seen *seen); /* I7 */
void no_wide_area_wait_see(struct checker *checker, const struct seen *seen); /* I8 */
void obey_see(struct checker *checker, const struct seen *seen);              /* I9 */
void cached_see(struct checker *checker, const struct seen *seen);            /* I10 */
void copies_see(struct checker *checker, const struct seen *seen); /* older data, put back */
bool copies_excuse(const struct checker *checker, const char *invariant);

#endif
