#include "sim/check/state.h"

#include <inttypes.h>

/* I7: unique ids, and objects whose home is known, work at their home whatever happens elsewhere:
 * a call of an object that lives in the caller's own region, or has to, never fails by the fault of
 * the coordinator, of another region or of a link. */

/* The node has written down, and not forgotten, that the object lives there. */
static bool has_settled(const struct checker *checker, size_t region,
                        const struct checked_object *object)
{
    return object->written_number == checker->processes[region].number &&
           object->writer == region &&
           is_kept(checker, region, object->written_life, object->written_op);
}

/* Born there, first used there, nothing draws it elsewhere. */
static bool must_settle(const struct checker *checker, size_t region, const struct seen_call *call,
                        const struct checked_object *object)
{
    uint16_t number = checker->processes[region].number;
    return call->object.kind == ID_UNIQUE && id_birth_number(&call->object.id) == number &&
           call->hint == HINT_NONE && may_live(checker, region, call->object.jurisdiction) &&
           object->home_number == 0 && object->written_number == 0;
}

static void see_call(struct checker *checker, const struct seen *seen)
{
    const struct checked_object *object = object_of(checker, &seen->call.object.id);
    struct checked_call *call = call_of(checker, seen->call.token);
    call->local = checker->processes[seen->process].number != 0 &&
                  (has_settled(checker, seen->process, object) ||
                   must_settle(checker, seen->process, &seen->call, object));
}

/* Whether a failure is the home's own: its limits, its disk, the object's code. */
static bool is_own(enum fail fail, bool has_run)
{
    switch (fail) {
    case FAIL_OVERLOADED:
    case FAIL_CODE_STOPPED:
    case FAIL_NAMESPACE_UNKNOWN:
    case FAIL_TOO_LARGE:
    case FAIL_BUSY:
    case FAIL_STALLED:
    case FAIL_CONGESTED: return true;
    case FAIL_DEADLINE: return has_run;
    case FAIL_NONE:
    case FAIL_COORDINATOR_UNREACHABLE:
    case FAIL_COORDINATOR_REFUSED:
    case FAIL_NOT_JOINED:
    case FAIL_ARBITER_UNREACHABLE:
    case FAIL_HOME_UNREACHABLE:
    case FAIL_CONNECTION_LOST:
    case FAIL_JURISDICTION:
    case FAIL_HOME_GONE:
    case FAIL_BIRTH_LOST: break;
    }
    return false;
}

static void see_failure(struct checker *checker, const struct seen *seen)
{
    const struct checked_call *call = call_of(checker, seen->answer.token);
    if (!call || !call->local || is_own(seen->answer.outcome->fail, call->run_count != 0))
        return;
    /* Another region may have come between, while the call waited for its caller's writes. */
    const struct checked_object *object = object_of(checker, &call->object.id);
    uint16_t number = checker->processes[seen->process].number;
    if ((object->written_number && object->written_number != number) ||
        (object->home_number && object->home_number != number))
        return;
    broken(checker, "I7 local stays local",
           "call %" PRIu64 " fails as %s, and its object %s lives in %s itself", call->token,
           fail_name(seen->answer.outcome->fail), digits_of(&call->object.id).text,
           name_of(checker, seen->process));
}

void local_stays_local_see(struct checker *checker, const struct seen *seen)
{
    if (seen->kind == SEEN_CALLED)
        see_call(checker, seen);
    if (seen->kind == SEEN_ANSWERED && seen->answer.outcome->kind == OUTCOME_FAILED)
        see_failure(checker, seen);
}
