#ifndef TERRELLA_NODE_SHELL_H
#define TERRELLA_NODE_SHELL_H

#include "common/alarm.h"
#include "common/table.h"
#include "node/core/node.h"
#include "node/js/js.h"
#include "process/process.h"

/* A node's shell: HTTP, engine, links, disk and clock give events to the core and perform what
 * it says. What the engine tells while an output is being performed is
 * queued, so nobody calls back into anybody; the queue is worked off before the next message,
 * durable write or deadline, and at the end of each turn of the loop. A turn takes no more of it than
 * a bound, so that code which keeps the queue full does not keep the loop from everything else. */

struct queued;

/* A user's request that a Worker works on; front.c. */
struct front_request {
    uint64_t run, request_id;
    size_t worker;
    struct http_exchange *exchange;
    uint64_t begun_us;
    bool timing;   /* the client asked where the time goes */
    bool received; /* all of its body has come */
    bool deaf;     /* nobody reads its body */
    bool flowing;  /* its answer has begun */
    struct buf timing_text;
    struct front_request *prev, *next; /* oldest first, until its answer has begun */
    UT_hash_handle hh;
};

/* To be told to the engine a moment later; front_flow.c. */
struct front_pull {
    struct body_pull pull;
    struct front_pull *prev, *next;
};

/* A question on the status port that waits for another process; admin.c. */
struct admin_lookup {
    uint64_t token;
    struct http_exchange *exchange;
    struct object_id id;
    enum id_kind kind;
    UT_hash_handle hh;
};

struct shell {
    struct process process; /* first: callbacks of a process are given the shell */
    struct node *node;
    struct js *js;
    struct alarm_clock *alarm;
    struct http_server *front;
    uv_prepare_t turn_end;
    uv_idle_t more; /* started while the queue holds something: then the loop does not wait */
    uv_timer_t front_sweep;

    struct queued *queue, *queue_last;
    bool ready;

    const char **space_names;
    struct js_namespace *spaces;
    struct js_worker *workers;
    struct js_binding *bindings;

    struct front_request *front_requests, *front_order;
    struct front_pull *front_pulls;
    uint64_t last_run; /* of Workers; FRONT_RUN is added */
    uint64_t request_count;

    struct admin_lookup *lookups;
    uint64_t last_lookup;
};

/* Runs of Workers are told from runs of objects, which the core numbers, by this bit. The engine
 * keeps run numbers as JavaScript numbers, which are exact below 2^53. */
#define FRONT_RUN (UINT64_C(1) << 52)

extern const struct process_role shell_role;

/* Queue an event for the core; the bytes that it points to are copied. `now_us` is filled in when
 * its turn comes. */
void shell_queue(struct shell *shell, const struct node_event *event);

/* front.c: users' requests. */
void front_on_request(void *owner, struct http_exchange *exchange);
void front_on_done(struct shell *shell, uint64_t run, const struct outcome *outcome);
/* A call has ended: for those who asked where the time goes. */
void front_note_answer(struct shell *shell, const struct node_answer *answer);
void front_sweep(uv_timer_t *timer);
void front_finish(struct shell *shell, struct front_request *front);

/* front_flow.c: their bodies. */
void front_on_gone(void *owner, struct http_exchange *exchange);
void front_on_body(void *owner, struct http_exchange *exchange, struct bytes part, bool last);
/* Tell the engine that nobody wants the response of a run, and, unless its request was received to the
 * end, that no more of that comes. */
void front_desert(struct shell *shell, uint64_t run, bool received);
void front_on_drain(void *owner, struct http_exchange *exchange, size_t bytes);
void front_on_part(struct shell *shell, const struct body_part *part);
void front_on_pull(struct shell *shell, const struct body_pull *pull);
/* Answer with a body that flows. */
void front_flow(struct shell *shell, struct front_request *front,
                const struct http_response *response);
/* Nobody wants the response of this run. */
void front_cancel_soon(struct shell *shell, uint64_t run);
/* Tell the engine what could not be told at once. */
void front_work(struct shell *shell);

/* admin.c: what of the status port is a node's own, among it GET /where. */
void admin_add_status(const void *shell, json_t *status);
void admin_on_request(void *shell, struct http_exchange *exchange);
void admin_on_located(struct shell *shell, const struct node_located *located);

/* boot.c: opening. */
void shell_on_up(void *owner, size_t peer, uint64_t boot);
void shell_on_down(void *owner, size_t peer);
void shell_on_message(void *owner, size_t peer, const struct msg *msg);
void shell_on_persisted(void *owner, uint64_t op);
void shell_on_alarm(void *owner);
void shell_on_turn_end(uv_prepare_t *turn_end);
void shell_on_js_done(void *owner, uint64_t run, const struct outcome *outcome);
void shell_on_js_call(void *owner, const struct js_call *call);
void shell_on_js_wrote(void *owner, uint64_t instance);
void shell_on_js_broken(void *owner, uint64_t instance);
void shell_on_js_part(void *owner, const struct body_part *part);
void shell_on_js_pull(void *owner, const struct body_pull *pull);
void shell_on_more(uv_idle_t *more);

/* The store's tables; the first three are the core's. */
enum { TABLE_STORAGE = NODE_CACHE + 1, TABLE_SQL, TABLE_ALARMS, TABLE_COUNT };

/* A region's code; of the coordinator, that of the region in which it stands. */
const char *shell_peer_code(const struct shell *shell, size_t peer);

#endif
