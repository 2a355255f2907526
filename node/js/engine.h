#ifndef TERRELLA_NODE_JS_ENGINE_H
#define TERRELLA_NODE_JS_ENGINE_H

#include "common/check.h"
#include "common/heap.h"
#include "common/log.h"
#include "common/table.h"
#include "node/js/js.h"
#include "node/js/jsc.h"
#include "node/js/limits.h"
#include "node/js/pump.h"
#include "node/js/recent.h"

/* What the files of node/js share. Everything happens in *turns*: one entry into JavaScript on
 * behalf of one owner, with all the microtasks that follow from it. Timers, answers and new runs
 * each get a turn of their own, so `turn_owner` says whose code runs without any tracking of
 * asynchronous contexts: a call, a timer or a store write made in a turn belongs to its owner. */

/* On whose behalf code runs. A Worker's run has no instance; an object's turn may have no run, and
 * then no request. */
struct owner {
    uint64_t run, instance, request_id;
    uint64_t section; /* of blockConcurrencyWhile(), numbered by prelude/gate.js; 0: none */
};

/* Functions of the prelude that C calls, in prelude/main.js by the same names. */
#define ENTRY_LIST(X) \
    X(load)           \
    X(runWorker)      \
    X(construct)      \
    X(runObject)      \
    X(release)        \
    X(forget)         \
    X(forgetCall)     \
    X(answer)         \
    X(fail)           \
    X(timer)          \
    X(notify)         \
    X(bodyError)      \
    X(gone)           \
    X(rejected)

enum entry {
#define X(name) ENTRY_##name,
    ENTRY_LIST(X)
#undef X
        ENTRY_COUNT
};

enum script_state { SCRIPT_LOADING, SCRIPT_READY, SCRIPT_FAILED };

/* One Worker's script in its own global context. */
struct script {
    struct js *js;
    size_t worker; /* index into config.workers */
    JSGlobalContextRef context;
    JSObjectRef native;               /* the object with our functions, protected */
    JSObjectRef entries[ENTRY_COUNT]; /* protected */
    enum script_state state;
    struct buf failure; /* why loading failed, as text */
};

/* A run in progress. */
struct run {
    uint64_t run, instance, request_id;
    struct script *script;
    bool answered; /* only waitUntil() promises and the response's body are left */
    bool waits;    /* for waitUntil() promises */
    bool has_bodies;
    size_t timer_count; /* of a Worker's run */
    UT_hash_handle hh;
};

/* A live object. */
struct instance {
    uint64_t instance;
    struct script *script;
    struct object_id id;
    size_t space;
    char *name;       /* for logs, of log_name(); NULL: not known */
    struct sql *sql;  /* its database while it is in use; NULL */
    bool wrote;       /* in this turn, and on_wrote is not yet raised */
    bool gate_opened; /* runs that waited may start */
    struct instance *next_wrote, *next_opened;
    UT_hash_handle hh;
};

/* A stub fetch that waits for its answer. */
struct call {
    uint64_t call;
    struct owner owner;
    struct script *script;
    UT_hash_handle hh;
};

/* A setTimeout() that has not fired. */
struct timer {
    struct heap_item item;
    uint64_t timer;
    struct owner owner;
    struct script *script;
    JSObjectRef callback; /* protected */
    UT_hash_handle hh;
};

struct js {
    struct js_config config;
    struct js_events events;
    void *owner;
    uv_loop_t *loop;
    JSContextGroupRef group;
    struct script *scripts; /* one for each Worker */
    struct run *runs;
    struct instance *instances;
    struct call *calls;
    struct incoming *incoming;
    struct outgoing *outgoing;
    struct timer *timers;
    struct heap timer_heap;
    uint64_t next_call, next_timer;
    uint16_t birth_number;
    bool loading; /* within js_open */
    int turn_depth;
    bool turn_cut; /* the engine has ended its script */
    struct owner turn_owner;
    struct script *turn_script;
    struct instance *wrote, *opened; /* lists through next_wrote, next_opened */
    struct buf head, body, text;     /* scratch; what is borrowed by callbacks */
    struct recent recent;            /* heads as strings */
    struct pump *pump;               /* GLib, timers and garbage collection on the loop */
    struct watch *watch;
    uint64_t newest_instance; /* the highest number that was ever run */
};

/* The engine of this thread, for functions that JavaScript calls. */
extern _Thread_local struct js *engine_here;

extern const char *const entry_names[ENTRY_COUNT];

/* Make the context of a Worker and load what it runs. Errors: as for js_open. */
MUST_USE enum err script_open(struct js *js, size_t worker, struct errmsg *reterr_why);

/* The script whose global context `context` belongs to. */
struct script *script_of(JSContextRef context);

/* Enter JavaScript: values may be made and one function called between these two. */
void turn_begin(struct script *script, struct owner owner);

/* Call an entry of the prelude with `count` values. */
void turn_call(struct script *script, enum entry entry, size_t count, const JSValueRef *values);

/* Leave: microtasks drain, then what the turn brought about is told (writes, stops, open gates). */
void turn_end(struct script *script);

/* End everything that a Worker's run (`owner.instance` 0) or an instance has, because its code was
 * stopped. */
void stop_owner(struct js *js, struct owner owner);

/* Mark the instance of the turn as one that wrote. */
void instance_wrote(struct instance *instance);

/* Tell the owner about writes before anything that depends on them. */
void tell_wrote(struct js *js);

/* Close the instance's database: what is not committed is undone. */
void sql_close(struct instance *instance);

/* The same, and delete what is in it. Errors: as for store_delete. */
MUST_USE enum err sql_clear(struct instance *instance);

struct instance *instance_find(struct js *js, uint64_t number);
struct run *run_find(struct js *js, uint64_t number);

/* Abort the calls of a Worker's run. */
void calls_drop(struct js *js, struct owner owner);

/* On whose behalf a run's code works. */
struct owner run_owner(const struct run *run);

/* A Worker's run has begun to read or write bodies. */
void run_has_bodies(struct js *js, struct owner owner);

/* Something that a run was waiting for has ended: perhaps it is over. */
void run_settle(struct js *js, uint64_t run);

/* The client of a Worker's run has gone. As in workerd, only waitUntil() keeps its code alive. */
void run_deserted(struct js *js, uint64_t run);

/* A body for our code to read; `first` has come already. */
void incoming_open(struct script *script, struct body_end end, struct owner owner,
                   struct bytes first);

/* Nobody reads it any more. */
void incoming_drop(struct js *js, struct body_end end);

/* A body that our code writes; `writer` is what notify() in prelude/transport.js calls. */
void outgoing_open(struct script *script, struct body_end end, struct owner owner,
                   JSValueRef writer);

/* Within a turn: nobody reads it any more. `message` is the Error's text with a `fail`. */
void outgoing_cancel(struct js *js, struct body_end end, enum fail fail, struct bytes message);

/* Whether the response of a run is still being written. */
bool outgoing_flows(struct js *js, uint64_t run);

/* The code that read and wrote them has ended; NULL: in good order. */
void bodies_drop(struct js *js, struct owner owner, const struct outcome *fate);
void bodies_finish(struct js *js);
size_t bodies_count(const struct js *js);
/* As much of an object's name as logs show; the caller's to free. NULL without memory. */
char *log_name(struct bytes name);

/* A line of the log about code: of which Worker, object and request. console.c. */
void log_owner(enum log_level level, const struct script *script, struct owner owner,
               const char *format, ...) PRINTF_LIKE(4, 5);

/* Drop the timers of an owner, or all. */
void timers_drop(struct js *js, struct owner owner);
void timers_finish(struct js *js);

/* Fire what is due. Called by the pump. */
void timers_fire(struct js *js);

/* A function for JavaScript. Throw by setting *exception and returning undefined. */
#define NATIVE(name)                                                                            \
    JSValueRef name(JSContextRef context, JSObjectRef function, JSObjectRef self, size_t count, \
                    const JSValueRef values[], JSValueRef *exception)

/* Every function of `native`, by the file that has it. */
/* clang-format off */
#define NATIVE_LIST(X)                                              \
    X(done) X(thrown) X(broken) X(gateOpened) X(runWaits)             /* run.c */ \
    X(runStarts) X(turnInstance) X(turnRun) X(turnSection) X(sectionEnter) /* gate.c */ \
    X(call) X(callAbort)                                            /* call.c */ \
    X(bodyRead) X(bodyCancel) X(bodyWrite) X(bodyBreak)             /* stream.c */ \
    X(idFromName) X(idUnique) X(idVerify)                           /* ids.c */ \
    X(storageGet) X(storagePut) X(storageDelete) X(storageList) X(storageClear) \
    X(sqlExec) X(sqlEnd) X(sqlBytes) X(sqlIsOn)                     /* sql.c */ \
    X(timerSet) X(timerClear)                                       /* timers.c */ \
    X(alarmPut) X(alarmList)                                        /* alarms.c */ \
    X(encode) X(decode) X(byteLength) X(decoderOpen) X(decoderPush) /* text.c */ \
    X(random) X(digest) X(digestOpen) X(digestAdd) X(digestEnd) X(sameBytes) /* crypto.c */ \
    X(pressOpen) X(press) X(pressLeft)                              /* press.c */ \
    X(hmac) X(pbkdf2) X(hkdf) X(cipher)                             /* subtle.c */ \
    X(keyGenerate) X(keyConvert) X(keyOf) X(keyPart) X(sign) X(verify) X(agree) /* keys.c */ \
    X(log) X(requestName)                                           /* console.c */ \
    X(require) X(sourceMap) X(loaded)                               /* script.c */
/* clang-format on */

#define X(name) NATIVE(native_##name);
NATIVE_LIST(X)
#undef X

#endif
