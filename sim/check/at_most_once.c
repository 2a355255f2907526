#include "sim/check/state.h"

#include <inttypes.h>

/* I3: a stub fetch runs the object's handler at most once, whatever is lost, delayed, repeated or
 * restarted. A failure that says that the handler did not run tells the truth, also later on; a
 * Response comes from a run. What rests on order holds within a boot only: a message of, or for, an
 * earlier one has no effect. */

static const char invariant[] = "I3 at most once";

static void see_run(struct checker *checker, const struct seen_run *run)
{
    struct checked_call *call = call_of(checker, run->token);
    if (!call)
        return;
    if (++call->run_count > 1)
        broken(checker, invariant, "call %" PRIu64 " ran %u times", run->token, call->run_count);
    if (call->answered && fail_retryable(call->fail))
        broken(checker, invariant,
               "call %" PRIu64 " runs, and has failed as %s, which says that it did not",
               run->token, fail_name(call->fail));
}

static void see_answer(struct checker *checker, uint64_t token, const struct outcome *outcome)
{
    const struct checked_call *call = call_of(checker, token);
    if (!call)
        return;
    if (outcome->kind == OUTCOME_RESPONSE && !call->run_count)
        broken(checker, invariant, "call %" PRIu64 " has a Response, and never ran", token);
    if (outcome->kind == OUTCOME_FAILED && fail_retryable(outcome->fail) && call->run_count)
        broken(checker, invariant,
               "call %" PRIu64 " ran, and fails as %s, which says that it did not", token,
               fail_name(outcome->fail));
}

static bool is_effect(enum seen_kind kind)
{
    return kind == SEEN_SENT || kind == SEEN_WRITTEN || kind == SEEN_RUN || kind == SEEN_ANSWERED;
}

void at_most_once_see(struct checker *checker, const struct seen *seen)
{
    if (checker->step_is_stale && checker->step.process == seen->process && is_effect(seen->kind))
        broken(checker, invariant, "%s acts on a message of another boot",
               name_of(checker, seen->process));
    if (seen->kind == SEEN_RUN)
        see_run(checker, &seen->run);
    if (seen->kind == SEEN_ANSWERED)
        see_answer(checker, seen->answer.token, seen->answer.outcome);
}
