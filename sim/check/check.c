#include "sim/check/check.h"

#include "sim/check/state.h"

#include <inttypes.h>
#include <stdlib.h>

enum err checker_create(const struct checker_config *config, struct checker **ret_checker)
{
    struct checker *checker = calloc(1, sizeof *checker);
    if (!checker)
        return ERR_MEMORY;
    size_t region_count = config->topology->region_count;
    checker->config = *config;
    checker->region_count = region_count;
    checker->oldest_token = 1;
    checker->processes = calloc(region_count + 1, sizeof *checker->processes);
    checker->regions = calloc(region_count + 1, sizeof *checker->regions);
    bool enough = checker->processes && checker->regions;
    for (size_t i = 0; enough && i <= region_count; i++) {
        struct checked_process *process = &checker->processes[i];
        process->hears = calloc(region_count, sizeof *process->hears);
        process->knows = calloc(region_count, sizeof *process->knows);
        process->peer_boots = calloc(region_count + 1, sizeof *process->peer_boots);
        enough = process->hears && process->knows && process->peer_boots;
    }
    if (!enough) {
        checker_destroy(checker);
        return ERR_MEMORY;
    }
    *ret_checker = checker;
    return OK;
}

void checker_destroy(struct checker *checker)
{
    if (!checker)
        return;
    facts_finish(checker);
    free(checker);
}

/* Whether a failure says that something is still broken. */
static bool is_of_fault(enum fail fail)
{
    switch (fail) {
    case FAIL_COORDINATOR_UNREACHABLE:
    case FAIL_NOT_JOINED:
    case FAIL_ARBITER_UNREACHABLE:
    case FAIL_HOME_UNREACHABLE:
    case FAIL_CONNECTION_LOST:
    case FAIL_DEADLINE:
    case FAIL_OVERLOADED:
    case FAIL_BUSY:
    case FAIL_STALLED:
    case FAIL_CONGESTED: return true;
    case FAIL_NONE:
    case FAIL_COORDINATOR_REFUSED:
    case FAIL_CODE_STOPPED:
    case FAIL_JURISDICTION:
    case FAIL_HOME_GONE:
    case FAIL_BIRTH_LOST:
    case FAIL_NAMESPACE_UNKNOWN:
    case FAIL_TOO_LARGE: break;
    }
    return false;
}

/* Faults leave nothing behind but what they destroyed. */
static void no_failure_after_healing(struct checker *checker, const struct seen *seen)
{
    if (!checker->healed || seen->kind != SEEN_ANSWERED ||
        seen->answer.outcome->kind != OUTCOME_FAILED || !is_of_fault(seen->answer.outcome->fail))
        return;
    checker->liveness = true;
    broken(checker, "I4 answered", "call %" PRIu64 " of %s failed as %s long after all was healed",
           seen->answer.token, name_of(checker, seen->process),
           fail_name(seen->answer.outcome->fail));
}

/* Without any fault there is one reason to fail: I9 looks whether it is true. */
static void no_failure(struct checker *checker, const struct seen *seen)
{
    if (!checker->config.calm || seen->kind != SEEN_ANSWERED)
        return;
    const struct outcome *outcome = seen->answer.outcome;
    if (outcome->kind == OUTCOME_FAILED && outcome->fail != FAIL_JURISDICTION)
        broken(checker, "I4 answered", "call %" PRIu64 " failed as %s without any fault",
               seen->answer.token, fail_name(outcome->fail));
}

void checker_see(struct checker *checker, const struct seen *seen)
{
    if (checker_is_over(checker))
        return;
    facts_see(checker, seen);
    copies_see(checker, seen);
    unique_see(checker, seen);
    one_home_see(checker, seen);
    one_instance_see(checker, seen);
    at_most_once_see(checker, seen);
    durable_see(checker, seen);
    local_stays_local_see(checker, seen);
    no_wide_area_wait_see(checker, seen);
    cached_see(checker, seen);
    obey_see(checker, seen);
    no_failure(checker, seen);
    no_failure_after_healing(checker, seen);
    answered_see(checker, seen);
}

void checker_heal(struct checker *checker)
{
    checker->healed = true;
}

void checker_finish_history(struct checker *checker)
{
    if (!checker_is_over(checker))
        answered_finish(checker);
}

const char *checker_broken(const struct checker *checker)
{
    return checker->broken.text[0] ? checker->broken.text : NULL;
}

bool checker_is_over(const struct checker *checker)
{
    return checker->broken.text[0] || checker->limit;
}

bool checker_broken_safety(const struct checker *checker)
{
    return checker->broken.text[0] && !checker->liveness;
}

struct checker_stats checker_stats(const struct checker *checker)
{
    struct checker_stats stats = checker->stats;
    stats.limit = checker->limit;
    return stats;
}
