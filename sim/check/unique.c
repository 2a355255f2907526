#include "common/check.h"
#include "common/grow.h"
#include "sim/check/state.h"

#include <string.h>

/* I5: no two calls of newUniqueId() give the same id. What is left to chance aside, that rests on
 * birth numbers: each belongs to one data directory, and that one has no other. */

static const char invariant[] = "I5 unique";

static struct checked_number *number_of(struct checker *checker, uint16_t number)
{
    size_t old_capacity = checker->number_capacity;
    enum err err = grow(&checker->numbers, &checker->number_capacity, (size_t)number + 1,
                        sizeof *checker->numbers);
    CHECK(err == OK);
    if (checker->number_capacity > old_capacity)
        memset(checker->numbers + old_capacity, 0,
               (checker->number_capacity - old_capacity) * sizeof *checker->numbers);
    return &checker->numbers[number];
}

static void see_joined(struct checker *checker, size_t region, uint16_t number)
{
    struct checked_process *process = &checker->processes[region];
    struct checked_number *owner = number_of(checker, number);
    if (owner->given && (owner->process != region || owner->data != process->data))
        broken(checker, invariant, "birth number %u is given to %s, and was given to %s before",
               number, name_of(checker, region), name_of(checker, owner->process));
    if (process->number && process->number != number)
        broken(checker, invariant, "%s has birth number %u, and now %u as well",
               name_of(checker, region), process->number, number);
    *owner = (struct checked_number){.given = true, .process = region, .data = process->data};
    process->number = number;
}

static void see_made(struct checker *checker, const struct seen *seen)
{
    struct checked_object *object = object_of(checker, &seen->id);
    if (object->made)
        broken(checker, invariant, "id %s was made twice, now at %s", digits_of(&seen->id).text,
               name_of(checker, seen->process));
    object->made = true;
}

void unique_see(struct checker *checker, const struct seen *seen)
{
    if (seen->kind == SEEN_JOINED)
        see_joined(checker, seen->process, seen->number);
    if (seen->kind == SEEN_MADE)
        see_made(checker, seen);
    if (seen->kind == SEEN_WIPED)
        checker->processes[seen->process].number = 0;
}
