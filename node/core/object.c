#include "common/check.h"
#include "node/core/state.h"

#include <stdlib.h>
#include <string.h>

/* Instances and their runs. There is at most one object struct for each id, and at most one
 * instance of it in memory at a time. */

static struct object *find_object(const struct node *node, const struct object_id *id)
{
    struct object *object;
    HASH_FIND(hh, node->objects, id, sizeof *id, object);
    return object;
}

static struct object *find_instance(const struct node *node, uint64_t instance)
{
    struct object *object;
    HASH_FIND(hh_instance, node->instances, &instance, sizeof instance, object);
    return object;
}

static void drop_instance(struct node *node, struct object *object)
{
    if (object->instance)
        HASH_DELETE(hh_instance, node->instances, object);
    object->instance = 0;
}

static enum err make_instance(struct node *node, struct object *object)
{
    enum err err;
    object->instance = ++node->last_instance;
    TABLE_ADD(hh_instance, node->instances, instance, object, &err);
    if (err)
        object->instance = 0;
    return err;
}

static void set_idle(struct node *node, struct object *object, bool idle)
{
    if (object->idle)
        DL_DELETE(node->idle, object);
    object->idle = idle;
    object->idle_at_us = node->now_us + node->config.limits.object_idle_us;
    if (idle)
        DL_APPEND(node->idle, object);
}

static struct object *find_or_create(struct node *node, const struct object_id *id)
{
    struct object *object = find_object(node, id);
    if (object)
        return object;
    object = malloc(sizeof *object);
    if (!object)
        return NULL;
    *object = (struct object){.id = *id};
    enum err err;
    TABLE_ADD(hh, node->objects, id, object, &err);
    if (err) {
        free(object);
        return NULL;
    }
    set_idle(node, object, true);
    return object;
}

enum err object_pin(struct node *node, const struct object_id *id, uint64_t op)
{
    struct object *object = find_or_create(node, id);
    if (!object)
        return ERR_MEMORY;
    if (object->last_op < op)
        object->last_op = op;
    return OK;
}

enum err object_settle(struct node *node, const struct object_id *id)
{
    uint8_t record[OBJECT_ID_BYTES + 2];
    memcpy(record, id->bytes, OBJECT_ID_BYTES);
    record[OBJECT_ID_BYTES] = (uint8_t)(node->number >> 8);
    record[OBJECT_ID_BYTES + 1] = (uint8_t)node->number;
    /* What can fail comes before the record: two records of one id would be damage, and so would
     * be a home without one. */
    enum err err = object_pin(node, id, 0);
    if (!err)
        err = output_reserve_writes(node, sizeof record);
    if (!err)
        err = homes_add(&node->homes, id, node->number);
    if (!err)
        err = output_write(node, NODE_HOMES, (struct bytes){0},
                           (struct bytes){.data = record, .size = sizeof record});
    if (err)
        return err;
    node->hosted_count++;
    return object_pin(node, id, output_op(node));
}

enum err object_run(struct node *node, const struct node_run *request, struct call *call,
                    struct visit *visit, uint64_t *ret_run, enum fail *ret_fail)
{
    CHECK((call == NULL) != (visit == NULL));
    struct node_run output = *request;
    struct object *object = find_or_create(node, &request->object.id);
    struct run *run = malloc(sizeof *run);
    enum err err = object && run ? output_run(node, &output) : ERR_MEMORY;
    *ret_fail = FAIL_NONE;
    if (!err && object->run_count >= node->config.limits.object_run_count_max) {
        *ret_fail = FAIL_OVERLOADED;
        node->run_count--;
    }
    if (err || *ret_fail) {
        free(run);
        return err;
    }
    *run = (struct run){.number = ++node->last_run, .object = object, .call = call, .visit = visit};
    TABLE_ADD(hh, node->runs, number, run, &err);
    if (!err && !object->instance) {
        err = make_instance(node, object);
        if (err)
            HASH_DELETE(hh, node->runs, run);
    }
    if (err) {
        node->run_count--;
        free(run);
        return err;
    }
    if (object->idle)
        set_idle(node, object, false);
    object->run_count++;
    node->run_list[node->run_count - 1].run = run->number;
    node->run_list[node->run_count - 1].instance = object->instance;
    *ret_run = run->number;
    return OK;
}

/* A handler that never ends must not count for ever: then the object would be full, and never idle. */
static void end_run(struct node *node, struct run *run)
{
    struct object *object = run->object;
    HASH_DELETE(hh, node->runs, run);
    free(run);
    if (--object->run_count == 0)
        set_idle(node, object, true);
}

enum err object_done(struct node *node, uint64_t number, const struct outcome *outcome)
{
    struct run *run;
    HASH_FIND(hh, node->runs, &number, sizeof number, run);
    if (!run)
        return OK;
    uint64_t after_op = run->object->last_op;
    bool whole = outcome->rest_bytes == 0;
    if (run->done)
        return OK;
    enum err err = run->call ? call_done(node, run->call, outcome, after_op)
                             : visit_done(node, run->visit, outcome, after_op);
    HASH_FIND(hh, node->runs, &number, sizeof number, run);
    if (err || !run) /* it has gone with its call or visit */
        return err;
    run->done = true;
    if (whole) {
        stream_run_ended(node, run->call ? &run->call->exchange : &run->visit->exchange);
        end_run(node, run);
    }
    return OK;
}

void object_wrote(struct node *node, uint64_t instance)
{
    struct object *object = find_instance(node, instance);
    uint64_t op = output_op(node);
    if (object)
        object->last_op = op;
}

void object_broken(struct node *node, uint64_t instance)
{
    struct object *object = find_instance(node, instance);
    if (object)
        drop_instance(node, object);
}

uint64_t object_op(const struct node *node, uint64_t instance)
{
    struct object *object = instance ? find_instance(node, instance) : NULL;
    return object ? object->last_op : 0;
}

struct exchange *object_exchange(struct node *node, uint64_t number, uint64_t *ret_op)
{
    struct run *run;
    HASH_FIND(hh, node->runs, &number, sizeof number, run);
    if (!run)
        return NULL;
    *ret_op = run->object->last_op;
    return run->call ? &run->call->exchange : &run->visit->exchange;
}

void object_abandon(struct node *node, uint64_t number)
{
    struct run *run;
    HASH_FIND(hh, node->runs, &number, sizeof number, run);
    if (run)
        end_run(node, run);
}

/* An object whose writes are not durable stays: its struct knows what its answers wait for. */
static bool can_leave(const struct node *node, const struct object *object)
{
    return object->idle_at_us <= node->now_us && object->last_op <= node->durable_op;
}

enum err object_timeouts(struct node *node)
{
    while (node->idle && can_leave(node, node->idle)) {
        struct object *object = node->idle;
        if (object->instance) {
            enum err err = output_stop(node, object->instance);
            if (err)
                return err;
        }
        drop_instance(node, object);
        set_idle(node, object, false);
        CHECK(node->objects != NULL);
        HASH_DELETE(hh, node->objects, object);
        free(object);
    }
    return OK;
}

uint64_t object_deadline_us(const struct node *node)
{
    /* While its writes wait, PERSISTED comes before any need to look again. */
    if (!node->idle || node->idle->last_op > node->durable_op)
        return UINT64_MAX;
    return node->idle->idle_at_us;
}
