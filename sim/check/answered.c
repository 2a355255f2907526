#include "sim/check/state.h"

#include <inttypes.h>

/* I4: every stub fetch ends, by a Response or an error, once, within its deadline by the clock of
 * its caller. A process that was in trouble may be late until it is well. Whoever died hears
 * nothing. */

static const char invariant[] = "I4 answered";

enum { SLACK_US = 1000 }; /* clocks that are converted may round */

static bool is_late(const struct checker *checker, const struct checked_call *call)
{
    const struct checked_process *caller = &checker->processes[call->caller];
    uint64_t end_us = call->end_us > caller->well_us ? call->end_us : caller->well_us;
    return !caller->troubled && caller->clock_us > end_us + SLACK_US;
}

static void see_answer(struct checker *checker, const struct seen *seen)
{
    uint64_t token = seen->answer.token;
    struct checked_call *call = call_of(checker, token);
    if (!call && (token == 0 || token > checker->newest_token))
        broken(checker, invariant, "call %" PRIu64 " is answered, and was never made", token);
    if (!call)
        return;
    if (call->answered)
        broken(checker, invariant, "call %" PRIu64 " is answered twice", token);
    if (call_forgiven(checker, call) || seen->process != call->caller)
        broken(checker, invariant, "call %" PRIu64 " is answered to somebody else", token);
    if (is_late(checker, call))
        broken(checker, invariant, "call %" PRIu64 " is answered after its deadline", token);
    call->answered = true;
    if (seen->answer.outcome->kind == OUTCOME_FAILED)
        call->fail = seen->answer.outcome->fail;
}

/* Calls of one time have one deadline: to look at the oldest one is enough. */
static void look_at_oldest(struct checker *checker)
{
    while (checker->oldest_token <= checker->newest_token) {
        const struct checked_call *call = call_of(checker, checker->oldest_token);
        bool forgiven = call && call_forgiven(checker, call);
        if (call && !call->answered && !forgiven)
            break;
        checker->stats.forgiven += call && !call->answered;
        checker->oldest_token++;
    }
    const struct checked_call *oldest = call_of(checker, checker->oldest_token);
    if (!oldest || !is_late(checker, oldest))
        return;
    checker->liveness = true;
    broken(checker, invariant, "call %" PRIu64 " of %s is not, and its deadline is over",
           oldest->token, name_of(checker, oldest->caller));
}

void answered_see(struct checker *checker, const struct seen *seen)
{
    if (seen->kind == SEEN_ANSWERED)
        see_answer(checker, seen);
    else
        look_at_oldest(checker);
}

void answered_finish(struct checker *checker)
{
    for (uint64_t token = checker->oldest_token; token <= checker->newest_token; token++) {
        const struct checked_call *call = call_of(checker, token);
        if (!call || call->answered || call_forgiven(checker, call))
            continue;
        checker->liveness = true;
        broken(checker, invariant, "call %" PRIu64 " of %s never was", token,
               name_of(checker, call->caller));
        return;
    }
}
