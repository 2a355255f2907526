/* Every allocation of the cores fails once, in turn: whole clusters live through stories in which
 * one allocation in a core's step fails, and the event is given again. No promise breaks, and
 * everything ends. Files named as arguments are the stories. */
#include "common/file.h"
#include "sim/plan_text.h"
#include "sim/random.h"
#include "sim/run.h"
#include "tests/unit/failing_alloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED_COUNT = 3, SEED_STEPS = 40 };

static uint64_t short_count; /* steps that said ERR_MEMORY */

enum err __real_node_step(struct node *, const struct node_event *, struct node_output *);
enum err __wrap_node_step(struct node *, const struct node_event *, struct node_output *);
enum err __real_coord_step(struct coord *, const struct coord_event *, struct coord_output *);
enum err __wrap_coord_step(struct coord *, const struct coord_event *, struct coord_output *);

/* The step that meets the failure, and no other one, has to say so. */
static enum err judged(enum err err, int failed_before)
{
    failing_alloc_disarm();
    int failed_now = failing_alloc_failed() && !failed_before;
    if (err != (failed_now ? ERR_MEMORY : OK)) {
        fprintf(stderr, "allocation %zu %s, and the step says: %s\n", failing_alloc_count(),
                failed_now ? "failed" : "did not fail", err_text(err));
        abort();
    }
    short_count += err != OK;
    return err;
}

enum err __wrap_node_step(struct node *node, const struct node_event *event,
                          struct node_output *ret_output)
{
    int failed_before = failing_alloc_failed();
    failing_alloc_arm();
    return judged(__real_node_step(node, event, ret_output), failed_before);
}

enum err __wrap_coord_step(struct coord *coord, const struct coord_event *event,
                           struct coord_output *ret_output)
{
    int failed_before = failing_alloc_failed();
    failing_alloc_arm();
    return judged(__real_coord_step(coord, event, ret_output), failed_before);
}

static void must(enum err err, const struct errmsg *why)
{
    if (err) {
        fprintf(stderr, "%s\n", why && why->text[0] ? why->text : err_text(err));
        exit(2);
    }
}

/* Play it with allocation `number` failing. 0 when all is well. */
static int play(const char *name, const struct plan *plan, struct step_source *source,
                size_t number)
{
    static const struct run_events nobody;
    struct run_result result;
    failing_alloc_begin(number);
    must(run_plan(plan, source, true, &nobody, &result), NULL);
    if (result.verdict == RUN_WELL)
        return 0;
    fprintf(stderr, "%s, allocation %zu: %s\n", name, number, result.broken.text);
    return 1;
}

static int play_file(const char *path)
{
    struct errmsg why = {0};
    struct buf text = {0};
    struct plan plan;
    int failures = 0;
    size_t number = 0;
    must(file_read(path, SIZE_MAX, &text, &why), &why);
    must(buf_append(&text, "", 1), &why);
    must(plan_read((char *)text.data, &plan, &why), &why);
    plan.calm = false; /* calls may fail; then they say so */
    do {
        struct plan_source source = plan_source(&plan);
        failures += play(path, &plan, &source.source, number);
    } while (number++ == 0 || failing_alloc_failed());
    printf("%s: %zu allocations, %d failures\n", path, number - 2, failures);
    plan_finish(&plan);
    buf_finish(&text);
    return failures;
}

static int play_seed(uint64_t seed)
{
    struct random_options options = {.seed = seed, .step_count = SEED_STEPS};
    struct plan plan;
    char name[40];
    int failures = 0;
    size_t number = 0;
    snprintf(name, sizeof name, "seed %" PRIu64, seed);
    must(random_plan(&options, &plan), NULL);
    do {
        struct random_source source = random_source(&options, &plan);
        failures += play(name, &plan, &source.source, number);
    } while (number++ == 0 || failing_alloc_failed());
    printf("%s: %zu allocations, %d failures\n", name, number - 2, failures);
    plan_finish(&plan);
    return failures;
}

int main(int argument_count, char **arguments)
{
    int failures = 0;
    for (int i = 1; i < argument_count; i++)
        failures += play_file(arguments[i]);
    for (uint64_t seed = 1; argument_count > 1 && seed <= SEED_COUNT; seed++)
        failures += play_seed(seed);
    printf("%" PRIu64 " steps were short of memory\n", short_count);
    return failures || !short_count;
}
