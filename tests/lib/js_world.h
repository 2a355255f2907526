#ifndef TERRELLA_TESTS_LIB_JS_WORLD_H
#define TERRELLA_TESTS_LIB_JS_WORLD_H

#include "node/js/js.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An engine with its owner, who is as simple as can be: every stub fetch is run at once in this
 * same engine, one instance for each id. Bodies flow between them, and a Worker's whole answer is
 * gathered. */

enum { WORLD_SPACES_MAX = 4, WORLD_EVENTS_MAX = 256, WORLD_INSTANCES_MAX = 256 };

enum world_event_kind {
    WORLD_DONE,
    WORLD_CALL,
    WORLD_WROTE,
    WORLD_BROKEN,
    WORLD_PART,
    WORLD_PULL,
};

/* One thing that the engine told, with copies of what it lent. */
struct world_event {
    enum world_event_kind kind;
    uint64_t number; /* run, call or instance */
    struct outcome outcome;
    struct js_call call;
    struct body_part part;
    struct body_pull pull;
    char *head, *body, *name;
};

struct world_instance {
    struct object_id id;
    uint64_t number;
};

struct world {
    uv_loop_t loop;
    char *path;
    struct store *store;
    struct js *js;
    struct js_namespace spaces[WORLD_SPACES_MAX];
    struct js_binding bindings[WORLD_SPACES_MAX];
    struct js_worker worker;
    char bundle_path[512];
    size_t space_count;
    struct errmsg why;

    struct world_event *events; /* told and not yet dealt with: a ring, the oldest at event_first */
    size_t event_first, event_count;
    struct world_instance instances[WORLD_INSTANCES_MAX];
    size_t instance_count;
    uint64_t next_number;
    struct {
        uint64_t run, call;
    } object_runs[WORLD_EVENTS_MAX];
    size_t object_run_count;

    char trace[4096]; /* "call wrote broken done ..." in the order told */
    uint64_t call_count;
    enum fail fail_calls; /* not FAIL_NONE: calls end with this instead of running */

    /* The last Worker's run that ended: */
    uint64_t done_run;
    enum outcome_kind kind;
    enum fail fail;
    unsigned status;
    char *head, *text; /* zero-terminated copies */
    size_t text_size;
};

struct world_options {
    const char *bundle;                        /* file of tests/unit/js, bundled */
    const char *classes[WORLD_SPACES_MAX + 1]; /* each is bound by its name in upper case */
    const char *vars;                          /* JSON; NULL: none */
    uint64_t cpu_limit_us;                     /* 0: one second */
    size_t memory_limit_bytes;                 /* 0: 1 GB */
    uint64_t block_limit_ms;                   /* 0: 30 s */
    bool not_joined;                           /* no birth number */
    bool sqlite;                               /* objects have ctx.storage.sql */
};

/* Call once before cmocka begins, where code is to be stopped: the engine sets handlers of signals
 * when it first stops code, once for the process, and cmocka takes signals over for each test. */
void world_prepare(void);

/* Open store and engine. Returns what js_open does; `world->why` says why. */
enum err world_try_open(struct world *world, const struct world_options *options);
void world_open(struct world *world, const struct world_options *options);
void world_close(struct world *world);

/* Start a Worker's fetch(); its run number. The body may be NULL. */
uint64_t world_start(struct world *world, const char *method, const char *path, const char *body);

/* Deal with what was told and run the loop until this run has ended. */
void world_await(struct world *world, uint64_t run);

/* GET or POST and wait; the text of the answer, "THROWN <head>" or "FAILED <name>". */
const char *world_get(struct world *world, const char *path);
const char *world_post(struct world *world, const char *path, const char *body);

/* Deal with what was told, once. */
void world_settle(struct world *world);

/* Stop all instances, as if they were evicted. */
void world_evict(struct world *world);

#endif
