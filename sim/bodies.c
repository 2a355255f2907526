#include "sim/bodies.h"

#include <stdlib.h>

static uint64_t key_of(struct body_end end)
{
    return end.number << 1 | (end.side == BODY_OF_RUN);
}

static struct body *find(struct body *table, struct body_end end)
{
    struct body *body;
    uint64_t key = key_of(end);
    HASH_FIND(hh, table, &key, sizeof key, body);
    return body;
}

static struct body *create(struct body_end end, struct bytes bytes)
{
    struct body *body = calloc(1, sizeof *body);
    if (!body || buf_append(&body->data, bytes.data, bytes.size)) {
        free(body);
        return NULL;
    }
    body->key = key_of(end);
    return body;
}

static void destroy(struct body **table, struct body *body)
{
    HASH_DEL(*table, body);
    buf_finish(&body->data);
    free(body);
}

/* ---- writing ---- */

enum err bodies_write(struct world *world, size_t region, struct body_end end, uint64_t instance,
                      struct bytes rest)
{
    struct body *body = create(end, rest);
    if (!body)
        return ERR_MEMORY;
    body->instance = instance;
    HASH_ADD(hh, world->processes[region].writers, key, sizeof body->key, body);
    return OK;
}

static enum err plan(struct world *world, enum happening_kind kind, size_t region,
                     struct body_end end, uint64_t bytes)
{
    struct happening *happening = world_plan(world, kind, region, world->now_us);
    if (!happening)
        return ERR_MEMORY;
    happening->end = end;
    happening->op = bytes;
    return OK;
}

enum err bodies_on_pull(struct world *world, size_t region, const struct body_pull *pull)
{
    struct process *process = &world->processes[region];
    struct body *body = find(process->writers, pull->end);
    if (!body)
        return OK;
    if (pull->cancel) {
        destroy(&process->writers, body);
        return OK;
    }
    body->credit_bytes += pull->bytes;
    return plan(world, HAPPEN_WRITE, region, pull->end, 0);
}

/* One part, or the end that a break has brought. */
static enum err write_on(struct world *world, size_t region, struct body_end end)
{
    struct process *process = &world->processes[region];
    struct body *body = find(process->writers, end);
    struct node_event event = {.type = NODE_PART};
    if (!body)
        return OK;
    size_t size = body->data.size - body->sent;
    if (size > body->credit_bytes)
        size = (size_t)body->credit_bytes;
    bool last = size == body->data.size - body->sent;
    event.part = (struct body_part){.end = end,
                                    .step = body->broken ? BODY_BROKEN
                                            : last       ? BODY_LAST
                                                         : BODY_MORE,
                                    .bytes = {.data = body->data.data + body->sent, .size = size}};
    if (body->broken)
        event.part.bytes = BYTES_LITERAL("{}");
    body->sent += size;
    body->credit_bytes -= size;
    bool idle = size == 0 && event.part.step == BODY_MORE;
    struct buf kept = body->data; /* the step borrows it */
    if (event.part.step != BODY_MORE) {
        body->data = (struct buf){0};
        destroy(&process->writers, body);
    } else {
        kept = (struct buf){0};
    }
    enum err err = idle ? OK : process_step_node(world, region, event);
    buf_finish(&kept);
    return err;
}

enum err bodies_break(struct world *world, size_t region, uint64_t instance)
{
    struct body *body, *next;
    HASH_ITER (hh, world->processes[region].writers, body, next) {
        struct body_end end = {.side = body->key & 1 ? BODY_OF_RUN : BODY_OF_CALL,
                               .number = body->key >> 1};
        if (body->instance != instance || end.side != BODY_OF_RUN)
            continue;
        body->broken = true;
        /* Before it was pulled, nobody listens yet. */
        enum err err =
            body->sent || body->credit_bytes ? plan(world, HAPPEN_WRITE, region, end, 0) : OK;
        if (err)
            return err;
    }
    return OK;
}

/* ---- reading ---- */

enum err bodies_read(struct world *world, size_t region, struct body_end end, uint64_t instance,
                     struct bytes first)
{
    struct body *body = create(end, first);
    if (!body)
        return ERR_MEMORY;
    body->instance = instance;
    HASH_ADD(hh, world->processes[region].readers, key, sizeof body->key, body);
    return first.size ? plan(world, HAPPEN_TAKE, region, end, first.size) : OK;
}

enum err bodies_on_part(struct world *world, size_t region, const struct body_part *part)
{
    struct process *process = &world->processes[region];
    struct body *body = find(process->readers, part->end);
    if (!body)
        return OK;
    enum err err = OK;
    if (part->step != BODY_BROKEN) {
        err = buf_append(&body->data, part->bytes.data, part->bytes.size);
        if (!err && part->bytes.size)
            err = plan(world, HAPPEN_TAKE, region, part->end, part->bytes.size);
    }
    if (err || part->step == BODY_MORE)
        return err;
    err = objects_read(world, region, part, body->instance, &body->data);
    destroy(&process->readers, body);
    if (part->end.side == BODY_OF_CALL) /* no more of its request is wanted */
        bodies_end(world, region, part->end);
    return err;
}

enum err bodies_go_on(struct world *world, const struct happening *happening)
{
    struct node_event event = {.type = NODE_PULL};
    if (happening->kind == HAPPEN_WRITE)
        return write_on(world, happening->process, happening->end);
    event.pull = (struct body_pull){.end = happening->end, .bytes = happening->op};
    return process_step_node(world, happening->process, event);
}

/* ---- ends ---- */

void bodies_end(struct world *world, size_t region, struct body_end end)
{
    struct process *process = &world->processes[region];
    struct body *writer = find(process->writers, end), *reader = find(process->readers, end);
    if (writer && end.side == BODY_OF_CALL)
        destroy(&process->writers, writer);
    if (reader)
        destroy(&process->readers, reader);
}

static void forget_all(struct body **table)
{
    struct body *body, *next;
    HASH_ITER (hh, *table, body, next) {
        destroy(table, body);
    }
}

void bodies_forget(struct process *process)
{
    forget_all(&process->writers);
    forget_all(&process->readers);
}
