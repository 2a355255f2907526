#include "sim/check/state.h"

#include <inttypes.h>

/* I8: creating and using a unique id where it is born, when that region hosts, sends no message of
 * any kind. Nor does a node ask others about ids that it is the arbiter of, or call itself by
 * message. */

static const char invariant[] = "I8 no wide-area wait";

static bool is_born_at(const struct checker *checker, const struct object_ref *object,
                       size_t region)
{
    return object->kind == ID_UNIQUE &&
           id_birth_number(&object->id) == checker->processes[region].number;
}

/* The step of a call that can stay here must not send anything. */
static void see_effect(struct checker *checker, const struct seen *seen)
{
    const struct checked_call *call = call_of(checker, checker->step.call.token);
    if (call && call->local && is_born_at(checker, &call->object, seen->process))
        broken(checker, invariant,
               "%s sends a message for call %" PRIu64 " of object %s, which was born there",
               name_of(checker, seen->process), call->token, digits_of(&call->object.id).text);
}

void no_wide_area_wait_see(struct checker *checker, const struct seen *seen)
{
    if (seen->kind != SEEN_SENT || seen->process == checker->region_count)
        return;
    if (checker->step.kind == SEEN_CALLED && checker->step.process == seen->process)
        see_effect(checker, seen);
    if (seen->msg->type == MSG_CLAIM &&
        is_born_at(checker, &seen->msg->claim.object, seen->process))
        broken(checker, invariant, "%s asks for the home of object %s, which was born there",
               name_of(checker, seen->process), digits_of(&seen->msg->claim.object.id).text);
    if (seen->msg->type == MSG_FETCH &&
        seen->msg->fetch.home_number == checker->processes[seen->process].number)
        broken(checker, invariant, "%s sends a fetch of object %s, which lives there",
               name_of(checker, seen->process), digits_of(&seen->msg->fetch.object.id).text);
}
