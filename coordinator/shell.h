#ifndef TERRELLA_COORDINATOR_SHELL_H
#define TERRELLA_COORDINATOR_SHELL_H

#include "common/alarm.h"
#include "common/config.h"
#include "common/datadir.h"
#include "coordinator/core/coord.h"
#include "node/http.h"
#include "proto/link.h"

/* The coordinator's shell: links, disk and clock give events to the core and perform what it
 * says. One thread, one libuv loop. */

struct shell {
    uv_loop_t *loop;
    struct config config;
    struct datadir datadir;
    struct store *store;
    struct coord *coord;
    struct links *links;
    struct alarm_clock *alarm;
    struct http_server *admin;
    struct buf encoded; /* scratch for one message */
    bool boot_durable;
    bool open; /* all of it; before that only the status port answers */
    uint64_t sent_messages, received_messages;
};

/* Open everything and serve. The shell is zeroed but for `loop` and `config`, which it owns from
 * here. Errors: as of store_open, links_open and http_open; ERR_CORRUPT, the log is damaged. */
MUST_USE enum err shell_open(struct shell *shell, struct errmsg *reterr_why);

/* Stop traffic and commit what is left. */
void shell_close(struct shell *shell);

/* Answer a request to the status port: GET /status and POST /faults. */
void admin_on_request(void *owner, struct http_exchange *exchange);

#endif
