#include "coordinator/shell.h"

#include "common/log.h"

#include <string.h>

enum { TABLE_META, TABLE_LOG, TABLE_COUNT };
static const struct store_table tables[TABLE_COUNT] = {
    [TABLE_META] = {.name = "meta"},
    [TABLE_LOG] = {.name = "log", .appended = true},
};

enum { PENDING_COUNT_MAX = 300000 }; /* their records surely find room in the store's batch */

static void perform(struct shell *shell, const struct coord_output *output)
{
    if (output->note)
        log_line(LOG_WARN, "%s", output->note);
    if (output->op) {
        enum err err = store_append(shell->process.store, TABLE_LOG, output->record);
        if (err)
            process_die("cannot keep a decision", err);
        process_mark(&shell->process, output->op);
    }
    for (size_t i = 0; i < output->send_count; i++)
        if (process_send(&shell->process, output->sends[i].peer, &output->sends[i].msg))
            shell->sent_messages++;
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
        process_reset_link(&shell->process, event.peer); /* the node says it again */
    alarm_set(shell->alarm, coord_deadline_us(shell->coord));
}

/* ---- events ---- */

static void on_up(void *shell, size_t peer, uint64_t boot)
{
    step(shell, (struct coord_event){.type = COORD_PEER_UP, .peer = peer, .boot = boot});
}

static void on_down(void *shell, size_t peer)
{
    step(shell, (struct coord_event){.type = COORD_PEER_DOWN, .peer = peer});
}

static void on_message(void *owner, size_t peer, const struct msg *msg)
{
    struct shell *shell = owner;
    shell->received_messages++;
    step(shell, (struct coord_event){.type = COORD_MESSAGE, .peer = peer, .msg = msg});
}

static void on_persisted(void *shell, uint64_t op)
{
    step(shell, (struct coord_event){.type = COORD_PERSISTED, .op = op});
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
    const struct config *config = &shell->process.config;
    struct coord_config coord_config = {.topology = &config->topology,
                                        .policy = config->policy,
                                        .check = config->check,
                                        .push = config->push,
                                        .boot = shell->process.datadir.boot,
                                        .seed = config->seed + shell->process.datadir.boot,
                                        .pending_count_max = PENDING_COUNT_MAX};
    memcpy(coord_config.incarnation, shell->process.datadir.incarnation, CLUSTER_ID_BYTES);
    enum err err = coord_create(&coord_config, &shell->coord);
    if (err)
        return err;
    struct restoring restoring = {.coord = shell->coord};
    err = store_scan_appended(shell->process.store, TABLE_LOG, restore_record, &restoring);
    if (!err)
        err = restoring.err;
    if (err)
        return err_say(err, reterr_why, "%s: the log of decisions: %s", config->data_path,
                       err_text(err));
    return OK;
}

static enum err open_shell(void *owner, struct errmsg *reterr_why)
{
    struct shell *shell = owner;
    enum err err = open_core(shell, reterr_why);
    if (!err)
        err = alarm_open(shell->process.loop, on_alarm, shell, &shell->alarm);
    return err ? err : process_open_links(&shell->process, reterr_why);
}

const struct process_role shell_role = {.coordinator = true,
                                        .tables = tables,
                                        .table_count = TABLE_COUNT,
                                        .open = open_shell,
                                        .on_up = on_up,
                                        .on_down = on_down,
                                        .on_message = on_message,
                                        .on_persisted = on_persisted,
                                        .add_status = admin_add_status,
                                        .on_request = admin_on_request};
