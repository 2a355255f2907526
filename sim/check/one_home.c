#include "sim/check/state.h"

/* I1: all answers of an arbiter for one id name the same home, for ever, across every crash. An
 * answer is whatever leaves: PLACED, a FETCH to the home, an answer of the object itself. A record
 * or a run that nobody has heard of may be forgotten in a crash. */

static const char invariant[] = "I1 one home";

static void lives_at(struct checker *checker, const struct object_id *id, uint16_t home_number,
                     bool told, const char *what, size_t process)
{
    struct checked_object *object = object_of(checker, id);
    if (object->home_number && object->home_number != home_number)
        broken(checker, invariant, "%s at %s: object %s at number %u, and it lives at %u", what,
               name_of(checker, process), digits_of(id).text, home_number, object->home_number);
    if (told)
        object->home_number = home_number;
}

static bool is_arbiter(struct checker *checker, size_t process, const struct object_id *id)
{
    if (object_of(checker, id)->ref.kind == ID_UNIQUE)
        return process < checker->region_count &&
               checker->processes[process].number == id_birth_number(id);
    return process == checker->region_count;
}

static void see_placed(struct checker *checker, size_t process, const struct msg_placed *placed)
{
    if (!is_arbiter(checker, process, &placed->id))
        broken(checker, invariant, "%s places object %s, and is not its arbiter",
               name_of(checker, process), digits_of(&placed->id).text);
    lives_at(checker, &placed->id, placed->home_number, true, "PLACED sent", process);
}

void one_home_see(struct checker *checker, const struct seen *seen)
{
    if (seen->kind == SEEN_SENT && seen->msg->type == MSG_PLACED && seen->msg->placed.home_number)
        see_placed(checker, seen->process, &seen->msg->placed);
    if (seen->kind == SEEN_SENT && seen->msg->type == MSG_FETCH)
        lives_at(checker, &seen->msg->fetch.object.id, seen->msg->fetch.home_number, true,
                 "FETCH sent", seen->process);
    if (seen->kind == SEEN_RECORD)
        lives_at(checker, &seen->record.id, seen->record.home_number, false, "written down",
                 seen->process);
    if (seen->kind == SEEN_RUN)
        lives_at(checker, &seen->run.id, seen->run.number, false, "a run", seen->process);
    if (seen->kind != SEEN_ANSWERED || seen->answer.outcome->kind != OUTCOME_RESPONSE)
        return;
    const struct checked_call *call = call_of(checker, seen->answer.token);
    if (call && call->run_number)
        lives_at(checker, &call->object.id, call->run_number, true, "answered", seen->process);
}
