#include "coordinator/shell.h"

#include "common/check.h"
#include "common/log.h"
#include "node/faults.h"
#include "proto/codec.h"

#include <stdlib.h>
#include <string.h>

enum { TABLE_META, TABLE_LOG };
static const struct store_table tables[] = {{.name = "meta"}, {.name = "log", .appended = true}};

enum { PENDING_COUNT_MAX = 300000 }; /* their records surely find room in the store's batch */

/* The store's marks: the first is this boot's, then one for each operation of the core. */
enum { BOOT_MARK = 1 };

static void die(const char *what, enum err err)
{
    log_line(LOG_ERROR, "%s: %s; stopping, because going on could break a promise", what,
             err_text(err));
    abort();
}

static void perform(struct shell *shell, const struct coord_output *output)
{
    if (output->note)
        log_line(LOG_WARN, "%s", output->note);
    if (output->op) {
        enum err err = store_append(shell->store, TABLE_LOG, output->record);
        if (!err)
            err = store_mark(shell->store, BOOT_MARK + output->op);
        if (err)
            die("cannot keep a decision", err);
    }
    for (size_t i = 0; i < output->send_count; i++) {
        const struct outgoing *outgoing = &output->sends[i];
        shell->encoded.size = 0;
        enum err err = msg_encode(&outgoing->msg, &shell->encoded);
        if (!err)
            err =
                links_send(shell->links, outgoing->peer, LINK_CONTROL, buf_bytes(&shell->encoded));
        if (!err)
            shell->sent_messages++;
        if (!err || err == ERR_NOT_FOUND) /* a link that is lost is told by its own event */
            continue;
        log_line(LOG_WARN, "a message to %s could not be queued: %s; the link starts anew",
                 shell->config.topology.regions[outgoing->peer].code, err_text(err));
        links_reset(shell->links, outgoing->peer);
    }
}

static void step(struct shell *shell, struct coord_event event)
{
    struct coord_output output;
    event.now_us = alarm_now_us();
    enum err err = coord_step(shell->coord, &event, &output);
    perform(shell, &output);
    if (err)
        log_line(LOG_ERROR, "an event was dropped: %s", err_text(err));
    if (err && (event.type == COORD_MESSAGE || event.type == COORD_PEER_UP))
        links_reset(shell->links, event.peer); /* the node says it again */
    alarm_set(shell->alarm, coord_deadline_us(shell->coord));
}

/* ---- events ---- */

static void on_up(void *owner, size_t peer, uint64_t boot)
{
    struct shell *shell = owner;
    log_line(LOG_INFO, "link to %s is up", shell->config.topology.regions[peer].code);
    step(shell, (struct coord_event){.type = COORD_PEER_UP, .peer = peer, .boot = boot});
}

static void on_down(void *owner, size_t peer)
{
    struct shell *shell = owner;
    log_line(LOG_INFO, "link to %s is lost", shell->config.topology.regions[peer].code);
    step(shell, (struct coord_event){.type = COORD_PEER_DOWN, .peer = peer});
}

static void on_message(void *owner, size_t peer, struct bytes bytes)
{
    struct shell *shell = owner;
    struct msg msg;
    if (msg_decode(bytes, &msg)) {
        links_reject(shell->links, peer);
        return;
    }
    shell->received_messages++;
    step(shell, (struct coord_event){.type = COORD_MESSAGE, .peer = peer, .msg = &msg});
}

static void on_reject(void *owner, const char *code, const char *why)
{
    (void)owner;
    log_line(LOG_WARN, "closed a connection of %s: %s", code ? code : "somebody unknown", why);
}

static void on_durable(void *owner, uint64_t mark)
{
    struct shell *shell = owner;
    shell->boot_durable = true;
    if (mark > BOOT_MARK)
        step(shell, (struct coord_event){.type = COORD_PERSISTED, .op = mark - BOOT_MARK});
}

static void on_alarm(void *owner)
{
    step(owner, (struct coord_event){.type = COORD_TIMEOUT});
}

/* ---- opening ---- */

struct restoring {
    struct coord *coord;
    enum err err;
};

static bool restore_record(void *owner, struct bytes key, struct bytes value)
{
    struct restoring *restoring = owner;
    (void)key;
    restoring->err = coord_restore(restoring->coord, value);
    return restoring->err == OK;
}

static enum err open_core(struct shell *shell, struct errmsg *reterr_why)
{
    const struct config *config = &shell->config;
    struct coord_config coord_config = {.topology = &config->topology,
                                        .policy = config->policy,
                                        .check = config->check,
                                        .push = config->push,
                                        .boot = shell->datadir.boot,
                                        .seed = config->seed + shell->datadir.boot,
                                        .pending_count_max = PENDING_COUNT_MAX};
    memcpy(coord_config.incarnation, shell->datadir.incarnation, CLUSTER_ID_BYTES);
    enum err err = coord_create(&coord_config, &shell->coord);
    if (err)
        return err;
    struct restoring restoring = {.coord = shell->coord};
    err = store_scan_appended(shell->store, TABLE_LOG, restore_record, &restoring);
    if (!err)
        err = restoring.err;
    if (err)
        return err_say(err, reterr_why, "%s: the log of decisions: %s", config->data_path,
                       err_text(err));
    return OK;
}

static enum err open_store(struct shell *shell, struct errmsg *reterr_why)
{
    struct store_config store_config = {
        .path = shell->config.data_path, .tables = tables, .table_count = 2};
    enum err err =
        store_open(shell->loop, &store_config, on_durable, shell, &shell->store, reterr_why);
    if (!err)
        err = http_open(shell->loop, shell->config.host, shell->config.admin_port,
                        &http_limits_default, admin_on_request, NULL, shell, &shell->admin,
                        reterr_why);
    if (err)
        return err;
    faults_apply(&shell->config, NULL, shell->store);
    err = datadir_begin(shell->store, TABLE_META, &shell->datadir);
    if (!err)
        err = store_mark(shell->store, BOOT_MARK);
    if (err)
        return err_say(err, reterr_why, "%s: %s", shell->config.data_path, err_text(err));
    /* Nobody may hear of this boot before it is counted for good. */
    while (!shell->boot_durable)
        uv_run(shell->loop, UV_RUN_ONCE);
    return OK;
}

static enum err open_links(struct shell *shell, struct errmsg *reterr_why)
{
    const struct config *config = &shell->config;
    const struct topology *topology = &config->topology;
    struct link_peer *peers = calloc(topology->region_count, sizeof *peers);
    if (!peers)
        return ERR_MEMORY;
    for (size_t i = 0; i < topology->region_count; i++) {
        strcpy(peers[i].code, topology->regions[i].code);
        peers[i].url = config->region_urls[i];
        peers[i].delay_us = topology_rtt_us(topology, topology->coordinator_region, i) / 2;
    }
    struct link_config link_config = {.code = "coordinator",
                                      .url = config->coordinator_url,
                                      .boot = shell->datadir.boot,
                                      .peers = peers,
                                      .peer_count = topology->region_count,
                                      .jitter = topology->jitter,
                                      .seed = config->seed + shell->datadir.boot,
                                      .probe_interval_us = config->limits.probe_interval_us,
                                      .probe_timeout_us = config->limits.probe_timeout_us,
                                      .queue_bytes_max = config->limits.link_queue_bytes_max};
    memcpy(link_config.cluster_id, config->cluster_id, sizeof link_config.cluster_id);
    memcpy(link_config.cluster_key, config->cluster_key, sizeof link_config.cluster_key);
    struct link_events events = {
        .on_up = on_up, .on_down = on_down, .on_message = on_message, .on_reject = on_reject};
    enum err err = links_open(shell->loop, &link_config, &events, shell, &shell->links, reterr_why);
    free(peers);
    if (!err)
        faults_apply(config, shell->links, shell->store);
    return err;
}

enum err shell_open(struct shell *shell, struct errmsg *reterr_why)
{
    enum err err = open_store(shell, reterr_why);
    if (!err)
        err = open_core(shell, reterr_why);
    if (!err)
        err = alarm_open(shell->loop, on_alarm, shell, &shell->alarm);
    if (!err)
        err = open_links(shell, reterr_why);
    shell->open = !err;
    return err;
}

void shell_close(struct shell *shell)
{
    if (shell->links)
        links_stop(shell->links);
    store_close(shell->store);
    shell->store = NULL;
}
