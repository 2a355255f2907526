#include "experiment/sim_engine.h"

#include "common/grow.h"
#include "experiment/watch.h"
#include "sim/faults.h"

#include <stdlib.h>

/* Requests of users whose node stands still: they wait in its backlog. */
struct parked {
    struct request *requests;
    size_t count, capacity;
};

struct engine {
    const struct input *input;
    struct world_config config;
    struct place_policy policy;
    struct place_demand demand;
    struct workload *workload;
    struct measure *measure;
    struct watch *watch;
    struct world *world;
    uint64_t start_us;
    size_t region_count;
    struct parked *parked;
    size_t fault_next;
    uint64_t *faults_at_us;
};

/* ---- the world ---- */

static void tell_demand(const void *owner, const struct object_id *id, double *ret_shares)
{
    const struct engine *engine = owner;
    workload_expected_users(engine->workload, watch_number(id), ret_shares);
}

static void choose_policy(struct engine *engine)
{
    const struct input *input = engine->input;
    engine->demand = (struct place_demand){.tell = tell_demand, .owner = engine};
    engine->policy = *input->config.policy;
    switch (input->policy) {
    case POLICY_TABLE: engine->config.policy = input->config.policy; return;
    case POLICY_PINNED:
        engine->policy.place = place_pinned;
        engine->policy.context = &input->pin;
        break;
    case POLICY_CENTRE:
        engine->policy.place = place_centre;
        engine->policy.context = &engine->demand;
        break;
    }
    engine->config.policy = &engine->policy;
}

/* A disk is only needed by who starts again. */
static bool needs_disks(const struct input *input)
{
    for (size_t i = 0; i < input->fault_count; i++)
        if (input->faults[i].kind == FAULT_RESTART)
            return true;
    return false;
}

static void configure(struct engine *engine)
{
    const struct input *input = engine->input;
    const struct config_limits *limits = &input->config.limits;
    engine->config = (struct world_config){
        .topology = &input->config.topology,
        .check = input->config.check,
        .seed = input->seed,
        .disk_us = input->disk_us,
        .limits = {.fetch_deadline_us = limits->fetch_deadline_us,
                   .peer_wait_us = limits->peer_wait_us,
                   .object_idle_us = limits->object_idle_us,
                   .cache_entry_count_max = limits->cache_entry_count_max,
                   .object_run_count_max = limits->object_run_count_max,
                   .call_count_max = limits->call_count_max,
                   .body_stall_us = limits->body_stall_us,
                   .body_buffer_bytes_max = limits->body_buffer_bytes_max},
        .push = input->push,
        .light = true,
        .diskless = !needs_disks(input),
        .shards = input->coordinators,
        .shard_count = input->coordinator_count > 1 ? input->coordinator_count : 0};
    choose_policy(engine);
}

static void on_seen(void *owner, const struct seen *seen)
{
    struct engine *engine = owner;
    watch_see(engine->watch, seen);
}

static bool all_joined(const struct engine *engine)
{
    for (size_t i = 0; i < engine->region_count; i++)
        if (!node_joined(world_node(engine->world, i)))
            return false;
    return true;
}

static enum err come_up(struct engine *engine, struct errmsg *reterr_why)
{
    enum { look_each_us = 10000, give_up_us = 60 * 1000 * 1000 };
    enum err err = OK;
    for (size_t i = 0; !err && i <= engine->region_count; i++)
        err = world_start(engine->world, i);
    for (uint64_t at_us = 0; !err && !all_joined(engine); at_us += look_each_us) {
        if (at_us > give_up_us)
            return err_say(ERR_INVALID, reterr_why, "not every node joins the cluster");
        err = world_run(engine->world, at_us);
    }
    engine->start_us = world_now_us(engine->world);
    watch_begin(engine->watch, engine->world, engine->start_us);
    return err;
}

/* ---- requests ---- */

static enum err call(struct engine *engine, const struct request *request)
{
    struct world_call what = {.hint = request->hint,
                              .work = request->writes ? WORK_SIZED_WRITE : WORK_SIZED,
                              .slow_us = request->service_us,
                              .answer_bytes = request->response_bytes};
    struct request made = *request;
    uint64_t token;
    static const uint8_t body[1 << 16];
    if (!watch_object(engine->watch, request, &what.object))
        return watch_refused(engine->watch, request);
    what.body = (struct bytes){.data = request->request_bytes ? body : NULL,
                               .size = request->request_bytes < sizeof body ? request->request_bytes
                                                                            : sizeof body};
    watch_expect(engine->watch, &made);
    return world_call(engine->world, request->region, &what, &token);
}

static enum err park(struct engine *engine, const struct request *request)
{
    struct parked *parked = &engine->parked[request->region];
    enum err err =
        grow(&parked->requests, &parked->capacity, parked->count + 1, sizeof *parked->requests);
    if (!err)
        parked->requests[parked->count++] = *request;
    return err;
}

static enum err begin(struct engine *engine, const struct request *request)
{
    if (!world_is_up(engine->world, request->region))
        return watch_refused(engine->watch, request);
    if (world_is_stopped(engine->world, request->region))
        return park(engine, request);
    return call(engine, request);
}

/* The node goes on, or is no more: either way, who waits for it hears of it. */
static enum err unpark(struct engine *engine, size_t region)
{
    struct parked *parked = &engine->parked[region];
    enum err err = OK;
    for (size_t i = 0; !err && i < parked->count; i++)
        err = begin(engine, &parked->requests[i]);
    parked->count = 0;
    return err;
}

/* ---- faults ---- */

typedef enum err way_function(struct engine *engine, const struct fault *fault, size_t other);

static enum err cut(struct engine *engine, const struct fault *fault, size_t other)
{
    return fault->oneway ? world_cut_way(engine->world, fault->process, other)
                         : world_cut(engine->world, fault->process, other);
}

static enum err heal(struct engine *engine, const struct fault *fault, size_t other)
{
    return world_heal(engine->world, fault->process, other);
}

static enum err delay(struct engine *engine, const struct fault *fault, size_t other)
{
    world_delay(engine->world, fault->process, other, fault->more_us);
    if (!fault->oneway)
        world_delay(engine->world, other, fault->process, fault->more_us);
    return OK;
}

static enum err each_way(struct engine *engine, const struct fault *fault, way_function *act)
{
    enum err err = OK;
    if (fault->other != REGION_NONE)
        return fault->other == fault->process ? OK : act(engine, fault, fault->other);
    for (size_t other = 0; !err && other <= engine->region_count; other++)
        if (other != fault->process)
            err = act(engine, fault, other);
    return err;
}

static enum err kill_process(struct engine *engine, size_t process)
{
    if (!world_is_up(engine->world, process))
        return OK;
    enum err err = process < engine->region_count ? watch_lost(engine->watch, process) : OK;
    if (!err)
        err = world_crash(engine->world, process);
    return err || process == engine->region_count ? err : unpark(engine, process);
}

static enum err act(struct engine *engine, const struct fault *fault)
{
    size_t process = fault->process;
    enum err err = OK;
    switch (fault->kind) {
    case FAULT_KILL: return kill_process(engine, process);
    case FAULT_RESTART:
        err = kill_process(engine, process);
        return err ? err : world_start(engine->world, process);
    case FAULT_CUT: return each_way(engine, fault, cut);
    case FAULT_HEAL: return each_way(engine, fault, heal);
    case FAULT_PAUSE: return world_stop(engine->world, process, false);
    case FAULT_RESUME:
        err = world_wake(engine->world, process);
        return err || process == engine->region_count ? err : unpark(engine, process);
    case FAULT_DELAY: return each_way(engine, fault, delay);
    case FAULT_KIND_COUNT: break;
    }
    return OK;
}

/* Let time pass until `at_us` of the experiment, with all faults on the way. */
static enum err pass(struct engine *engine, uint64_t at_us)
{
    enum err err = OK;
    while (!err && engine->fault_next < engine->input->fault_count) {
        const struct fault *fault = &engine->input->faults[engine->fault_next];
        if (fault->at_us > at_us)
            break;
        err = world_run(engine->world, engine->start_us + fault->at_us);
        if (!err)
            err = act(engine, fault);
        engine->faults_at_us[engine->fault_next++] = world_now_us(engine->world) - engine->start_us;
    }
    return err ? err : world_run(engine->world, engine->start_us + at_us);
}

/* ---- from the beginning to the end ---- */

static double share_done(const struct engine *engine, uint64_t at_us, uint64_t count)
{
    const struct workload_config *workload = &engine->input->workload;
    double time = (double)at_us / (double)workload->duration_us;
    double requests =
        workload->request_count_max ? (double)count / (double)workload->request_count_max : 0;
    return time > requests ? time : requests;
}

static enum err play(struct engine *engine, void (*progress)(double share))
{
    enum { tell_each = 1 << 14 };
    struct request request;
    enum err err = OK;
    uint64_t count = 0;
    while (!err && workload_next(engine->workload, &request)) {
        err = pass(engine, request.at_us);
        if (!err)
            err = begin(engine, &request);
        if (!err)
            err = watch_error(engine->watch);
        if (progress && ++count % tell_each == 0)
            progress(share_done(engine, request.at_us, count));
    }
    if (!err && !engine->input->workload.request_count_max)
        err = pass(engine, engine->input->workload.duration_us);
    if (!err)
        err = world_settle(engine->world);
    for (size_t i = 0; !err && i < engine->region_count; i++)
        for (size_t k = 0; !err && k < engine->parked[i].count; k++)
            err = watch_refused(engine->watch, &engine->parked[i].requests[k]);
    if (!err)
        err = watch_error(engine->watch);
    return err ? err : watch_end(engine->watch);
}

static enum err build(struct engine *engine)
{
    const struct input *input = engine->input;
    struct measure_config measure = input_measure_config(input);
    configure(engine);
    engine->parked = calloc(engine->region_count, sizeof *engine->parked);
    engine->faults_at_us = calloc(input->fault_count + 1, sizeof *engine->faults_at_us);
    if (!engine->parked || !engine->faults_at_us)
        return ERR_MEMORY;
    for (size_t i = 0; i < input->fault_count; i++)
        engine->faults_at_us[i] = UINT64_MAX;
    enum err err = workload_create(&input->workload, &engine->workload);
    if (!err)
        err = measure_create(&measure, &engine->measure);
    if (!err)
        err = watch_create(input, &engine->config, engine->measure, &engine->watch);
    struct world_events events = {.seen = on_seen};
    return err ? err : world_create(&engine->config, &events, engine, &engine->world);
}

enum err sim_engine_run(const struct input *input, void (*progress)(double share),
                        struct sim_outcome *ret_outcome, struct errmsg *reterr_why)
{
    struct engine engine = {.input = input, .region_count = input->config.topology.region_count};
    enum err err = build(&engine);
    if (!err)
        err = come_up(&engine, reterr_why);
    if (!err)
        err = play(&engine, progress);
    if (err == ERR_MEMORY)
        (void)err_say(err, reterr_why, "%s", err_text(err));
    if (!err)
        *ret_outcome =
            (struct sim_outcome){.measure = engine.measure,
                                 .simulated_us = world_now_us(engine.world) - engine.start_us,
                                 .event_count = world_event_count(engine.world),
                                 .faults_at_us = engine.faults_at_us};
    else {
        measure_destroy(engine.measure);
        free(engine.faults_at_us);
    }
    world_destroy(engine.world);
    watch_destroy(engine.watch);
    workload_destroy(engine.workload);
    for (size_t i = 0; engine.parked && i < engine.region_count; i++)
        free(engine.parked[i].requests);
    free(engine.parked);
    return err;
}
