/* Runs a seeded random history of a whole virtual cluster, with crashes, lost data and cut links,
 * and checks the promises as it unfolds. The same seed gives the same history.
 *
 *   sim --seed N [--steps M] [--count K] [--calm] [--trace]     K seeds from N on
 *
 * --calm leaves out the faults; then every call has to succeed.
 *
 * Exit codes: 0 all held; 1 a promise was broken (safety); 3 something never ended (liveness). */
#include "sim/check.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REGION_COUNT = 4, COORDINATOR = REGION_COUNT, NAME_COUNT = 12, UNIQUE_MAX = 64 };

struct history {
    uint64_t seed;
    bool traced, calm;
    struct rng rng;
    struct topology topology;
    struct world *world;
    struct checker checker;
    struct object_ref uniques[UNIQUE_MAX];
    size_t unique_count;
    struct {
        size_t region;
    } * callers; /* by token - 1 */
    size_t caller_capacity;
    uint64_t trace_hash; /* FNV-1a over all lines: two runs of one seed agree */
    size_t crash_count, cut_count, wipe_count;
};

static void must(enum err err)
{
    if (err) {
        fprintf(stderr, "sim: %s\n", err_text(err));
        exit(2);
    }
}

static void on_trace(void *owner, uint64_t now_us, const char *line)
{
    struct history *history = owner;
    for (const char *at = line; *at; at++)
        history->trace_hash = (history->trace_hash ^ (uint8_t)*at) * 0x100000001b3u;
    if (history->traced)
        printf("[%10.1f] %s\n", (double)now_us / 1000, line);
}

static void on_answer(void *owner, uint64_t token, const struct outcome *outcome)
{
    struct history *history = owner;
    if (history->traced)
        printf("             answer %" PRIu64 ": %s\n", token,
               outcome->kind == OUTCOME_FAILED ? fail_name(outcome->fail) : "response");
    checker_on_answer(&history->checker, token, outcome);
}

static void on_run(void *owner, const struct world_run_seen *seen)
{
    struct history *history = owner;
    checker_on_run(&history->checker, seen);
}

static void make_topology(struct topology *topology)
{
    static const struct {
        const char *code;
        enum hint hint;
        bool hosts;
    } regions[REGION_COUNT] = {{"LHR", HINT_WEUR, true},
                               {"SYD", HINT_OC, true},
                               {"GRU", HINT_SAM, false},
                               {"IAD", HINT_ENAM, true}};
    static const uint32_t rtt_ms[REGION_COUNT][REGION_COUNT] = {
        {1, 270, 166, 78}, {270, 1, 305, 215}, {166, 305, 1, 105}, {78, 215, 105, 1}};
    must(topology_init(topology, REGION_COUNT));
    topology->coordinator_region = 3;
    topology->jitter.delay = (struct delay){.kind = DELAY_LOGNORMAL, .mean_us = 500, .sigma = 1};
    for (size_t i = 0; i < REGION_COUNT; i++) {
        strcpy(topology->regions[i].code, regions[i].code);
        topology->regions[i].hint = regions[i].hint;
        topology->regions[i].hosts = regions[i].hosts;
        for (size_t j = 0; j < REGION_COUNT; j++)
            topology->rtt_us[i * REGION_COUNT + j] = rtt_ms[i][j] * 1000;
    }
}

static void begin(struct history *history)
{
    rng_init(&history->rng, history->seed);
    history->trace_hash = 0xcbf29ce484222325u;
    make_topology(&history->topology);
    struct world_config config = {.topology = &history->topology,
                                  .check = {.kind = DELAY_UNIFORM, .low_us = 0, .high_us = 200000},
                                  .seed = history->seed,
                                  .disk_us = 500 + rng_below(&history->rng, 20000),
                                  .service_us = rng_below(&history->rng, 5000),
                                  .limits = {.fetch_deadline_us = 10000000,
                                             .peer_wait_us = 500000,
                                             .object_idle_us = 300000,
                                             .cache_entry_count_max = 4,
                                             .object_run_count_max = history->calm ? 10000 : 8,
                                             .call_count_max = history->calm ? 10000 : 64,
                                             .body_bytes_max = 1 << 20}};
    struct world_events events = {.trace = on_trace, .answer = on_answer, .run = on_run};
    must(world_create(&config, &events, history, &history->world));
    for (size_t i = 0; i <= REGION_COUNT; i++)
        must(world_start(history->world, i));
}

static const struct object_ref *pick_object(struct history *history, size_t region)
{
    static struct object_ref named;
    char name[16];
    if (rng_below(&history->rng, 2)) {
        snprintf(name, sizeof name, "name-%d", (int)rng_below(&history->rng, NAME_COUNT));
        named = (struct object_ref){.id = id_from_name(world_keys(history->world), bytes_of(name)),
                                    .kind = ID_NAMED};
        return &named;
    }
    bool can_make = node_number(world_node(history->world, region)) != 0;
    if (can_make && (history->unique_count == 0 || rng_below(&history->rng, 3) == 0)) {
        size_t slot = history->unique_count < UNIQUE_MAX
                          ? history->unique_count++
                          : (size_t)rng_below(&history->rng, UNIQUE_MAX);
        history->uniques[slot] =
            (struct object_ref){.id = world_unique_id(history->world, region), .kind = ID_UNIQUE};
        return &history->uniques[slot];
    }
    if (history->unique_count == 0)
        return NULL;
    return &history->uniques[rng_below(&history->rng, history->unique_count)];
}

static void call_something(struct history *history)
{
    size_t region = (size_t)rng_below(&history->rng, REGION_COUNT);
    if (!world_is_up(history->world, region))
        return;
    const struct object_ref *object = pick_object(history, region);
    if (!object)
        return;
    bool write = rng_below(&history->rng, 3) == 0;
    uint64_t token = checker_call(&history->checker, &object->id, write);
    if (token > history->caller_capacity) {
        size_t capacity = 2 * history->caller_capacity + 1024;
        history->callers = realloc(history->callers, capacity * sizeof *history->callers);
        history->caller_capacity = capacity;
    }
    history->callers[token - 1].region = region;
    bool abort = !history->calm && rng_below(&history->rng, 20) == 0;
    enum hint hint = rng_below(&history->rng, 4) ? HINT_NONE : HINT_OC;
    must(world_call(history->world, region, token, object, hint,
                    write   ? BYTES_LITERAL("write")
                    : abort ? BYTES_LITERAL("abort")
                            : BYTES_LITERAL("read"),
                    (struct bytes){.data = &token, .size = sizeof token}));
}

/* Whoever called from there hears nothing any more. */
static void crash(struct history *history, size_t process)
{
    history->crash_count++;
    world_crash(history->world, process);
    for (size_t i = 0; process < REGION_COUNT && i < history->checker.call_count; i++)
        if (history->callers[i].region == process)
            checker_forgive(&history->checker, i + 1);
}

/* Rarely a node loses its data, never the coordinator: that cannot be survived, only refused. */
static void wipe(struct history *history, size_t region)
{
    if (region == COORDINATOR || rng_below(&history->rng, 10))
        return;
    history->wipe_count++;
    world_wipe(history->world, region);
}

static void disturb(struct history *history)
{
    size_t process = (size_t)rng_below(&history->rng, REGION_COUNT + 1);
    size_t other = (size_t)rng_below(&history->rng, REGION_COUNT + 1);
    if (rng_below(&history->rng, 2)) {
        if (world_is_up(history->world, process)) {
            crash(history, process);
        } else {
            wipe(history, process);
            must(world_start(history->world, process));
        }
    } else if (process != other) {
        history->cut_count++;
        if (rng_below(&history->rng, 2))
            world_cut(history->world, process, other);
        else
            must(world_heal(history->world, process, other));
    }
}

static void heal_all(struct history *history)
{
    for (size_t i = 0; i <= REGION_COUNT; i++) {
        if (!world_is_up(history->world, i))
            must(world_start(history->world, i));
        for (size_t j = 0; j < i; j++)
            must(world_heal(history->world, i, j));
    }
}

/* 0, 1 or 3, as main says. */
static int run_history(struct history *history, uint64_t step_count)
{
    begin(history);
    must(world_run(history->world, 2000000)); /* everybody joins */
    for (uint64_t step = 0; step < step_count && !history->checker.broken.text[0]; step++) {
        if (!history->calm && rng_below(&history->rng, 60) == 0)
            disturb(history);
        else
            call_something(history);
        must(world_run(history->world,
                       world_now_us(history->world) + rng_below(&history->rng, 30000)));
    }
    bool safe = !history->checker.broken.text[0];
    if (safe) {
        heal_all(history);
        must(world_run(history->world, world_now_us(history->world) + 60000000));
        checker_finish_history(&history->checker);
        if (history->calm && history->checker.failed_count)
            err_say(OK, &history->checker.broken, "%zu calls failed without any fault",
                    history->checker.failed_count);
    }
    printf("seed %" PRIu64
           ": %zu answered, %zu failed, %zu crashes, %zu cuts and heals, %zu wipes, "
           "trace %016" PRIx64 "%s%s\n",
           history->seed, history->checker.answered_count, history->checker.failed_count,
           history->crash_count, history->cut_count, history->wipe_count, history->trace_hash,
           history->checker.broken.text[0] ? " BROKEN: " : "", history->checker.broken.text);
    int status = !safe ? 1 : history->checker.broken.text[0] ? 3 : 0;
    world_destroy(history->world);
    checker_finish(&history->checker);
    topology_finish(&history->topology);
    free(history->callers);
    return status;
}

int main(int argument_count, char **arguments)
{
    static const struct option options[] = {
        {"seed", required_argument, NULL, 's'},  {"steps", required_argument, NULL, 'n'},
        {"count", required_argument, NULL, 'c'}, {"calm", no_argument, NULL, 'm'},
        {"trace", no_argument, NULL, 't'},       {NULL, 0, NULL, 0}};
    uint64_t seed = 1, steps = 2000, count = 1;
    bool traced = false, calm = false;
    int option;
    while ((option = getopt_long(argument_count, arguments, "", options, NULL)) != -1) {
        switch (option) {
        case 's': seed = strtoull(optarg, NULL, 10); break;
        case 'n': steps = strtoull(optarg, NULL, 10); break;
        case 'c': count = strtoull(optarg, NULL, 10); break;
        case 'm': calm = true; break;
        case 't': traced = true; break;
        default:
            fprintf(stderr, "usage: sim --seed N [--steps M] [--count K] [--calm] [--trace]\n");
            return 2;
        }
    }
    for (uint64_t i = 0; i < count; i++) {
        struct history history = {.seed = seed + i, .traced = traced, .calm = calm};
        int status = run_history(&history, steps);
        if (status) {
            fprintf(stderr, "replay: sim --seed %" PRIu64 " --steps %" PRIu64 "%s --trace\n",
                    seed + i, steps, calm ? " --calm" : "");
            return status;
        }
    }
    return 0;
}
