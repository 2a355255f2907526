#include "node/shell.h"

#include <stdlib.h>
#include <string.h>

/* Opening a node, in the order in which things may be told: disk, core, engine, links, users' port. */

static const struct store_table tables[TABLE_COUNT] = {
    [NODE_META] = {.name = "meta"},   [NODE_HOMES] = {.name = "homes", .appended = true},
    [NODE_CACHE] = {.name = "cache"}, [TABLE_STORAGE] = {.name = "storage", .yields = true},
    [TABLE_SQL] = {.name = "sql"},    [TABLE_ALARMS] = {.name = "alarms"},
};

/* ---- core ---- */

struct restoring {
    struct node *node;
    enum node_table table;
    enum err err;
};

static bool restore_record(void *owner, struct bytes key, struct bytes value)
{
    struct restoring *restoring = owner;
    if (restoring->table == NODE_HOMES)
        key = (struct bytes){0};
    restoring->err = node_restore(restoring->node, restoring->table, key, value);
    return restoring->err == OK;
}

static enum err restore_table(struct shell *shell, enum node_table table)
{
    struct restoring restoring = {.node = shell->node, .table = table};
    enum err err =
        table == NODE_HOMES
            ? store_scan_appended(shell->process.store, table, restore_record, &restoring)
            : store_scan(shell->process.store, table, (struct bytes){0}, (struct bytes){0}, false,
                         restore_record, &restoring);
    return err ? err : restoring.err;
}

static enum err open_core(struct shell *shell, struct errmsg *reterr_why)
{
    const struct config *config = &shell->process.config;
    shell->space_names = calloc(config->space_count + 1, sizeof *shell->space_names);
    if (!shell->space_names)
        return ERR_MEMORY;
    for (size_t i = 0; i < config->space_count; i++)
        shell->space_names[i] = config->spaces[i].unique_key;
    struct node_config node_config = {
        .now_us = alarm_now_us(),
        .topology = &config->topology,
        .region = config->region,
        .policy = config->policy,
        .boot = shell->process.datadir.boot,
        .lives = shell->process.datadir.lives,
        .spaces = shell->space_names,
        .space_count = config->space_count,
        .limits = {.fetch_deadline_us = config->limits.fetch_deadline_us,
                   .peer_wait_us = config->limits.peer_wait_us,
                   .object_idle_us = config->limits.object_idle_us,
                   .cache_entry_count_max = config->limits.cache_entry_count_max,
                   .object_run_count_max = config->limits.object_run_count_max,
                   .call_count_max = config->limits.call_count_max,
                   .body_stall_us = config->limits.body_stall_us,
                   .body_buffer_bytes_max = config->limits.body_buffer_bytes_max}};
    memcpy(node_config.incarnation, shell->process.datadir.incarnation, CLUSTER_ID_BYTES);
    enum err err = node_create(&node_config, &shell->node);
    /* Who this node is comes first: the rest is read in its light. */
    for (enum node_table table = NODE_META; !err && table <= NODE_CACHE; table++)
        err = restore_table(shell, table);
    if (err)
        return err_say(err, reterr_why, "%s: %s", config->data_path, err_text(err));
    if (node_is_outdated(shell->node))
        return err_say(ERR_INVALID, reterr_why, "%s: %s", config->data_path,
                       node_refusal(shell->node));
    return OK;
}

/* ---- engine ---- */

/* The engine borrows what these describe for as long as it lives. */
static enum err describe_workers(struct shell *shell)
{
    const struct config *config = &shell->process.config;
    size_t binding_count = 0, used = 0;
    for (size_t i = 0; i < config->worker_count; i++)
        binding_count += config->workers[i].binding_count;
    struct js_worker *workers = calloc(config->worker_count + 1, sizeof *workers);
    struct js_binding *bindings = calloc(binding_count + 1, sizeof *bindings);
    shell->workers = workers;
    shell->bindings = bindings;
    if (!workers || !bindings)
        return ERR_MEMORY;
    for (size_t i = 0; i < config->worker_count; i++) {
        const struct config_worker *worker = &config->workers[i];
        workers[i] = (struct js_worker){.name = worker->name,
                                        .bundle_path = worker->bundle_path,
                                        .bindings = bindings + used,
                                        .binding_count = worker->binding_count,
                                        .vars_json = worker->vars_json,
                                        .cpu_limit_us = worker->cpu_limit_us};
        for (size_t j = 0; j < worker->binding_count; j++)
            bindings[used++] = (struct js_binding){.name = worker->bindings[j].name,
                                                   .space = worker->bindings[j].space};
    }
    return OK;
}

static enum err describe_spaces(struct shell *shell)
{
    const struct config *config = &shell->process.config;
    shell->spaces = calloc(config->space_count + 1, sizeof *shell->spaces);
    if (!shell->spaces)
        return ERR_MEMORY;
    for (size_t i = 0; i < config->space_count; i++) {
        struct js_namespace *space = &shell->spaces[i];
        *space = (struct js_namespace){.unique_key = config->spaces[i].unique_key,
                                       .worker = config->spaces[i].worker,
                                       .class_name = config->spaces[i].class_name,
                                       .sqlite = config->spaces[i].sqlite};
        for (size_t j = 0; j < JURISDICTION_COUNT; j++)
            id_keys_derive(config->cluster_key, bytes_of(space->unique_key), (enum jurisdiction)j,
                           &space->keys[j]);
    }
    return OK;
}

static enum err open_engine(struct shell *shell, struct errmsg *reterr_why)
{
    static const struct js_events events = {.on_done = shell_on_js_done,
                                            .on_call = shell_on_js_call,
                                            .on_wrote = shell_on_js_wrote,
                                            .on_broken = shell_on_js_broken,
                                            .on_part = shell_on_js_part,
                                            .on_pull = shell_on_js_pull};
    const struct config *config = &shell->process.config;
    enum err err = describe_workers(shell);
    if (!err)
        err = describe_spaces(shell);
    if (!err) {
        struct js_config js_config = {.topology = &config->topology,
                                      .region_code = config->topology.regions[config->region].code,
                                      .city = config->cities[config->region],
                                      .country = config->countries[config->region],
                                      .spaces = shell->spaces,
                                      .space_count = config->space_count,
                                      .workers = shell->workers,
                                      .worker_count = config->worker_count,
                                      .block_limit_ms =
                                          (config->limits.object_block_us + 999) / 1000,
                                      .body_bytes_max = config->limits.body_bytes_max,
                                      .memory_limit_bytes = (size_t)config->limits.memory_bytes_max,
                                      .store = shell->process.store,
                                      .storage_table = TABLE_STORAGE,
                                      .sql_table = TABLE_SQL,
                                      .alarm_table = TABLE_ALARMS};
        err = js_open(shell->process.loop, &js_config, &events, shell, &shell->js, reterr_why);
    }
    if (!err && node_number(shell->node)) {
        js_set_birth_number(shell->js, node_number(shell->node));
        shell->ready = true;
    }
    return err;
}

/* ---- all of it ---- */

static enum err open_front(struct shell *shell, struct errmsg *reterr_why)
{
    const struct config *config = &shell->process.config;
    struct http_limits limits = http_limits_default;
    limits.bodies_flow = true;
    enum err err = http_open(shell->process.loop, config->host, config->http_port, &limits,
                             front_on_request, front_on_gone, shell, &shell->front, reterr_why);
    if (!err)
        http_on_flow(shell->front, front_on_body, front_on_drain);
    return err;
}

static enum err open_shell(void *owner, struct errmsg *reterr_why)
{
    struct shell *shell = owner;
    uv_loop_t *loop = shell->process.loop;
    uv_idle_init(loop, &shell->more);
    enum err err = open_core(shell, reterr_why);
    if (!err)
        err = open_engine(shell, reterr_why);
    if (!err)
        err = alarm_open(loop, shell_on_alarm, shell, &shell->alarm);
    if (!err) {
        shell->process.alone = !node_is_open(shell->node);
        err = process_open_links(&shell->process, reterr_why);
    }
    if (!err)
        alarm_set(shell->alarm, node_deadline_us(shell->node));
    if (!err)
        err = open_front(shell, reterr_why);
    if (err)
        return err;
    uv_timer_init(loop, &shell->front_sweep);
    shell->front_sweep.data = shell;
    uv_timer_start(&shell->front_sweep, front_sweep, 1000, 1000);
    /* Started last, so that it runs first at the end of a turn: links and store send after it. */
    uv_prepare_init(loop, &shell->turn_end);
    shell->turn_end.data = shell;
    uv_prepare_start(&shell->turn_end, shell_on_turn_end);
    return OK;
}

const struct process_role shell_role = {.tables = tables,
                                        .table_count = TABLE_COUNT,
                                        .open = open_shell,
                                        .on_up = shell_on_up,
                                        .on_down = shell_on_down,
                                        .on_message = shell_on_message,
                                        .on_persisted = shell_on_persisted,
                                        .add_status = admin_add_status,
                                        .on_request = admin_on_request};
