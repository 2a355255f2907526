#include "sim/random.h"

#include <stdio.h>
#include <string.h>

enum {
    NAME_COUNT = 12,
    UNIQUE_COUNT = 24,
    /* What stays for ever in the data of the cluster is bounded in runs of any length. */
    UNIQUE_MADE_MAX = 20000,
    WIPE_MAX = 100,
};

static uint64_t below(struct random_source *source, uint64_t bound)
{
    return rng_below(&source->rng, bound);
}

static bool one_in(struct random_source *source, uint64_t count)
{
    return below(source, count) == 0;
}

/* ---- the cluster ---- */

static enum err small_topology(struct topology *topology)
{
    enum { region_count = 4 };
    static const struct {
        const char *code;
        enum hint hint;
        bool hosts;
        uint32_t jurisdictions;
    } regions[region_count] = {{"LHR", HINT_WEUR, true, 1u << JURISDICTION_EU},
                               {"SYD", HINT_OC, true, 0},
                               {"GRU", HINT_SAM, false, 0},
                               {"IAD", HINT_ENAM, true, 1u << JURISDICTION_US}};
    static const uint32_t rtt_ms[region_count][region_count] = {
        {1, 270, 166, 78}, {270, 1, 305, 215}, {166, 305, 1, 105}, {78, 215, 105, 1}};
    enum err err = topology_init(topology, region_count);
    if (err)
        return err;
    topology->coordinator_region = 3;
    topology->jitter.delay = (struct delay){.kind = DELAY_LOGNORMAL, .mean_us = 500, .sigma = 1};
    for (size_t i = 0; i < region_count; i++) {
        strcpy(topology->regions[i].code, regions[i].code);
        topology->regions[i].hint = regions[i].hint;
        topology->regions[i].hosts = regions[i].hosts;
        topology->regions[i].jurisdictions = regions[i].jurisdictions;
        for (size_t j = 0; j < region_count; j++)
            topology->rtt_us[i * region_count + j] = rtt_ms[i][j] * 1000;
    }
    return OK;
}

/* A jurisdiction of whatever kind; in calm histories one that some region can obey. */
static enum jurisdiction draw_jurisdiction(const struct plan *plan, struct rng *rng)
{
    uint32_t met = 1u << JURISDICTION_NONE;
    enum jurisdiction drawn = (enum jurisdiction)rng_below(rng, JURISDICTION_COUNT);
    for (size_t i = 0; i < plan->topology.region_count; i++)
        if (plan->topology.regions[i].hosts)
            met |= plan->topology.regions[i].jurisdictions;
    return plan->calm && !(met & 1u << drawn) ? JURISDICTION_NONE : drawn;
}

static enum err draw_objects(struct plan *plan, struct rng *rng)
{
    enum err err = OK;
    for (int i = 0; !err && i < NAME_COUNT + UNIQUE_COUNT; i++) {
        char name[32];
        uint16_t number;
        bool unique = i >= NAME_COUNT;
        snprintf(name, sizeof name, unique ? "unique-%d" : "name-%d", unique ? i - NAME_COUNT : i);
        err = plan_object(plan, name, &number);
        if (err)
            return err;
        plan->objects[number].unique = unique;
        if (rng_below(rng, 4) == 0)
            plan->objects[number].jurisdiction = draw_jurisdiction(plan, rng);
    }
    return err;
}

enum err random_plan(const struct random_options *options, struct plan *ret_plan)
{
    struct rng rng;
    rng_init(&rng, options->seed);
    struct rng cluster_rng = rng_fork(&rng, 1);
    plan_init(ret_plan);
    ret_plan->calm = options->calm;
    ret_plan->config = (struct world_config){
        .check = {.kind = DELAY_UNIFORM, .low_us = 0, .high_us = 200000},
        .seed = options->seed,
        .disk_us = 500 + rng_below(&cluster_rng, 20000),
        .service_us = rng_below(&cluster_rng, 5000),
        .limits = {.fetch_deadline_us = 10000000,
                   .peer_wait_us = 500000,
                   .object_idle_us = 300000,
                   .cache_entry_count_max = rng_below(&cluster_rng, 3) ? 1000 : 4,
                   .object_run_count_max = options->calm ? 10000 : 8,
                   .call_count_max = options->calm ? 10000 : 64,
                   .body_stall_us = 60000000,
                   .body_buffer_bytes_max = 4 << 20}};
    ret_plan->config.push = rng_below(&cluster_rng, 4) == 0;
    if (options->cluster)
        ret_plan->config.check = options->cluster->config.check;
    enum err err = options->cluster
                       ? topology_copy(&options->cluster->topology, &ret_plan->topology)
                       : small_topology(&ret_plan->topology);
    return err ? err : draw_objects(ret_plan, &cluster_rng);
}

/* ---- calls ---- */

static uint16_t draw_region(struct random_source *source)
{
    return (uint16_t)below(source, source->plan->topology.region_count);
}

static uint16_t draw_object(struct random_source *source)
{
    return (uint16_t)below(source, source->plan->object_count);
}

/* Short ones, some of more than a part, and a few that need more credit than they are given at first. */
static uint64_t draw_body_bytes(struct random_source *source)
{
    if (!one_in(source, 8))
        return below(source, 200);
    return below(source, one_in(source, 16) ? 3 * BODY_WINDOW_BYTES : 300000);
}

static void draw_work(struct random_source *source, struct step_work *work)
{
    bool calm = source->options.calm;
    uint64_t dice = below(source, calm ? 24 : 32);
    if (dice < 10) {
        work->kind = WORK_READ;
    } else if (dice < 20) {
        work->kind = WORK_WRITE;
    } else if (dice < 22) {
        work->kind = WORK_ECHO;
        work->body_bytes = draw_body_bytes(source);
    } else if (dice < 27) {
        work->kind = WORK_ASK;
        work->ask_count = (uint16_t)(1 + below(source, STEP_ASKS_MAX));
        for (int i = 0; i < work->ask_count; i++) /* calm: only those that are sure to be there */
            work->asks[i] = calm ? (uint16_t)below(source, NAME_COUNT) : draw_object(source);
    } else if (dice < 29) {
        work->kind = WORK_BREAK;
    } else if (dice < 31) {
        work->kind = WORK_THROW;
    } else {
        work->kind = one_in(source, 4) ? WORK_NEVER : WORK_READ;
    }
    if (one_in(source, 16))
        work->slow_us = below(source, calm ? 500000 : 12000000);
}

static struct step draw_call(struct random_source *source)
{
    struct step step = {.kind = STEP_CALL, .process = draw_region(source)};
    if (source->last_call.kind == STEP_CALL && one_in(source, 4)) {
        step.process = source->last_call.process;
        step.object = source->last_call.object;
    } else {
        step.object = draw_object(source);
    }
    if (one_in(source, 3))
        step.hint = (enum hint)below(source, HINT_COUNT);
    draw_work(source, &step.work);
    source->last_call = step;
    return step;
}

/* Every object is made once at first, if it is unique, and now and then anew. */
static struct step draw_unique(struct random_source *source)
{
    uint64_t slot =
        source->unique_count < UNIQUE_COUNT ? source->unique_count : below(source, UNIQUE_COUNT);
    source->unique_count++;
    return (struct step){.kind = STEP_UNIQUE,
                         .process = draw_region(source),
                         .object = (uint16_t)(NAME_COUNT + slot)};
}

static struct step draw_use(struct random_source *source)
{
    bool first = source->unique_count < UNIQUE_COUNT;
    if (source->unique_count < UNIQUE_MADE_MAX && one_in(source, first ? 4 : 16))
        return draw_unique(source);
    if (one_in(source, 64))
        return (struct step){
            .kind = STEP_LOCATE, .process = draw_region(source), .object = draw_object(source)};
    return draw_call(source);
}

/* ---- faults ---- */

static uint16_t coordinator(const struct random_source *source)
{
    return (uint16_t)source->plan->topology.region_count;
}

static uint16_t draw_process(struct random_source *source)
{
    /* The coordinator is one of many, and as interesting as all others. */
    return one_in(source, 4) ? coordinator(source) : draw_region(source);
}

static uint16_t draw_peer(struct random_source *source, uint16_t process)
{
    uint16_t peer = draw_process(source);
    if (peer != process)
        return peer;
    return process == coordinator(source) ? 0 : coordinator(source);
}

/* From 2 ms to 16 s, short ones as often as long ones. */
static uint64_t draw_duration_us(struct random_source *source)
{
    uint64_t most_us = UINT64_C(2000) << below(source, 14);
    return 1 + below(source, most_us);
}

/* Only called with room left. */
static void do_later(struct random_source *source, struct step step, uint64_t after_us)
{
    step.at_us = source->at_us + after_us;
    size_t at = source->later_count++;
    for (; at > 0 && source->later[at - 1].at_us > step.at_us; at--)
        source->later[at] = source->later[at - 1];
    source->later[at] = step;
}

static enum moment draw_moment(struct random_source *source, struct step *step)
{
    static const enum msg_type node_types[] = {MSG_JOIN, MSG_CLAIM, MSG_PLACED, MSG_FETCH,
                                               MSG_REPLY};
    static const enum msg_type coord_types[] = {MSG_WELCOME, MSG_PLACED};
    bool at_coordinator = step->process == coordinator(source);
    step->type = at_coordinator ? coord_types[below(source, 2)] : node_types[below(source, 5)];
    return (enum moment)(1 + below(source, at_coordinator ? MOMENT_SENT : MOMENT_COUNT - 1));
}

/* A node may lose its data. The coordinator's may be lost once, in histories in which no node's is: those
 * who know it refuse the new one, but a node without memory would believe it. */
static void lose_data(struct random_source *source, uint16_t process, uint64_t down_us)
{
    bool at_coordinator = process == coordinator(source);
    if (at_coordinator != source->coordinator_loses || source->wipe_count == WIPE_MAX)
        return;
    source->wipe_count = at_coordinator ? WIPE_MAX : source->wipe_count + 1;
    do_later(source, (struct step){.kind = STEP_WIPE, .process = process}, down_us / 2);
}

static void at_once(struct random_source *source, enum step_kind kind, uint16_t process,
                    uint64_t after_us)
{
    do_later(source, (struct step){.kind = kind, .process = process}, after_us);
}

/* A copy is made of a process that is down, and put back when it has lived on. It runs on the copy for a
 * while, unless it ends by itself; then its newest data comes back or, of a node, none at times. */
static void draw_copy(struct random_source *source, uint16_t process, uint64_t down_us)
{
    bool at_coordinator = process == coordinator(source);
    uint32_t bit = UINT32_C(1) << process % 32;
    if (source->copies != (at_coordinator ? COPIES_OF_COORDINATOR : COPIES_OF_NODES) ||
        source->copied & bit)
        return;
    source->copied |= bit;
    uint64_t dead_us = down_us + 1000000 + draw_duration_us(source);
    uint64_t older_us = dead_us + draw_duration_us(source);
    uint64_t newest_us = older_us + 500000 + draw_duration_us(source);
    bool wiped = !at_coordinator && one_in(source, 2);
    at_once(source, STEP_BACKUP, process, down_us / 2);
    at_once(source, STEP_CRASH, process, dead_us);
    at_once(source, STEP_RESTORE, process, older_us);
    at_once(source, STEP_START, process, older_us);
    at_once(source, STEP_CRASH, process, newest_us);
    at_once(source, wiped ? STEP_WIPE : STEP_NEWEST, process, newest_us);
    at_once(source, STEP_START, process, newest_us);
}

static struct step draw_crash(struct random_source *source, struct step step)
{
    uint64_t down_us = draw_duration_us(source);
    if (step.kind == STEP_CRASH_AT) {
        step.moment = draw_moment(source, &step);
        down_us += 1000000; /* until it has come to that */
    } else if (one_in(source, 2)) {
        step.amount = below(source, 4);
    }
    if (step.kind == STEP_CRASH && source->loses_data && one_in(source, 8))
        lose_data(source, step.process, down_us);
    if (step.kind == STEP_CRASH)
        draw_copy(source, step.process, down_us);
    do_later(source, (struct step){.kind = STEP_START, .process = step.process}, down_us);
    return step;
}

static struct step draw_stop(struct random_source *source, struct step step)
{
    uint64_t stopped_us = draw_duration_us(source);
    step.amount = below(source, 2);
    if (one_in(source, 4))
        do_later(source, (struct step){.kind = STEP_TWIN, .process = step.process}, stopped_us / 2);
    do_later(source, (struct step){.kind = STEP_WAKE, .process = step.process}, stopped_us);
    return step;
}

static struct step draw_disk(struct random_source *source, struct step step)
{
    step.disk = (enum disk_state)(1 + below(source, DISK_STATE_COUNT - 1));
    if (step.disk == DISK_SLOW)
        step.amount = draw_duration_us(source);
    do_later(source, (struct step){.kind = STEP_DISK, .process = step.process, .disk = DISK_WELL},
             draw_duration_us(source));
    return step;
}

static struct step draw_clock(struct random_source *source, struct step step)
{
    step.amount = (uint64_t)((int64_t)below(source, 400000) - 200000);
    do_later(source, (struct step){.kind = STEP_CLOCK, .process = step.process},
             draw_duration_us(source));
    return step;
}

/* What it needs beside its kind and the two processes, and what ends it. */
static struct step draw_fault(struct random_source *source, enum step_kind kind)
{
    struct step step = {.kind = kind, .process = draw_process(source)};
    struct step heal = {.kind = STEP_HEAL};
    step.peer = draw_peer(source, step.process);
    heal.process = step.process;
    heal.peer = step.peer;
    if (kind == STEP_CRASH || kind == STEP_CRASH_AT)
        return draw_crash(source, step);
    if (kind == STEP_STOP)
        return draw_stop(source, step);
    if (kind == STEP_DISK)
        return draw_disk(source, step);
    if (kind == STEP_CLOCK)
        return draw_clock(source, step);
    if (kind == STEP_CUT || kind == STEP_CUT_WAY || kind == STEP_HOLD || kind == STEP_DELAY)
        do_later(source, heal, draw_duration_us(source));
    if (kind == STEP_JITTER)
        do_later(source, (struct step){.kind = STEP_JITTER}, draw_duration_us(source));
    if (kind == STEP_DELAY || kind == STEP_JITTER || kind == STEP_JUMP)
        step.amount = draw_duration_us(source);
    return step;
}

static struct step draw_disturbance(struct random_source *source)
{
    unsigned sum = 0, drawn;
    for (int kind = 0; kind < STEP_UNIQUE; kind++)
        sum += source->weights[kind];
    if (sum == 0 || source->later_count + 9 > RANDOM_LATER_MAX)
        return draw_use(source);
    drawn = (unsigned)below(source, sum);
    for (int kind = 0; kind < STEP_UNIQUE; kind++) {
        if (drawn < source->weights[kind])
            return draw_fault(source, (enum step_kind)kind);
        drawn -= source->weights[kind];
    }
    return draw_use(source);
}

/* ---- steps ---- */

static void draw_weights(struct random_source *source)
{
    static const enum step_kind faults[] = {
        STEP_CRASH,  STEP_CRASH_AT, STEP_STOP,  STEP_CUT,  STEP_CUT_WAY, STEP_HOLD, STEP_DELAY,
        STEP_JITTER, STEP_REPEAT,   STEP_STALE, STEP_DISK, STEP_CLOCK,   STEP_JUMP};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        source->weights[faults[i]] = one_in(source, 2) ? 1 + (unsigned)below(source, 8) : 0;
    source->loses_data = one_in(source, 4);
    source->coordinator_loses = one_in(source, 8);
    if (!source->loses_data && one_in(source, 2))
        source->copies = one_in(source, 3) ? COPIES_OF_COORDINATOR : COPIES_OF_NODES;
    if (source->copies)
        source->weights[STEP_CRASH] += 4;
}

/* A fault or a use; START first, and then a while in which everybody joins. */
static struct step draw_step(struct random_source *source)
{
    if (!source->started) {
        source->started = true;
        return (struct step){.kind = STEP_START, .process = STEP_ALL};
    }
    source->at_us += source->at_us == 0 ? 2000000 : 1 + below(source, source->pace_us);
    struct step step = !source->options.calm && one_in(source, source->fault_every)
                           ? draw_disturbance(source)
                           : draw_use(source);
    step.at_us = source->at_us;
    return step;
}

static bool next_step(struct step_source *base, struct step *ret_step)
{
    struct random_source *source = (struct random_source *)(void *)base;
    if (source->made_count == source->options.step_count)
        return false;
    source->made_count++;
    if (source->later_count > 0 && source->later[0].at_us <= source->at_us) {
        *ret_step = source->later[0];
        memmove(source->later, source->later + 1, --source->later_count * sizeof *source->later);
        return true;
    }
    *ret_step = draw_step(source);
    return true;
}

struct random_source random_source(const struct random_options *options, const struct plan *plan)
{
    struct random_source source = {
        .source = {.next = next_step}, .options = *options, .plan = plan};
    struct rng rng;
    rng_init(&rng, options->seed);
    source.rng = rng_fork(&rng, 2);
    source.pace_us = UINT64_C(2000) << below(&source, 6);
    source.fault_every = 20 + (unsigned)below(&source, 100);
    draw_weights(&source);
    return source;
}
