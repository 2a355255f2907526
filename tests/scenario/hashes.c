/* Prints a hash of all that happens in each of some seeds, for two builds to be compared: of the core's
 * messages and times, and of every line of the trace.
 *
 *   hashes FIRST COUNT STEPS */
#include "sim/random.h"
#include "sim/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void on_trace(void *owner, uint64_t now_us, const char *line)
{
    uint64_t *hash = owner; /* FNV-1a */
    *hash = (*hash ^ now_us) * 0x100000001b3u;
    for (const char *at = line; *at; at++)
        *hash = (*hash ^ (uint8_t)*at) * 0x100000001b3u;
}

static bool play(uint64_t seed, uint64_t steps)
{
    struct random_options options = {.seed = seed, .step_count = steps};
    uint64_t hash = 0xcbf29ce484222325u;
    struct run_events events = {.trace = on_trace, .owner = &hash};
    struct plan plan;
    struct run_result result;
    if (random_plan(&options, &plan))
        return false;
    struct random_source source = random_source(&options, &plan);
    bool played = !run_plan(&plan, &source.source, true, &events, &result);
    plan_finish(&plan);
    printf("seed %" PRIu64 ": %016" PRIx64 " trace %016" PRIx64 " %s\n", seed, result.hash, hash,
           result.broken.text);
    return played;
}

int main(int argument_count, char **arguments)
{
    if (argument_count != 4)
        return 2;
    uint64_t first = strtoull(arguments[1], NULL, 10), count = strtoull(arguments[2], NULL, 10);
    for (uint64_t i = 0; i < count; i++)
        if (!play(first + i, strtoull(arguments[3], NULL, 10)))
            return 2;
    return 0;
}
