#include "sim/check.h"

#include "common/grow.h"
#include "common/table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct checked_object {
    struct object_id id;
    uint16_t home_number;  /* where it ran for the first answer that left; 0: none left yet */
    uint64_t acknowledged; /* the highest count of writes that a caller was told */
    UT_hash_handle hh;
};

static void broken(struct checker *checker, const char *format, ...) PRINTF_LIKE(2, 3);
static void broken(struct checker *checker, const char *format, ...)
{
    if (checker->broken.text[0])
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(checker->broken.text, sizeof checker->broken.text, format, args);
    va_end(args);
}

static struct checked_object *object_of(struct checker *checker, const struct object_id *id)
{
    struct checked_object *object;
    HASH_FIND(hh, checker->objects, id, sizeof *id, object);
    if (object)
        return object;
    object = calloc(1, sizeof *object);
    CHECK(object != NULL);
    object->id = *id;
    HASH_ADD(hh, checker->objects, id, sizeof object->id, object);
    return object;
}

uint64_t checker_call(struct checker *checker, const struct object_id *id, bool write)
{
    if (grow(&checker->calls, &checker->call_capacity, checker->call_count + 1,
             sizeof *checker->calls))
        return 0;
    checker->calls[checker->call_count++] = (struct checked_call){.id = *id, .write = write};
    return checker->call_count;
}

void checker_on_run(struct checker *checker, const struct world_run_seen *seen)
{
    struct checked_object *object = object_of(checker, &seen->id);
    unsigned high = seen->id.bytes[0], low = seen->id.bytes[1];
    uint64_t token;
    /* A run whose answer never left may be forgotten in a crash, with all that it wrote. */
    if (object->home_number && object->home_number != seen->number)
        broken(checker, "I1 one home: object %02x%02x runs at number %u and lived at %u", high, low,
               seen->number, object->home_number);
    if (seen->instance_count != 1)
        broken(checker, "I2 one instance: object %02x%02x has %zu", high, low,
               seen->instance_count);
    if (seen->fresh && seen->stored < object->acknowledged)
        broken(checker,
               "I6 durable: object %02x%02x holds %" PRIu64 " writes, %" PRIu64
               " were acknowledged",
               high, low, seen->stored, object->acknowledged);
    if (seen->body.size != sizeof token)
        return;
    memcpy(&token, seen->body.data, sizeof token);
    checker->calls[token - 1].number = seen->number;
    if (++checker->calls[token - 1].run_count > 1)
        broken(checker, "I3 at most once: call %" PRIu64 " ran %u times", token,
               checker->calls[token - 1].run_count);
}

void checker_on_answer(struct checker *checker, uint64_t token, const struct outcome *outcome)
{
    struct checked_call *call = &checker->calls[token - 1];
    if (++call->answer_count > 1)
        broken(checker, "I4 answered: call %" PRIu64 " was answered %u times", token,
               call->answer_count);
    if (outcome->kind == OUTCOME_THROWN)
        return; /* an answer of the object itself, if not a good one */
    if (outcome->kind == OUTCOME_FAILED) {
        checker->failed_count++;
        if (fail_retryable(outcome->fail) && call->run_count)
            broken(checker, "call %" PRIu64 " ran, and failed as %s, which says that it did not",
                   token, fail_name(outcome->fail));
        return;
    }
    checker->answered_count++;
    if (!call->run_count)
        broken(checker, "call %" PRIu64 " was answered and never ran", token);
    char digits[32] = "";
    memcpy(digits, outcome->body.data,
           outcome->body.size < sizeof digits ? outcome->body.size : sizeof digits - 1);
    uint64_t count = strtoull(digits, NULL, 10);
    struct checked_object *object = object_of(checker, &call->id);
    if (!object->home_number)
        object->home_number = call->number;
    if (object->home_number != call->number)
        broken(checker, "I1 one home: call %" PRIu64 " ran at number %u, the object lives at %u",
               token, call->number, object->home_number);
    if (call->write && count > object->acknowledged)
        object->acknowledged = count;
}

void checker_forgive(struct checker *checker, uint64_t token)
{
    if (!checker->calls[token - 1].answer_count)
        checker->calls[token - 1].answer_count = 1;
}

void checker_finish_history(struct checker *checker)
{
    for (size_t i = 0; i < checker->call_count; i++)
        if (checker->calls[i].answer_count == 0)
            broken(checker, "I4 answered: call %zu never was", i + 1);
}

void checker_finish(struct checker *checker)
{
    struct checked_object *object, *next;
    HASH_ITER (hh, checker->objects, object, next) {
        HASH_DEL(checker->objects, object);
        free(object);
    }
    free(checker->calls);
    *checker = (struct checker){0};
}
