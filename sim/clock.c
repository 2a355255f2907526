#include "sim/observe.h"
#include "sim/world_internal.h"

/* The clock of each process: monotonic, as production reads it. */

/* span * numerator / denominator, without an overflow: both are about a million. */
static uint64_t scale(uint64_t span_us, uint64_t numerator, uint64_t denominator)
{
    return span_us / denominator * numerator + span_us % denominator * numerator / denominator;
}

static uint64_t speed_of(const struct process_clock *clock)
{
    return (uint64_t)(1000000 + clock->fast_ppm);
}

uint64_t clock_now_us(const struct world *world, size_t process)
{
    const struct process_clock *clock = &world->processes[process].clock;
    if (clock->frozen)
        return clock->then_us;
    uint64_t span_us = world->now_us - clock->since_us;
    return clock->then_us + (clock->fast_ppm ? scale(span_us, speed_of(clock), 1000000) : span_us);
}

/* When the clock will show `clock_us`, which is later than now, by the world's time. */
static uint64_t world_time_of(const struct process_clock *clock, uint64_t clock_us)
{
    uint64_t span_us = clock_us - clock->then_us;
    if (!clock->fast_ppm)
        return clock->since_us + span_us;
    /* Two more than rounding can lose. */
    return clock->since_us + scale(span_us, 1000000, speed_of(clock)) + 2;
}

enum err clock_set_alarm(struct world *world, size_t index)
{
    struct process *process = &world->processes[index];
    uint64_t deadline_us = process->stopped || process->doomed ? UINT64_MAX
                           : process->coord                    ? coord_deadline_us(process->coord)
                           : process->node                     ? node_deadline_us(process->node)
                                                               : UINT64_MAX;
    if (deadline_us == UINT64_MAX) {
        heap_remove(&world->alarms, &process->alarm);
        return OK;
    }
    uint64_t at_us = deadline_us <= clock_now_us(world, index)
                         ? world->now_us
                         : world_time_of(&process->clock, deadline_us);
    if (process->alarm.place && process->alarm.deadline_us == at_us)
        return OK;
    heap_remove(&world->alarms, &process->alarm);
    world->alarms.order = index; /* of several at once, the process listed first goes first */
    return heap_add(&world->alarms, &process->alarm, at_us);
}

/* From now on it goes on from what it shows now. */
static struct process_clock *rebase(struct world *world, size_t process)
{
    struct process_clock *clock = &world->processes[process].clock;
    clock->then_us = clock_now_us(world, process);
    clock->since_us = world->now_us;
    return clock;
}

enum err clock_freeze(struct world *world, size_t process, bool frozen)
{
    rebase(world, process)->frozen = frozen;
    return clock_set_alarm(world, process);
}

enum err world_set_clock(struct world *world, size_t process, int64_t fast_ppm)
{
    world_trace(world, "%s: the clock runs %ld ppm fast", world_process_name(world, process),
                (long)fast_ppm);
    rebase(world, process)->fast_ppm = fast_ppm;
    life_note_trouble(world, process);
    return clock_set_alarm(world, process);
}

enum err world_jump_clock(struct world *world, size_t process, uint64_t ahead_us)
{
    world_trace(world, "%s: the clock jumps ahead by %lu us", world_process_name(world, process),
                (unsigned long)ahead_us);
    rebase(world, process)->then_us += ahead_us;
    if (!world->processes[process].troubled) { /* what was due meanwhile is late */
        observe_life(world, SEEN_TROUBLED, process);
        observe_life(world, SEEN_WELL, process);
    }
    return clock_set_alarm(world, process);
}
