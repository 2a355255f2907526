#include "common/check.h"
#include "sim/observe.h"
#include "sim/world_internal.h"

#include <inttypes.h>
#include <string.h>

/* Processes come and go. A process that dies in the middle of an event only becomes doomed there:
 * its core's memory is still being read. It does nothing more, and is taken away after the event. */

bool world_is_up(const struct world *world, size_t process)
{
    return world->processes[process].coord || world->processes[process].node;
}

bool world_is_stopped(const struct world *world, size_t process)
{
    return world->processes[process].stopped;
}

bool process_is_alive(const struct world *world, size_t process)
{
    return world_is_up(world, process) && !world->processes[process].doomed;
}

void life_note_trouble(struct world *world, size_t index)
{
    struct process *process = &world->processes[index];
    bool troubled = process->stopped || process->disk_state != DISK_WELL || process->clock.fast_ppm;
    if (troubled != process->troubled)
        observe_life(world, troubled ? SEEN_TROUBLED : SEEN_WELL, index);
    process->troubled = troubled;
}

/* ---- start and end ---- */

enum err world_start(struct world *world, size_t index)
{
    struct process *process = &world->processes[index];
    if (world_is_up(world, index))
        return OK;
    process->boot++;
    lives_begin(&process->lives, ++world->last_life);
    enum err err = process_create_core(world, index);
    if (!err)
        err = process_restore(world, index);
    world_trace(world, "%s starts, boot %" PRIu64, world_process_name(world, index), process->boot);
    observe_life(world, SEEN_STARTED, index);
    if (!err && process->node && node_is_outdated(process->node)) {
        world_trace(world, "%s ends: %s", world_process_name(world, index),
                    node_refusal(process->node));
        return world_crash(world, index);
    }
    process->alone = process->node && !node_is_open(process->node);
    if (!err)
        err = clock_set_alarm(world, index);
    for (size_t peer = 0; !err && peer < world->process_count; peer++)
        err = network_plan_up(world, index, peer);
    return err;
}

enum err life_open(struct world *world, size_t index)
{
    enum err err = OK;
    world->processes[index].alone = false;
    for (size_t peer = 0; !err && peer < world->region_count; peer++)
        err = network_plan_up(world, index, peer);
    return err;
}

/* What waited for it comes now; if it has died, that is lost, like all that was under way to it. */
static enum err release_deferred(struct world *world, struct process *process)
{
    while (process->deferred) {
        struct happening *happening = process->deferred;
        DL_DELETE(process->deferred, happening);
        enum err err = heap_add(&world->happenings, &happening->item, world->now_us);
        if (err)
            return err;
    }
    return OK;
}

enum err world_crash_keeping(struct world *world, size_t index, uint64_t op_count)
{
    struct process *process = &world->processes[index];
    if (!world_is_up(world, index))
        return OK;
    world_trace(world, "%s crashes", world_process_name(world, index));
    enum err err = disk_sync(&process->disk, process->durable_op + op_count);
    disk_crash(&process->disk);
    coord_destroy(process->coord);
    node_destroy(process->node);
    objects_forget(process);
    process->coord = NULL;
    process->node = NULL;
    process->stopped = process->doomed = false;
    process->clock.since_us = process->clock.frozen ? world->now_us : process->clock.since_us;
    process->clock.frozen = false;
    process->crash_moment = MOMENT_NONE;
    process->durable_op = process->stuck_op = process->persisted_us = 0;
    heap_remove(&world->alarms, &process->alarm);
    observe_life(world, SEEN_CRASHED, index);
    life_note_trouble(world, index);
    if (!err)
        err = release_deferred(world, process);
    for (size_t peer = 0; !err && peer < world->process_count; peer++)
        if (peer != index)
            err = network_bring_down(world, index, peer, 0);
    network_forget(world, index);
    return err ? err : life_reap(world);
}

enum err world_crash(struct world *world, size_t process)
{
    return world_crash_keeping(world, process, 0);
}

enum err life_reap(struct world *world)
{
    while (world->doom) {
        world->doom = false;
        for (size_t i = 0; i < world->process_count; i++) {
            enum err err = world->processes[i].doomed ? world_crash(world, i) : OK;
            if (err)
                return err;
        }
    }
    return OK;
}

void world_crash_at(struct world *world, size_t process, enum moment moment, enum msg_type type)
{
    if (!world_is_up(world, process))
        return;
    world->processes[process].crash_moment = moment;
    world->processes[process].crash_type = type;
}

bool process_reached(struct world *world, size_t index, enum moment moment, enum msg_type type)
{
    struct process *process = &world->processes[index];
    if (process->doomed)
        return true;
    if (process->crash_moment != moment || (moment == MOMENT_SENT && process->crash_type != type))
        return false;
    process->doomed = world->doom = true;
    return true;
}

/* ---- its data ---- */

enum err world_wipe(struct world *world, size_t index)
{
    struct process *process = &world->processes[index];
    if (world_is_up(world, index))
        return OK;
    world_trace(world, "%s loses its data", world_process_name(world, index));
    disk_finish(&process->disk);
    process->backup.there = process->newest.there = false;
    process->lives = (struct lives){{0}};
    process->boot = rng_next(&world->id_rng) >> 16;
    for (size_t i = 0; i < CLUSTER_ID_BYTES; i++)
        process->incarnation[i] = (uint8_t)rng_next(&world->id_rng);
    observe_life(world, SEEN_WIPED, index);
    return OK;
}

static enum err keep_copy(const struct process *process, struct data_copy *copy)
{
    disk_finish(&copy->disk);
    copy->there = true;
    copy->boot = process->boot;
    copy->lives = process->lives;
    memcpy(copy->incarnation, process->incarnation, CLUSTER_ID_BYTES);
    return disk_copy(&process->disk, &copy->disk);
}

static enum err put_back(struct world *world, size_t index, const struct data_copy *copy)
{
    struct process *process = &world->processes[index];
    disk_finish(&process->replaced);
    process->replaced = process->disk;
    process->disk = (struct disk){0};
    process->boot = copy->boot;
    process->lives = copy->lives;
    memcpy(process->incarnation, copy->incarnation, CLUSTER_ID_BYTES);
    enum err err = disk_copy(&copy->disk, &process->disk);
    observe_restored(world, index, copy != &process->newest);
    return err;
}

enum err world_backup(struct world *world, size_t index)
{
    struct process *process = &world->processes[index];
    world_trace(world, "%s: its data is copied", world_process_name(world, index));
    return keep_copy(process, &process->backup);
}

enum err world_restore(struct world *world, size_t index)
{
    struct process *process = &world->processes[index];
    bool older = process->backup.disk.version < process->disk.version ||
                 (process->backup.boot < process->boot && index != world->region_count);
    if (world_is_up(world, index) || !process->backup.there || !older)
        return OK;
    world_trace(world, "%s: the copy is put back", world_process_name(world, index));
    enum err err = process->newest.there ? OK : keep_copy(process, &process->newest);
    return err ? err : put_back(world, index, &process->backup);
}

enum err world_newest(struct world *world, size_t index)
{
    struct process *process = &world->processes[index];
    if (!process->newest.there)
        return OK;
    enum err err = world_crash(world, index);
    world_trace(world, "%s: the newest data is put back", world_process_name(world, index));
    if (!err)
        err = put_back(world, index, &process->newest);
    process->newest.there = false;
    return err;
}

/* The lock belongs to the process, not to its running: a stopped one still holds it. */
enum err world_twin(struct world *world, size_t index)
{
    if (!world_is_up(world, index))
        return world_start(world, index);
    world_trace(world, "a second %s ends at once: the data is in use",
                world_process_name(world, index));
    return OK;
}

/* ---- stop and go ---- */

enum err world_stop(struct world *world, size_t index, bool clock_too)
{
    struct process *process = &world->processes[index];
    if (!world_is_up(world, index) || process->stopped)
        return OK;
    world_trace(world, "%s is %s", world_process_name(world, index),
                clock_too ? "suspended" : "stopped");
    enum err err = clock_too ? clock_freeze(world, index, true) : OK;
    process->stopped = true;
    life_note_trouble(world, index);
    heap_remove(&world->alarms, &process->alarm);
    for (size_t peer = 0; !err && peer < world->process_count; peer++)
        err = peer == index ? OK : network_plan_give_up(world, peer, index);
    return err;
}

/* First what was there already, in its order, then the links that were given up meanwhile. */
enum err world_wake(struct world *world, size_t index)
{
    struct process *process = &world->processes[index];
    if (!process->stopped)
        return OK;
    world_trace(world, "%s wakes", world_process_name(world, index));
    process->stopped = false;
    enum err err = release_deferred(world, process);
    if (!err)
        err = clock_freeze(world, index, false);
    life_note_trouble(world, index);
    for (size_t peer = 0; !err && peer < world->process_count; peer++)
        err = network_plan_up(world, index, peer);
    return err;
}
