#include "experiment/load_run.h"
#include "experiment/result.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One experiment on a cluster that runs, through its ports for users.
 *
 *   experiment-load [--progress] INPUT.json OUTPUT.json
 *
 * "engine" of the input says where they are: {"time_scale", "host", "ports": {"LHR": 8701, ...},
 * "connections_max", "pipeline_max"}. The standard output gets one line at time 0, "begin" and
 * CLOCK_MONOTONIC in microseconds. What only the cluster knows (messages, bytes, objects, faults)
 * is not in the output. Exit codes: 0, 1 (it failed), 2 (usage, or a mistake in the input). */

static bool wants_progress;

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void say_begun(uint64_t at_us)
{
    printf("begin %" PRIu64 "\n", at_us);
    fflush(stdout);
}

static void say_progress(double share)
{
    static double said_s;
    if (!wants_progress || seconds_now() - said_s < 0.5)
        return;
    said_s = seconds_now();
    fprintf(stderr, "progress %.4f\n", share < 1 ? share : 1);
}

/* What makes the figures worth less than they look. */
static void warn(const struct load_outcome *outcome)
{
    const struct measure *measure = outcome->measure;
    if (measure->behind)
        fprintf(stderr,
                "warning: the load generator itself was late with %" PRIu64 " of %" PRIu64
                " requests, by %.1f ms at most\n",
                measure->behind, measure->requests, (double)measure->behind_max_us / 1000);
    if (outcome->waiting_peak)
        fprintf(stderr, "warning: up to %zu requests waited for one of %zu connections\n",
                outcome->waiting_peak, outcome->connection_peak);
    if (outcome->strange_count)
        fprintf(stderr,
                "warning: %" PRIu64 " answers were not those of a node with the Worker "
                "experiments/worker\n",
                outcome->strange_count);
}

static enum err run(const struct input *input, const char *path, struct errmsg *reterr_why)
{
    static const struct load_events events = {.begun = say_begun, .progress = say_progress};
    double begun_s = seconds_now();
    struct load_config config;
    struct load_outcome outcome;
    enum err err = load_config_read(input, &config, reterr_why);
    if (err)
        return err;
    uint64_t *faults_at_us = calloc(input->fault_count + 1, sizeof *faults_at_us);
    for (size_t i = 0; faults_at_us && i < input->fault_count; i++)
        faults_at_us[i] = UINT64_MAX;
    err = faults_at_us ? load_run(input, &config, &events, &outcome, reterr_why) : ERR_MEMORY;
    free(config.ports);
    if (!err) {
        struct result result = {.input = input,
                                .measure = outcome.measure,
                                .engine = "processes",
                                .simulated_us = outcome.duration_us,
                                .wall_s = seconds_now() - begun_s,
                                .faults_at_us = faults_at_us};
        warn(&outcome);
        err = result_write(&result, path, reterr_why);
        measure_destroy(outcome.measure);
    }
    free(faults_at_us);
    return err;
}

int main(int argc, char **argv)
{
    wants_progress = argc > 1 && strcmp(argv[1], "--progress") == 0;
    if (argc != 3 + wants_progress) {
        fprintf(stderr, "usage: experiment-load [--progress] INPUT.json OUTPUT.json\n");
        return 2;
    }
    static struct input input;
    struct errmsg why = {0};
    signal(SIGPIPE, SIG_IGN);
    enum err err = input_read(argv[1 + wants_progress], &input, &why);
    if (err) {
        fprintf(stderr, "error: %s\n", why.text);
        return 2;
    }
    err = run(&input, argv[2 + wants_progress], &why);
    input_finish(&input);
    if (err)
        fprintf(stderr, "error: %s\n", why.text);
    return !err ? 0 : err == ERR_INVALID ? 2 : 1;
}
