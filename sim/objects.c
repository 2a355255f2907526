#include "common/check.h"
#include "sim/bodies.h"
#include "sim/observe.h"
#include "sim/world_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The simulated objects: their handlers count, write, ask each other and fail, as the head of each
 * call tells them. */

/* How a call's head is packed: as much of it as has asks. */
struct call_head {
    uint64_t token;
    uint64_t slow_us;
    uint32_t work;
    uint32_t count; /* of asks; SIZED: bytes of the answer */
    struct object_ref asks[WORLD_ASKS_MAX];
};

static struct call_head read_head(struct bytes bytes)
{
    struct call_head head;
    CHECK(bytes.size >= offsetof(struct call_head, asks) && bytes.size <= sizeof head);
    memset(&head, 0, sizeof head);
    memcpy(&head, bytes.data, bytes.size);
    return head;
}

uint64_t world_token(struct bytes head)
{
    uint64_t token = 0;
    CHECK(head.size >= sizeof token);
    memcpy(&token, head.data, sizeof token);
    return token;
}

bool objects_writes(struct bytes head)
{
    uint32_t work = read_head(head).work;
    return work == WORK_WRITE || work == WORK_SIZED_WRITE;
}

static struct instance *find_instance(const struct process *process, uint64_t number)
{
    struct instance *instance;
    HASH_FIND(hh, process->instances, &number, sizeof number, instance);
    return instance;
}

/* ---- calls ---- */

static struct bytes first_part(struct bytes body)
{
    if (body.size > BODY_PART_BYTES_MAX)
        body.size = BODY_PART_BYTES_MAX;
    return body;
}

static struct bytes rest_of(struct bytes body)
{
    size_t first = first_part(body).size;
    return body.size == first ? (struct bytes){0}
                              : (struct bytes){.data = (const uint8_t *)body.data + first,
                                               .size = body.size - first};
}

static struct body_end end_of_call(uint64_t token)
{
    return (struct body_end){.side = BODY_OF_CALL, .number = token};
}

static struct body_end end_of_run(uint64_t run)
{
    return (struct body_end){.side = BODY_OF_RUN, .number = run};
}

static enum err call(struct world *world, size_t region, uint64_t from_instance,
                     const struct world_call *what, uint64_t token)
{
    struct call_head head;
    memset(&head, 0, sizeof head); /* padding travels, too */
    head.token = token;
    head.slow_us = what->slow_us;
    head.work = what->work;
    bool sized = what->work == WORK_SIZED || what->work == WORK_SIZED_WRITE;
    head.count = sized ? what->answer_bytes : (uint32_t)what->ask_count;
    for (size_t i = 0; i < what->ask_count; i++) {
        memcpy(&head.asks[i].id, &what->asks[i].id, sizeof head.asks[i].id);
        head.asks[i].kind = what->asks[i].kind;
        head.asks[i].jurisdiction = what->asks[i].jurisdiction;
    }
    struct node_event event = {.type = NODE_CALL};
    event.call = (struct node_call){
        .token = token,
        .from_instance = from_instance,
        .object = what->object,
        .hint = what->hint,
        .head = {.data = &head,
                 .size = offsetof(struct call_head, asks) + what->ask_count * sizeof head.asks[0]},
        .body = first_part(what->body),
        .rest_bytes = rest_of(what->body).size,
    };
    enum err err = OK;
    if (event.call.rest_bytes)
        err = bodies_write(world, region, end_of_call(token), 0, rest_of(what->body));
    return err ? err : process_step_node(world, region, event);
}

enum err world_call(struct world *world, size_t region, const struct world_call *what,
                    uint64_t *ret_token)
{
    *ret_token = ++world->last_token;
    world_trace(world, "%s calls %02x%02x", world_process_name(world, region),
                what->object.id.bytes[0], what->object.id.bytes[1]);
    enum err err = call(world, region, 0, what, *ret_token);
    return err ? err : life_reap(world);
}

enum err world_locate(struct world *world, size_t region, const struct object_ref *object)
{
    struct node_event event = {.type = NODE_LOCATE};
    event.locate.object = *object;
    world_trace(world, "%s looks for %02x%02x", world_process_name(world, region),
                object->id.bytes[0], object->id.bytes[1]);
    enum err err = process_step_node(world, region, event);
    return err ? err : life_reap(world);
}

/* ---- instances ---- */

static struct instance *add_instance(struct process *process, const struct node_run *run)
{
    struct instance *instance = calloc(1, sizeof *instance);
    if (!instance)
        return NULL;
    instance->number = run->instance;
    instance->id = run->object.id;
    struct bytes stored =
        disk_read(&process->disk, TABLE_STORAGE,
                  (struct bytes){.data = instance->id.bytes, .size = sizeof instance->id.bytes});
    if (stored.data)
        memcpy(&instance->stored, stored.data, sizeof instance->stored);
    HASH_ADD(hh, process->instances, number, sizeof instance->number, instance);
    return instance;
}

void objects_stop(struct world *world, size_t region, uint64_t number)
{
    struct process *process = &world->processes[region];
    struct instance *instance = find_instance(process, number);
    world_trace(world, "%s drops instance %" PRIu64, world_process_name(world, region), number);
    if (!instance)
        return;
    observe_dropped(world, region, &instance->id, number);
    HASH_DEL(process->instances, instance);
    free(instance);
}

void objects_forget(struct process *process)
{
    struct instance *instance, *next_instance;
    HASH_ITER (hh, process->instances, instance, next_instance) {
        HASH_DEL(process->instances, instance);
        free(instance);
    }
    bodies_forget(process);
    struct open_run *run, *next_run;
    HASH_ITER (hh, process->open_runs, run, next_run) {
        HASH_DEL(process->open_runs, run);
        free(run);
    }
}

/* ---- runs ---- */

static struct happening *plan_done(struct world *world, size_t region, uint64_t run,
                                   uint64_t instance, uint64_t after_us)
{
    struct happening *done = world_plan(world, HAPPEN_DONE, region, world->now_us + after_us);
    if (!done)
        return NULL;
    done->run = run;
    done->instance = instance;
    return done;
}

static enum err keep_open(struct process *process, uint64_t token, uint64_t run, uint64_t instance)
{
    struct open_run *open = malloc(sizeof *open);
    if (!open)
        return ERR_MEMORY;
    *open = (struct open_run){.token = token, .run = run, .instance = instance};
    HASH_ADD(hh, process->open_runs, token, sizeof open->token, open);
    return OK;
}

static enum err say_number(struct buf *text, uint64_t number)
{
    char digits[32];
    int size = snprintf(digits, sizeof digits, "%" PRIu64, number);
    text->size = 0;
    return buf_append(text, digits, (size_t)size);
}

static enum err begin_work(struct world *world, size_t region, const struct node_run *run,
                           const struct call_head *head, struct instance *instance)
{
    if (head->work == WORK_NEVER)
        return keep_open(&world->processes[region], UINT64_MAX - run->run, run->run, run->instance);
    if (head->work == WORK_ECHO && run->rest_bytes)
        return bodies_read(world, region, end_of_run(run->run), run->instance, run->body);
    struct happening *done =
        plan_done(world, region, run->run, run->instance, world->config.service_us + head->slow_us);
    if (!done)
        return ERR_MEMORY;
    done->work = (enum work_kind)head->work;
    if (head->work == WORK_ECHO)
        return buf_append(&done->bytes, run->body.data, run->body.size);
    if (head->work == WORK_ASK) /* whom it will ask */
        return buf_append(&done->bytes, run->head.data, run->head.size);
    return say_number(&done->bytes, instance->run_count);
}

/* Without an instance: what it answers is nobody's state. */
static enum err run_light(struct world *world, size_t region, const struct node_run *run)
{
    struct call_head head;
    memcpy(&head, run->head.data, offsetof(struct call_head, asks));
    observe_run(world, region, run, false, 0);
    struct happening *done =
        plan_done(world, region, run->run, run->instance, world->config.service_us + head.slow_us);
    if (!done)
        return ERR_MEMORY;
    done->work = (enum work_kind)head.work;
    done->token = head.token;
    done->answer_bytes = head.count;
    return run->rest_bytes
               ? bodies_read(world, region, end_of_run(run->run), run->instance, run->body)
               : OK;
}

static enum err done_light(struct world *world, struct happening *happening)
{
    size_t region = happening->process;
    enum err err = OK;
    if (happening->work == WORK_SIZED_WRITE) {
        struct node_event wrote = {.type = NODE_WROTE};
        wrote.instance = happening->instance;
        err = process_step_node(world, region, wrote);
    }
    if (world->zeros.size < happening->answer_bytes) {
        size_t more = happening->answer_bytes - world->zeros.size;
        uint8_t *end = buf_reserve(&world->zeros, more);
        if (!end)
            return ERR_MEMORY;
        memset(end, 0, more);
        world->zeros.size += more;
    }
    struct bytes body = {.data = happening->answer_bytes ? world->zeros.data : NULL,
                         .size = happening->answer_bytes};
    struct node_event event = {.type = NODE_DONE};
    event.done.run = happening->run;
    event.done.outcome =
        (struct outcome){.kind = OUTCOME_RESPONSE,
                         .head = {.data = &happening->token, .size = sizeof happening->token},
                         .body = first_part(body),
                         .rest_bytes = rest_of(body).size};
    bodies_end(world, region, end_of_run(happening->run));
    if (!err && event.done.outcome.rest_bytes)
        err = bodies_write(world, region, end_of_run(happening->run), happening->instance,
                           rest_of(body));
    return err ? err : process_step_node(world, region, event);
}

enum err objects_run(struct world *world, size_t region, const struct node_run *run)
{
    if (world->config.light)
        return run_light(world, region, run);
    struct process *process = &world->processes[region];
    struct instance *instance = find_instance(process, run->instance);
    struct call_head head = read_head(run->head);
    bool fresh = !instance;
    if (fresh)
        instance = add_instance(process, run);
    if (!instance)
        return ERR_MEMORY;
    world_trace(world, "%s runs %02x%02x, instance %" PRIu64 ", run %" PRIu64,
                world_process_name(world, region), run->object.id.bytes[0], run->object.id.bytes[1],
                run->instance, run->run);
    observe_run(world, region, run, fresh, instance->stored);
    instance->run_count += head.work != WORK_ECHO;
    return begin_work(world, region, run, &head, instance);
}

/* The handler calls another object, which may ask the next one; the last of them writes. */
static enum err ask(struct world *world, struct happening *happening)
{
    struct call_head head = read_head(buf_bytes(&happening->bytes));
    struct world_call next = {.work = WORK_WRITE};
    next.object = head.asks[0];
    next.ask_count = head.count - 1;
    if (next.ask_count)
        next.work = WORK_ASK;
    for (size_t i = 0; i < next.ask_count; i++)
        next.asks[i] = head.asks[i + 1];
    uint64_t token = ++world->last_token;
    enum err err = keep_open(&world->processes[happening->process], token, happening->run,
                             happening->instance);
    return err ? err : call(world, happening->process, happening->instance, &next, token);
}

/* A Worker's call has ended, with all of its answer. */
static enum err tell_answer(struct world *world, uint64_t token, const struct outcome *outcome)
{
    if (world->events.answer)
        world->events.answer(world->owner, token, outcome);
    return OK;
}

enum err objects_read(struct world *world, size_t region, const struct body_part *end,
                      uint64_t instance, struct buf *body)
{
    bool broken = end->step == BODY_BROKEN;
    if (end->end.side == BODY_OF_CALL) {
        struct outcome outcome = {.kind = OUTCOME_RESPONSE, .body = buf_bytes(body)};
        if (broken)
            outcome = (struct outcome){.kind = end->fail ? OUTCOME_FAILED : OUTCOME_THROWN,
                                       .fail = end->fail};
        memcpy(outcome.region, end->region, sizeof outcome.region);
        return tell_answer(world, end->end.number, &outcome);
    }
    if (world->config.light) /* its end is planned already */
        return OK;
    struct happening *done =
        plan_done(world, region, end->end.number, instance, world->config.service_us);
    if (!done)
        return ERR_MEMORY;
    done->work = broken ? WORK_THROW : WORK_ECHO;
    struct buf swapped = done->bytes;
    done->bytes = *body;
    *body = swapped;
    return OK;
}

enum err objects_answer(struct world *world, size_t region, const struct node_answer *answer)
{
    struct process *process = &world->processes[region];
    struct open_run *open;
    HASH_FIND(hh, process->open_runs, &answer->token, sizeof answer->token, open);
    if (!open && answer->outcome.rest_bytes)
        return bodies_read(world, region, end_of_call(answer->token), 0, answer->outcome.body);
    bodies_end(world, region, end_of_call(answer->token));
    if (!open)
        return tell_answer(world, answer->token, &answer->outcome);
    struct happening *done = plan_done(world, region, open->run, open->instance, 0);
    if (!done)
        return ERR_MEMORY;
    done->work = answer->outcome.kind == OUTCOME_RESPONSE ? WORK_READ : WORK_THROW;
    HASH_DEL(process->open_runs, open);
    free(open);
    return buf_append(&done->bytes, answer->outcome.body.data, answer->outcome.body.size);
}

/* Its runs that wait for something else end with it. */
static enum err break_instance(struct world *world, size_t region, uint64_t instance)
{
    struct process *process = &world->processes[region];
    struct open_run *open, *next;
    HASH_ITER (hh, process->open_runs, open, next) {
        if (open->instance != instance)
            continue;
        if (!plan_done(world, region, open->run, instance, 0))
            return ERR_MEMORY;
        HASH_DEL(process->open_runs, open);
        free(open);
    }
    enum err err = bodies_break(world, region, instance);
    struct node_event event = {.type = NODE_BROKEN};
    event.instance = instance;
    objects_stop(world, region, instance);
    return err ? err : process_step_node(world, region, event);
}

static enum err write(struct world *world, struct happening *happening)
{
    struct process *process = &world->processes[happening->process];
    struct node_event event = {.type = NODE_WROTE};
    event.instance = happening->instance;
    enum err err = process_step_node(world, happening->process, event);
    struct instance *instance = find_instance(process, happening->instance);
    return err || !instance ? err : say_number(&happening->bytes, instance->stored);
}

enum err objects_done(struct world *world, struct happening *happening)
{
    if (world->config.light)
        return done_light(world, happening);
    size_t region = happening->process;
    bool there = find_instance(&world->processes[region], happening->instance) != NULL;
    enum err err = OK;
    if (there && happening->work == WORK_ASK)
        return ask(world, happening);
    if (there && happening->work == WORK_WRITE)
        err = write(world, happening);
    if (there && happening->work == WORK_BREAK)
        err = break_instance(world, region, happening->instance);
    bool thrown = !there || happening->work == WORK_BREAK || happening->work == WORK_THROW;
    world_tell(world, (struct told){.kind = TOLD_ENDED, .process = region, .run = happening->run});
    struct node_event event = {.type = NODE_DONE};
    event.done.run = happening->run;
    event.done.outcome = (struct outcome){.kind = thrown ? OUTCOME_THROWN : OUTCOME_RESPONSE,
                                          .head = BYTES_LITERAL("200"),
                                          .body = first_part(buf_bytes(&happening->bytes))};
    struct bytes rest = rest_of(buf_bytes(&happening->bytes));
    bodies_end(world, region, end_of_run(happening->run));
    if (!err && !thrown && rest.size) {
        event.done.outcome.rest_bytes = rest.size;
        err = bodies_write(world, region, end_of_run(happening->run), happening->instance, rest);
    }
    if (!err)
        err = process_step_node(world, region, event);
    if (!err)
        process_reached(world, region, MOMENT_DONE, 0);
    return err;
}
