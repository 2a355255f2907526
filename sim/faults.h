#ifndef TERRELLA_SIM_FAULTS_H
#define TERRELLA_SIM_FAULTS_H

#include "sim/world.h"

/* What can go wrong in a world beside the crashes, wipes and cuts of sim/world.h. Each is a thing
 * that the real transport, disk, clock or operating system can do. A function that makes no sense
 * at the moment (waking a process that runs) does nothing. Directions: `from` -> `to`. */

/* ---- the network ---- */

/* Nothing passes this way any more. Until the link is given up, some seconds later, what is sent
 * waits, and arrives if the way is healed before. */
MUST_USE enum err world_cut_way(struct world *world, size_t from, size_t to);

/* Messages wait, in order, however long; world_heal lets them go. */
void world_hold(struct world *world, size_t from, size_t to);

/* Each message takes so much longer from now on. */
void world_delay(struct world *world, size_t from, size_t to, uint64_t more_us);

/* Every message everywhere takes up to so much longer, at random. */
void world_set_jitter(struct world *world, uint64_t more_us);

/* The next message (but no body's part) arrives a second time, a little later. */
void world_repeat(struct world *world, size_t from, size_t to);

/* A message that was lost with an earlier boot of either end arrives now, over the present link. */
MUST_USE enum err world_deliver_stale(struct world *world, size_t from, size_t to);

/* ---- the disk ---- */

enum disk_state {
    DISK_WELL,
    DISK_SLOW,    /* a commit takes as long as is told */
    DISK_FULL,    /* no commit succeeds; they are tried again when the disk is well */
    DISK_FAILING, /* commits are reported as failed and tried again later, but what they wrote may
                     be there after a crash */
    DISK_STATE_COUNT,
};
MUST_USE enum err world_set_disk(struct world *world, size_t process, enum disk_state state,
                                 uint64_t slow_us);

/* Keep a copy of what is durable, and put it back into a process that is down and has gone on since. */
MUST_USE enum err world_backup(struct world *world, size_t process);
MUST_USE enum err world_restore(struct world *world, size_t process);

/* What a copy has replaced comes back. A process that runs on the copy dies before. */
MUST_USE enum err world_newest(struct world *world, size_t process);

/* ---- processes ---- */

/* As SIGSTOP: it hears nothing, its timers do not fire, what arrives waits. Peers give up the links
 * after a while. When it wakes, all comes at once. With `clock_too`, its clock stands still as
 * well, as in a suspended machine. */
MUST_USE enum err world_stop(struct world *world, size_t process, bool clock_too);
MUST_USE enum err world_wake(struct world *world, size_t process);
bool world_is_stopped(const struct world *world, size_t process);

/* A second process is started on the data of one: it ends at once while that one lives, stopped or not. */
MUST_USE enum err world_twin(struct world *world, size_t process);

/* Something that a process does, after which it is to crash: once, and at once. */
enum moment {
    MOMENT_NONE,
    MOMENT_WRITE,     /* an operation was put into a batch */
    MOMENT_COMMIT,    /* one was made durable, but the core has not heard of it */
    MOMENT_PERSISTED, /* ... and has */
    MOMENT_SENT,      /* a message of a certain type has left */
    MOMENT_RUN,       /* a handler has begun */
    MOMENT_DONE,      /* one has ended */
    MOMENT_COUNT,
};
void world_crash_at(struct world *world, size_t process, enum moment moment, enum msg_type type);

/* A crash in which up to `op_count` of the operations that were not acknowledged are on the disk. */
MUST_USE enum err world_crash_keeping(struct world *world, size_t process, uint64_t op_count);

/* ---- clocks ---- */

/* Each process has a monotonic clock of its own: it never goes back, but may run at another speed,
 * and jump ahead. */
MUST_USE enum err world_set_clock(struct world *world, size_t process, int64_t fast_ppm);
MUST_USE enum err world_jump_clock(struct world *world, size_t process, uint64_t ahead_us);

#endif
