#ifndef TERRELLA_NODE_JS_JS_H
#define TERRELLA_NODE_JS_JS_H

#include "common/bytes.h"
#include "common/err.h"
#include "common/id.h"
#include "common/store.h"
#include "common/topology.h"
#include "proto/body.h"
#include "proto/msg.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* The engine: one JavaScriptCore VM for a node, one global context for each Worker script.
 * Runs Workers and objects and tells its owner what they want. It decides nothing about where
 * objects live or when an answer may leave: that is node/core.
 *
 * A *run* is one invocation of a fetch() handler, of a Worker or of an object instance, named by
 * a number that the owner picks. An *instance* is one live object, also named by the owner.
 * A *call* is a stub fetch that code has begun, named by a number that the engine picks. */

/* A Durable Object namespace: a class of one Worker. */
struct js_namespace {
    const char *unique_key; /* "counter-Counter" */
    size_t worker;          /* index of the Worker whose class it is */
    const char *class_name;
    bool sqlite; /* its objects have ctx.storage.sql */
    struct id_keys keys[JURISDICTION_COUNT];
};

struct js_binding {
    const char *name; /* property of env */
    size_t space;     /* index of the namespace */
};

struct js_worker {
    const char *name;        /* as in wrangler.toml */
    const char *bundle_path; /* one script made by scripts/bundle (docs in node/js/README.md) */
    const struct js_binding *bindings;
    size_t binding_count;
    const char *vars_json; /* JSON object: plain properties of env */
    uint64_t cpu_limit_us; /* of one uninterrupted stretch of script */
};

struct js_config {
    const char *region_code;         /* request.cf.colo, and in log lines */
    const char *city, *country;      /* request.cf.city, request.cf.country; may be "" */
    const struct topology *topology; /* names the regions that requests came in by */
    const struct js_namespace *spaces;
    size_t space_count;
    const struct js_worker *workers;
    size_t worker_count;
    uint64_t block_limit_ms;   /* of one blockConcurrencyWhile() */
    uint64_t body_bytes_max;   /* that code may collect of one body, as by text() */
    size_t memory_limit_bytes; /* resident memory at which the running script is stopped */
    struct store *store;       /* holds what objects put into ctx.storage */
    size_t storage_table; /* its table, sorted; keys begin with the 32 bytes of the object's id */
    size_t sql_table;     /* the same for pages of databases; its puts do not yield */
    size_t alarm_table;   /* the same for alarms, whose keys are ids; does not yield either */
};

/* A stub fetch as it leaves JavaScript; borrowed during the callback. */
struct js_call {
    uint64_t call;
    uint64_t from_instance; /* 0: the caller is a Worker's code, not an object's */
    size_t space;
    struct object_ref object;
    struct bytes name; /* of a name-derived id made by idFromName; data NULL: not known */
    enum hint hint;
    uint64_t request_id; /* the user's request that it is made for; 0: none is known */
    struct bytes head;   /* opaque: method, URL, headers, packed */
    struct bytes body;   /* whole, and small; or nothing yet, and parts follow */
    uint64_t rest_bytes;
};

/* What the engine tells its owner. Never calls back into js_* from these. */
struct js_events {
    /* A run ended, but for the rest of its response's body, if there is one. For a Worker's run, an
     * uncaught error is OUTCOME_THROWN. Borrowed. */
    void (*on_done)(void *owner, uint64_t run, const struct outcome *outcome);
    /* Code called stub.fetch; the owner answers with js_answer, once. */
    void (*on_call)(void *owner, const struct js_call *call);
    /* An instance has put or deleted something into the store during this turn (after the puts). */
    void (*on_wrote)(void *owner, uint64_t instance);
    /* An instance cannot go on (constructor failed, ctx.abort(), stopped for time or memory). Its
     * runs end with the same outcome, each by on_done, after this. */
    void (*on_broken)(void *owner, uint64_t instance);
    /* Code wrote a part of a body, no more than was pulled; none before the first pull. */
    void (*on_part)(void *owner, const struct body_part *part);
    /* Code took something of a body, or reads on no more. For a call without an answer: it was
     * aborted, and wants none. */
    void (*on_pull)(void *owner, const struct body_pull *pull);
};

struct js;

/* Make the engine and load every Worker. Errors: ERR_SCRIPT (a script does not load: `why` names
 * Worker, message, the user's file and line; a class that a namespace names is not exported is
 * the same), ERR_IO, ERR_MEMORY. */
MUST_USE enum err js_open(uv_loop_t *loop, const struct js_config *config,
                          const struct js_events *events, void *owner, struct js **ret_js,
                          struct errmsg *reterr_why);

/* The node has its birth number; newUniqueId() works from now on. Before, it throws an Error
 * that says that the region has not joined the cluster yet. */
void js_set_birth_number(struct js *js, uint16_t birth_number);

/* A user's request for a Worker, as the head is packed from HTTP. */
struct js_http {
    uint64_t request_id;      /* for logs, and for the calls that come of it */
    struct bytes method, url; /* url: absolute, "http://host/path?query" */
    struct bytes client;      /* its address, for the header cf-connecting-ip; empty: none */
    const struct http_header *headers;
    size_t header_count;
    struct bytes body;   /* whole, or what has come of it */
    uint64_t rest_bytes; /* that is still to come, by js_part */
};

/* Start a Worker's fetch(). */
void js_run_worker(struct js *js, size_t worker, uint64_t run, const struct js_http *request);

/* Which object a new instance is. */
struct js_object {
    size_t space;
    struct object_ref object;
    struct bytes name;   /* ctx.id.name; data NULL: not known */
    uint64_t request_id; /* the user's request behind this run; 0: none is known */
};

/* Start an object's fetch(). The instance is constructed first when its number is higher than any
 * before; the run of a lower one that is gone ends at once as FAIL_BUSY: nothing was run. `head` and `body` are what js_call carried at the caller; borrowed. */
void js_run_object(struct js *js, uint64_t instance, const struct js_object *object, uint64_t run,
                   struct bytes head, struct bytes body, uint64_t rest_bytes);

/* Forget an instance: nothing of it is called any more. */
void js_stop_instance(struct js *js, uint64_t instance);

/* Settle the promise of a call. For OUTCOME_FAILED, `message` is the Error's text and the flags
 * `retryable` and `overloaded` come from the fail code. Late or unknown calls are ignored. */
void js_answer(struct js *js, uint64_t call, const struct outcome *outcome, struct bytes message);

/* A part of a body has come for code that reads; `part->end` is the reader's. With `fail`, `message` is
 * the Error's text. Unknown ends are ignored: nobody reads on. */
void js_part(struct js *js, const struct body_part *part, struct bytes message);

/* Code may write so much more, or nobody reads it; `pull->end` is the writer's. For a run, `cancel` says
 * that its caller has gone: request.signal aborts. `message` as above. */
void js_pull(struct js *js, const struct body_pull *pull, struct bytes message);

/* Unpack the head of a Worker's OUTCOME_RESPONSE for the HTTP answer. `ret_headers` is filled with
 * up to `header_max`; all borrowed from `head`. Errors: ERR_INVALID. */
struct http_header;
MUST_USE enum err js_response_head(struct bytes head, unsigned *ret_status,
                                   struct bytes *ret_reason, struct http_header *ret_headers,
                                   size_t header_max, size_t *ret_header_count);

/* For OUTCOME_THROWN: the error's one-line text and its stack, for the log. Errors: ERR_INVALID,
 * ERR_MEMORY. */
MUST_USE enum err js_thrown_text(struct bytes head, struct buf *ret_text);

/* Live instances, runs in progress, resident bytes. */
struct js_stats {
    size_t instances, runs, calls;
    size_t bodies;         /* that flow in or out */
    size_t resident_bytes; /* of the process */
};
struct js_stats js_stats(const struct js *js);

/* Free the engine. NULL is fine. */
void js_close(struct js *js);

#endif
