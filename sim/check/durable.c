#include "sim/check/state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* I6: what was acknowledged is still there, after any crash. An answer acknowledges what it says
 * was written, and whatever its handler found when it began. */

static uint64_t count_of(struct bytes digits)
{
    char text[32] = "";
    memcpy(text, digits.data, digits.size < sizeof text ? digits.size : sizeof text - 1);
    return strtoull(text, NULL, 10);
}

static void see_run(struct checker *checker, size_t process, const struct seen_run *run)
{
    const struct checked_object *object = object_of(checker, &run->id);
    if (run->stored < object->acknowledged)
        broken(checker, "I6 durable",
               "object %s holds %" PRIu64 " writes at %s, and %" PRIu64 " were acknowledged",
               digits_of(&run->id).text, run->stored, name_of(checker, process),
               object->acknowledged);
}

static void see_response(struct checker *checker, uint64_t token, const struct outcome *outcome)
{
    const struct checked_call *call = call_of(checker, token);
    if (!call || !call->run_number)
        return;
    struct checked_object *object = object_of(checker, &call->object.id);
    uint64_t count = call->run_stored;
    if (call->writes && count_of(outcome->body) > count)
        count = count_of(outcome->body);
    if (count > object->acknowledged)
        object->acknowledged = count;
}

void durable_see(struct checker *checker, const struct seen *seen)
{
    if (seen->kind == SEEN_RUN)
        see_run(checker, seen->process, &seen->run);
    if (seen->kind == SEEN_ANSWERED && seen->answer.outcome->kind == OUTCOME_RESPONSE)
        see_response(checker, seen->answer.token, seen->answer.outcome);
}
