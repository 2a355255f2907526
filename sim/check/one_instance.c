#include "sim/check/state.h"

#include <inttypes.h>

/* I2: at no time do two processes hold a live instance of one id, nor does one process hold two.
 * The instances of a process end with it. */

static bool is_held(const struct checker *checker, const struct checked_object *object)
{
    const struct checked_process *holder = &checker->processes[object->holder];
    return object->instance && holder->up && holder->life == object->holder_life;
}

static void see_run(struct checker *checker, size_t process, const struct seen_run *run)
{
    struct checked_object *object = object_of(checker, &run->id);
    if (is_held(checker, object) &&
        (object->holder != process || object->instance != run->instance))
        broken(checker, "I2 one instance",
               "object %s runs in instance %" PRIu64 " at %s while instance %" PRIu64
               " at %s is alive",
               digits_of(&run->id).text, run->instance, name_of(checker, process), object->instance,
               name_of(checker, object->holder));
    object->holder = process;
    object->holder_life = checker->processes[process].life;
    object->instance = run->instance;
}

static void see_dropped(struct checker *checker, const struct seen *seen)
{
    struct checked_object *object = object_of(checker, &seen->dropped.id);
    if (object->holder == seen->process && object->instance == seen->dropped.instance)
        object->instance = 0;
}

void one_instance_see(struct checker *checker, const struct seen *seen)
{
    if (seen->kind == SEEN_RUN)
        see_run(checker, seen->process, &seen->run);
    if (seen->kind == SEEN_DROPPED)
        see_dropped(checker, seen);
}
