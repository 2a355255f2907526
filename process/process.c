#include "process/process.h"

#include "common/check.h"
#include "common/log.h"
#include "process/faults.h"
#include "proto/codec.h"
#include "proto/print.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The store's marks: the first is this boot's, then one for each operation of the core. */
enum { BOOT_MARK = 1 };

void process_die(const char *what, enum err err)
{
    log_line(LOG_ERROR, "%s: %s; stopping, because going on could break a promise", what,
             err_text(err));
    abort();
}

/* ---- disk ---- */

static void on_durable(void *owner, uint64_t mark)
{
    struct process *process = owner;
    process->boot_durable = true;
    if (mark > BOOT_MARK)
        process->role->on_persisted(process, mark - BOOT_MARK);
}

void process_mark(struct process *process, uint64_t op)
{
    enum err err = store_mark(process->store, BOOT_MARK + op);
    if (err)
        process_die("cannot keep a record", err);
}

/* The status port comes right after the lock of the disk: a process whose disk is full says so. */
static enum err open_disk(struct process *process, struct errmsg *reterr_why)
{
    const struct config *config = &process->config;
    struct store_config store_config = {.path = config->data_path,
                                        .tables = process->role->tables,
                                        .table_count = process->role->table_count};
    enum err err =
        store_open(process->loop, &store_config, on_durable, process, &process->store, reterr_why);
    if (!err)
        err = http_open(process->loop, config->host, config->admin_port, &http_limits_default,
                        process_on_request, NULL, process, &process->admin, reterr_why);
    if (err)
        return err;
    faults_apply(process);
    err = datadir_begin(process->store, 0, &process->datadir);
    if (!err)
        err = store_mark(process->store, BOOT_MARK);
    if (err)
        return err_say(err, reterr_why, "%s: %s", config->data_path, err_text(err));
    /* Nobody may hear of this boot before it is counted for good. */
    while (!process->boot_durable)
        uv_run(process->loop, UV_RUN_ONCE);
    return OK;
}

/* ---- links ---- */

size_t process_own_peer(const struct config *config)
{
    return config->coordinator ? config->topology.region_count : config->region;
}

static size_t peer_of_link(const struct config *config, size_t link)
{
    return link < process_own_peer(config) ? link : link + 1;
}

size_t process_link_of_peer(const struct config *config, size_t peer)
{
    CHECK(peer != process_own_peer(config));
    return peer < process_own_peer(config) ? peer : peer - 1;
}

const char *process_peer_code(const struct config *config, size_t peer)
{
    return peer == config->topology.region_count ? "coordinator"
                                                 : config->topology.regions[peer].code;
}

static const char *url_of(const struct config *config, size_t peer)
{
    return peer == config->topology.region_count ? config->coordinator_url
                                                 : config->region_urls[peer];
}

static void on_up(void *owner, size_t link, uint64_t boot)
{
    struct process *process = owner;
    size_t peer = peer_of_link(&process->config, link);
    log_line(LOG_INFO, "link to %s is up", process_peer_code(&process->config, peer));
    process->role->on_up(process, peer, boot);
}

static void on_down(void *owner, size_t link)
{
    struct process *process = owner;
    size_t peer = peer_of_link(&process->config, link);
    log_line(LOG_INFO, "link to %s is lost", process_peer_code(&process->config, peer));
    process->role->on_down(process, peer);
}

static void on_message(void *owner, size_t link, struct bytes bytes)
{
    struct process *process = owner;
    struct msg msg;
    if (msg_decode(bytes, &msg))
        links_reject(process->links, link);
    else
        process->role->on_message(process, peer_of_link(&process->config, link), &msg);
}

static void on_reject(void *owner, const char *code, const char *why)
{
    (void)owner;
    log_line(LOG_WARN, "closed a connection of %s: %s", code ? code : "somebody unknown", why);
}

static void describe_peers(const struct config *config, struct link_peer *peers)
{
    const struct topology *topology = &config->topology;
    for (size_t link = 0; link < topology->region_count; link++) {
        size_t peer = peer_of_link(config, link);
        bool coordinator = peer == topology->region_count;
        strcpy(peers[link].code, process_peer_code(config, peer));
        peers[link].url = url_of(config, peer);
        peers[link].delay_us = topology_rtt_us(topology, config->region,
                                               coordinator ? topology->coordinator_region : peer) /
                               2;
    }
}

enum err process_open_links(struct process *process, struct errmsg *reterr_why)
{
    static const struct link_events events = {
        .on_up = on_up, .on_down = on_down, .on_message = on_message, .on_reject = on_reject};
    const struct config *config = &process->config;
    size_t own = process_own_peer(config), peer_count = config->topology.region_count;
    struct link_peer *peers = calloc(peer_count, sizeof *peers);
    if (!peers)
        return ERR_MEMORY;
    describe_peers(config, peers);
    struct link_config link_config = {.code = process_peer_code(config, own),
                                      .url = url_of(config, own),
                                      .boot = process->datadir.boot,
                                      .peers = peers,
                                      .peer_count = peer_count,
                                      .jitter = config->topology.jitter,
                                      .seed = config->seed + own * 1000003 + process->datadir.boot,
                                      .probe_interval_us = config->limits.probe_interval_us,
                                      .probe_timeout_us = config->limits.probe_timeout_us,
                                      .queue_bytes_max = config->limits.link_queue_bytes_max};
    memcpy(link_config.cluster_id, config->cluster_id, sizeof link_config.cluster_id);
    memcpy(link_config.cluster_key, config->cluster_key, sizeof link_config.cluster_key);
    enum err err =
        links_open(process->loop, &link_config, &events, process, &process->links, reterr_why);
    free(peers);
    if (!err)
        faults_apply(process);
    return err;
}

void process_meet(struct process *process)
{
    process->alone = false;
    faults_apply(process);
}

void process_reset_link(struct process *process, size_t peer)
{
    links_reset(process->links, process_link_of_peer(&process->config, peer));
}

bool process_send(struct process *process, size_t peer, const struct msg *msg)
{
    process->encoded.size = 0;
    enum err err = msg_encode(msg, &process->encoded);
    if (!err)
        err = links_send(process->links, process_link_of_peer(&process->config, peer),
                         msg_carries_body(msg->type) ? LINK_BULK : LINK_CONTROL,
                         buf_bytes(&process->encoded));
    if (err && err != ERR_NOT_FOUND) {
        log_line(LOG_WARN, "%s to %s could not be queued: %s; the link starts anew",
                 msg_type_name(msg->type), process_peer_code(&process->config, peer),
                 err_text(err));
        process_reset_link(process, peer);
    }
    return !err;
}

/* ---- begin and end ---- */

static void on_signal(uv_signal_t *handle, int number)
{
    struct process *process = handle->data;
    log_line(LOG_INFO, "stopping on signal %d", number);
    links_stop(process->links);
    store_close(process->store); /* commits what is left */
    _exit(0);                    /* nng's sockets are not closed: that has races */
}

static void watch(struct process *process, uv_signal_t *handle, int number)
{
    uv_signal_init(process->loop, handle);
    handle->data = process;
    uv_signal_start(handle, on_signal, number);
    uv_unref((uv_handle_t *)handle);
}

static enum err open_all(struct process *process, const char *path, struct errmsg *reterr_why)
{
    const struct process_role *role = process->role;
    struct config *config = &process->config;
    enum err err = sodium_init() < 0 ? ERR_IO : config_read(path, config, reterr_why);
    if (!err && config->coordinator != role->coordinator)
        err = err_say(ERR_INVALID, reterr_why, "%s: role: this is %s", path,
                      role->coordinator ? "the coordinator, not a node"
                                        : "a node, not the coordinator");
    if (err)
        return err;
    log_init(process_peer_code(config, process_own_peer(config)), LOG_INFO);
    process->loop = uv_default_loop();
    err = open_disk(process, reterr_why);
    return err ? err : role->open(process, reterr_why);
}

int process_main(struct process *process, const struct process_role *role, int argument_count,
                 char **arguments)
{
    const char *name = role->coordinator ? "coordinator" : "node";
    struct errmsg why = {.text = ""};
    if (argument_count != 2) {
        fprintf(stderr, "usage: terrella-%s CONFIG.json (see docs/CONFIG.md)\n", name);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    log_init(name, LOG_INFO);
    process->role = role;
    enum err err = open_all(process, arguments[1], &why);
    if (err) {
        log_line(LOG_ERROR, "cannot start: %s", why.text[0] ? why.text : err_text(err));
        _exit(1);
    }
    process->open = true;
    uv_signal_t terminate, interrupt;
    watch(process, &terminate, SIGTERM);
    watch(process, &interrupt, SIGINT);
    log_line(LOG_INFO, "ready, boot %llu", (unsigned long long)process->datadir.boot);
    return uv_run(process->loop, UV_RUN_DEFAULT);
}
