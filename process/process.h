#ifndef TERRELLA_PROCESS_PROCESS_H
#define TERRELLA_PROCESS_PROCESS_H

#include "common/config.h"
#include "common/datadir.h"
#include "process/http.h"
#include "proto/link.h"
#include "proto/msg.h"

#include <jansson.h>

/* What coordinator and node are both made of, around their cores: a configuration, a disk, links to
 * all others, a status port, and an orderly end. One thread, one libuv loop. A shell begins with a
 * struct process, and says in its role what is its own; the callbacks are given the shell.
 *
 * Peers are numbered as the cores do it: regions by index, the coordinator after them. */

struct process_role {
    bool coordinator;                 /* else a node */
    const struct store_table *tables; /* the first is what the data directory says of itself */
    size_t table_count;
    /* Open what is this role's own. Disk and status port are there, the boot is durable; it ends by
     * opening the links. */
    enum err (*open)(void *shell, struct errmsg *reterr_why);
    void (*on_up)(void *shell, size_t peer, uint64_t boot);
    void (*on_down)(void *shell, size_t peer);
    void (*on_message)(void *shell, size_t peer, const struct msg *msg);
    void (*on_persisted)(void *shell, uint64_t op);
    /* GET /status, of which the head is there already: role, region, state, pid, boot, ... */
    void (*add_status)(const void *shell, json_t *status);
    /* What else is asked of the status port. */
    http_request_function *on_request;
};

struct process {
    const struct process_role *role;
    uv_loop_t *loop;
    struct config config;
    struct datadir datadir;
    struct store *store;
    struct links *links;
    struct http_server *admin;
    struct buf encoded; /* scratch for one message */
    bool boot_durable;
    bool open;  /* all of it; before that only the status port answers */
    bool alone; /* links to other nodes are kept down */
};

/* The whole life of a process, whose memory is zeroed. Returns, or exits with, what main returns. */
int process_main(struct process *process, const struct process_role *role, int argument_count,
                 char **arguments);

/* Listen to all peers, and dial them. Errors: as of links_open. */
MUST_USE enum err process_open_links(struct process *process, struct errmsg *reterr_why);

/* A node that was alone: links to other nodes come up from now on. */
void process_meet(struct process *process);

/* Queue a message. When that cannot be, the link starts anew, so that both ends know that something
 * was lost; a link that is down is told by its own event. False: it was not queued. */
bool process_send(struct process *process, size_t peer, const struct msg *msg);

/* Take the link down, to come up anew. */
void process_reset_link(struct process *process, size_t peer);

/* on_persisted(op) follows when all that was put until now is durable. A process that cannot keep
 * what its core has decided stops here. */
void process_mark(struct process *process, uint64_t op);

/* Going on could break a promise: log it, and stop the process. */
void process_die(const char *what, enum err err);

size_t process_own_peer(const struct config *config);

/* Links are numbered without this process itself. */
size_t process_link_of_peer(const struct config *config, size_t peer);

/* "SYD"; of the coordinator, "coordinator". */
const char *process_peer_code(const struct config *config, size_t peer);

/* admin.c: the status port. */
void process_on_request(void *process, struct http_exchange *exchange);

#endif
