#ifndef TERRELLA_EXPERIMENT_LOAD_HTTP_H
#define TERRELLA_EXPERIMENT_LOAD_HTTP_H

#include "common/bytes.h"
#include "common/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* Connections to one HTTP/1.1 server, as many as the requests that wait for an answer need, up to a
 * bound; what is beyond waits here. A request is sent once: when its connection breaks, or nothing
 * comes in time, it has failed. */

struct load_target;

struct load_answer {
    unsigned status;        /* 0: there was none */
    struct bytes timing;    /* of the header server-timing; empty: none */
    struct bytes object_id; /* of the header object-id */
};

/* What it points to is borrowed until it returns. */
typedef void load_answered_function(void *owner, uint64_t number, const struct load_answer *answer);

struct load_target_config {
    const char *host; /* an IPv4 address */
    uint16_t port;
    size_t connection_max;
    size_t pipeline_max;    /* requests on one connection at a time; 1: no pipelining */
    size_t connection_warm; /* opened at once */
    uint64_t timeout_us;
    load_answered_function *on_answered; /* also from within load_send */
    void *owner;
};

/* Errors: ERR_INVALID (the host), ERR_MEMORY. */
MUST_USE enum err load_target_open(uv_loop_t *loop, const struct load_target_config *config,
                                   struct load_target **ret_target);

/* Send a whole request. It leaves at the next load_flush. Errors: ERR_MEMORY. */
MUST_USE enum err load_send(struct load_target *target, uint64_t number, struct bytes request);

/* Write what has been sent since. */
void load_flush(struct load_target *target);

/* What waits for longer than timeout_us fails; call it now and then. */
void load_sweep(struct load_target *target);

/* The most connections that were open at a time, and the most requests that waited for one. */
size_t load_connection_peak(const struct load_target *target);
size_t load_waiting_peak(const struct load_target *target);

/* Close all; nobody is told any more. The memory is freed as the loop goes on. NULL is fine. */
void load_target_close(struct load_target *target);

#endif
