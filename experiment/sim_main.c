#include "experiment/result.h"
#include "experiment/sim_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* One experiment in virtual time.
 *
 *   experiment-sim [--progress] INPUT.json OUTPUT.json
 *
 * With --progress, each half second a line "progress SHARE" on the standard error. Exit codes: 0,
 * 1 (it failed), 2 (usage, or a mistake in the input). */

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void say_progress(double share)
{
    static double said_s;
    if (seconds_now() - said_s < 0.5)
        return;
    said_s = seconds_now();
    fprintf(stderr, "progress %.4f\n", share < 1 ? share : 1);
}

static enum err run(const struct input *input, const char *path, bool progress,
                    struct errmsg *reterr_why)
{
    double begun_s = seconds_now();
    struct sim_outcome outcome;
    enum err err = sim_engine_run(input, progress ? say_progress : NULL, &outcome, reterr_why);
    if (err)
        return err;
    struct result result = {.input = input,
                            .measure = outcome.measure,
                            .engine = "sim",
                            .simulated_us = outcome.simulated_us,
                            .event_count = outcome.event_count,
                            .wall_s = seconds_now() - begun_s,
                            .faults_at_us = outcome.faults_at_us};
    err = result_write(&result, path, reterr_why);
    measure_destroy(outcome.measure);
    free(outcome.faults_at_us);
    return err;
}

/* Its tables are large and read at random: in large pages a tenth of the time is saved. glibc takes
 * that from the environment alone, and only at the start. */
static void ask_for_large_pages(char **argv)
{
    if (getenv("GLIBC_TUNABLES") || setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 0))
        return;
    execv("/proc/self/exe", argv); /* if it fails, it goes on without */
}

int main(int argc, char **argv)
{
    ask_for_large_pages(argv);
    bool progress = argc > 1 && strcmp(argv[1], "--progress") == 0;
    if (argc != 3 + progress) {
        fprintf(stderr, "usage: experiment-sim [--progress] INPUT.json OUTPUT.json\n");
        return 2;
    }
    static struct input input;
    struct errmsg why = {0};
    enum err err = input_read(argv[1 + progress], &input, &why);
    if (err) {
        fprintf(stderr, "error: %s\n", why.text);
        return 2;
    }
    err = run(&input, argv[2 + progress], progress, &why);
    input_finish(&input);
    if (err)
        fprintf(stderr, "error: %s\n", why.text);
    return err ? 1 : 0;
}
