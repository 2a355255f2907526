/* Runs seeded random histories of a whole virtual cluster, in which everything goes wrong that can,
 * and checks the promises as they unfold. The same seed gives the same history.
 *
 *   sim --seed N [--steps M] [--count K] [--jobs J] [--topology FILE] [--calm] [--trace]
 *       [--write-plan FILE] [--no-shrink] [--history FILE] [--record FILE] [--explain FILE.html]
 *   sim --plan FILE [--trace] [--history FILE] [--record FILE] [--explain FILE.html]
 *
 * N may be "fresh": drawn anew. --count plays K seeds from N on, --jobs so many at a time (0: as many as there are cores). --calm
 * leaves out the faults; then every call has to succeed. --topology has the cluster as the plans
 * have it (sim/plan_text.h); scripts/sim makes that of a topology in TOML. --write-plan writes what a
 * seed does as a scenario; --plan plays one. --history writes what Workers did and saw, for
 * scripts/check-history (docs/HISTORIES.md); --record all that happened, and --explain a page that draws it
 * (docs/EXPLAIN.md). A seed that breaks a promise is made as small as can be, and written as a scenario into the
 * working directory, unless --no-shrink is given.
 *
 * Exit codes: 0 all held; 1 a promise was broken (safety); 3 something never ended (liveness); 2 it
 * was called wrongly. */
#include "common/file.h"
#include "sim/failing.h"
#include "sim/jobs.h"
#include "sim/plan_text.h"
#include "sim/random.h"
#include "sim/recording.h"

#include <getopt.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

struct options {
    struct random_options random;
    uint64_t count;
    unsigned jobs;
    bool traced, as_it_is; /* do not shrink */
    const char *topology_path, *plan_path, *write_path;
    struct recording_paths paths;
};

static const char usage[] =
    "usage: sim --seed N [--steps M] [--count K] [--jobs J] [--topology FILE] [--calm] [--trace]\n"
    "           [--write-plan FILE] [--no-shrink] [--history FILE] [--record FILE]\n"
    "           [--explain FILE.html]\n"
    "       sim --plan FILE [--trace] [--history FILE] [--record FILE] [--explain FILE.html]\n";

static void must(enum err err, const struct errmsg *why)
{
    if (err) {
        fprintf(stderr, "sim: %s\n", why && why->text[0] ? why->text : err_text(err));
        exit(2);
    }
}

static void on_trace(void *owner, uint64_t now_us, const char *line)
{
    (void)owner;
    printf("[%10.1f] %s\n", (double)now_us / 1000, line);
}

static void report(const char *what, const struct run_result *result)
{
    printf("%s: %" PRIu64 " answered, %" PRIu64 " failed, %" PRIu64 " faults, %" PRIu64
           " events in %.0f s, hash %016" PRIx64 "%s%s%s\n",
           what, result->checked.answered, result->checked.failed, result->faults, result->events,
           (double)result->ended_us / 1e6, result->hash,
           result->checked.limit ? ", to a limit" : "",
           result->verdict == RUN_WELL ? "" : " BROKEN: ", result->broken.text);
    fflush(stdout);
}

static int status_of(const struct run_result *result)
{
    switch (result->verdict) {
    case RUN_WELL: return 0;
    case RUN_UNSAFE: return 1;
    case RUN_UNFINISHED: return 3;
    }
    return 1;
}

/* Run a plan, and write what is wanted of it. */
static void play(const struct options *options, const struct plan *plan, struct step_source *source,
                 const char *title, struct run_result *ret_result)
{
    struct errmsg why = {0};
    struct recording recording;
    must(recording_open(&recording, &options->paths, plan, title, &why), &why);
    struct run_events events = recording_events(&recording);
    events.trace = options->traced ? on_trace : NULL;
    must(run_plan(plan, source, true, &events, ret_result), NULL);
    must(recording_close(&recording, ret_result, &why), &why);
    report(title, ret_result);
}

/* ---- seeds ---- */

static int play_seed(void *owner, uint64_t seed)
{
    struct options *options = owner;
    struct random_options random = options->random;
    struct plan plan;
    struct run_result result;
    char what[32];
    random.seed = seed;
    must(random_plan(&random, &plan), NULL);
    struct random_source source = random_source(&random, &plan);
    snprintf(what, sizeof what, "seed %" PRIu64, seed);
    play(options, &plan, &source.source, what, &result);
    plan_finish(&plan);
    return status_of(&result);
}

/* The steps that a seed draws, as a scenario. */
static void write_plan(const struct options *options)
{
    struct errmsg why = {0};
    struct plan plan;
    struct buf text = {0};
    struct step step;
    must(random_plan(&options->random, &plan), NULL);
    struct random_source source = random_source(&options->random, &plan);
    while (source.source.next(&source.source, &step))
        must(plan_add(&plan, &step), NULL);
    plan.expectation = EXPECT_WELL;
    must(plan_write(&plan, &text), NULL);
    must(file_write(options->write_path, buf_bytes(&text), &why), &why);
    buf_finish(&text);
    plan_finish(&plan);
}

static void say_replay(const struct options *options, uint64_t seed)
{
    const char *topology = options->topology_path;
    fprintf(stderr, "replay: sim --seed %" PRIu64 " --steps %" PRIu64 "%s%s%s --trace\n", seed,
            options->random.step_count, options->random.calm ? " --calm" : "",
            topology ? " --topology " : "", topology ? topology : "");
}

static void on_shrunk(void *owner, const struct plan *plan, uint64_t run_count)
{
    (void)owner;
    fprintf(stderr, "shrinking: %zu steps, %zu regions, %zu objects after %" PRIu64 " runs\n",
            plan->step_count, plan->topology.region_count, plan->object_count, run_count);
}

/* Write a seed that broke a promise as a scenario, as small as can be. */
static void shrink_seed(const struct options *options, uint64_t seed)
{
    enum { runs_max = 3000 };
    struct random_options random = options->random;
    struct errmsg why = {0};
    struct plan plan, kept;
    struct buf text = {0};
    char path[64];
    random.seed = seed;
    must(random_plan(&random, &plan), NULL);
    struct random_source source = random_source(&random, &plan);
    must(failing_keep(&plan, &source.source, &kept), NULL);
    must(failing_shrink(&kept, runs_max, on_shrunk, NULL, NULL), NULL);
    snprintf(path, sizeof path, "# From seed %" PRIu64 ".\n", seed);
    must(buf_append(&text, path, strlen(path)), NULL);
    must(plan_write(&kept, &text), NULL);
    snprintf(path, sizeof path, "seed-%" PRIu64 "-%s.txt", seed, kept.invariant);
    must(file_write(path, buf_bytes(&text), &why), &why);
    fprintf(stderr, "smallest: sim --plan %s --trace (or --explain FILE.html)\n", path);
    buf_finish(&text);
    plan_finish(&kept);
    plan_finish(&plan);
}

static int play_seeds(struct options *options)
{
    uint64_t seed = options->random.seed;
    int status = 0;
    if (options->jobs != 1 && options->count > 1) {
        unsigned jobs = options->jobs ? options->jobs : (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
        status = jobs_run(seed, options->count, jobs, play_seed, options, &seed);
    } else {
        for (uint64_t i = 0; !status && i < options->count; i++) {
            seed = options->random.seed + i;
            status = play_seed(options, seed);
        }
    }
    if (status == JOBS_CRASHED)
        fprintf(stderr, "seed %" PRIu64 ": the simulator crashed\n", seed);
    if (status)
        say_replay(options, seed);
    if (status > 0 && !options->as_it_is)
        shrink_seed(options, seed);
    return status < 0 ? 1 : status;
}

/* ---- plans ---- */

static void load(const char *path, struct plan *plan)
{
    struct errmsg why = {0};
    struct buf text = {0};
    must(file_read(path, SIZE_MAX, &text, &why), &why);
    must(buf_append(&text, "", 1), &why);
    enum err err = plan_read((char *)text.data, plan, &why);
    if (err && why.text[0])
        fprintf(stderr, "%s: ", path);
    must(err, &why);
    buf_finish(&text);
}

static int play_plan(const struct options *options)
{
    struct plan plan;
    struct run_result result;
    load(options->plan_path, &plan);
    struct plan_source source = plan_source(&plan);
    play(options, &plan, &source.source, options->plan_path, &result);
    plan_finish(&plan);
    return status_of(&result);
}

/* ---- options ---- */

static uint64_t number_of(const char *word)
{
    char *end;
    uint64_t number = strtoull(word, &end, 10);
    if (end == word || *end || *word == '-') {
        fprintf(stderr, "sim: not a whole number: %s\n%s", word, usage);
        exit(2);
    }
    return number;
}

/* Small enough to be typed. */
static uint64_t seed_of(const char *word)
{
    uint32_t fresh;
    if (strcmp(word, "fresh") != 0)
        return number_of(word);
    return getrandom(&fresh, sizeof fresh, 0) == sizeof fresh ? fresh : 1;
}

static void read_options(int argument_count, char **arguments, struct options *options)
{
    static const struct option known[] = {{"seed", required_argument, NULL, 's'},
                                          {"steps", required_argument, NULL, 'n'},
                                          {"count", required_argument, NULL, 'c'},
                                          {"jobs", required_argument, NULL, 'j'},
                                          {"topology", required_argument, NULL, 'y'},
                                          {"calm", no_argument, NULL, 'm'},
                                          {"trace", no_argument, NULL, 't'},
                                          {"plan", required_argument, NULL, 'p'},
                                          {"write-plan", required_argument, NULL, 'w'},
                                          {"history", required_argument, NULL, 'h'},
                                          {"record", required_argument, NULL, 'r'},
                                          {"explain", required_argument, NULL, 'e'},
                                          {"no-shrink", no_argument, NULL, 'i'},
                                          {"help", no_argument, NULL, 'u'},
                                          {NULL, 0, NULL, 0}};
    int option;
    while ((option = getopt_long(argument_count, arguments, "", known, NULL)) != -1) {
        switch (option) {
        case 's': options->random.seed = seed_of(optarg); break;
        case 'n': options->random.step_count = number_of(optarg); break;
        case 'c': options->count = number_of(optarg); break;
        case 'j': options->jobs = (unsigned)number_of(optarg); break;
        case 'y': options->topology_path = optarg; break;
        case 'm': options->random.calm = true; break;
        case 't': options->traced = true; break;
        case 'p': options->plan_path = optarg; break;
        case 'w': options->write_path = optarg; break;
        case 'h': options->paths.history = optarg; break;
        case 'r': options->paths.record = optarg; break;
        case 'e': options->paths.page = optarg; break;
        case 'i': options->as_it_is = true; break;
        case 'u': fputs(usage, stdout); exit(0);
        default: fputs(usage, stderr); exit(2);
        }
    }
    const struct recording_paths *paths = &options->paths;
    if ((paths->history || paths->record || paths->page) && options->count > 1) {
        fprintf(stderr, "sim: --history, --record and --explain are of one seed\n%s", usage);
        exit(2);
    }
    if (optind < argument_count) {
        fprintf(stderr, "sim: what is %s?\n%s", arguments[optind], usage);
        exit(2);
    }
}

/* Large bodies come and go all the time: keep their memory rather than ask for it again. */
static void keep_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

int main(int argument_count, char **arguments)
{
    keep_memory();
    struct options options = {.random = {.seed = 1, .step_count = 2000}, .count = 1, .jobs = 1};
    struct plan cluster = {0};
    int status = 0;
    read_options(argument_count, arguments, &options);
    if (options.topology_path) {
        load(options.topology_path, &cluster);
        options.random.cluster = &cluster;
    }
    if (options.plan_path)
        status = play_plan(&options);
    else if (options.write_path)
        write_plan(&options);
    else
        status = play_seeds(&options);
    plan_finish(&cluster);
    return status;
}
