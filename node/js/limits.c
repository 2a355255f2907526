#include "node/js/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ucontext.h>
#include <time.h>
#include <unistd.h>

enum {
    TICK_US = 5000,
    CHARGE_US_MAX = 50000, /* for one tick, however late it comes */
    STOP_TICK_US = 200,    /* between interrupts: few of them find the thread in a good place */
    INTERRUPTS_PER_LIMIT = 16,
    LIMIT_FIRES_US = 3000,
    IDLE_TICKS_MAX = 20, /* without a turn, then the thread sleeps */
    POLL_SECONDS_DIVISOR = 200,
};

struct watch {
    JSContextGroupRef group;
    size_t memory_limit_bytes;
    pthread_t thread, script_thread;
    clockid_t script_clock;
    int statm;
    uintptr_t code_start, code_end; /* where the engine puts compiled code */
    bool polling;                   /* no compiled code: the engine's limit is always on */
    sem_t wake;
    atomic_bool asleep, closing;
    _Atomic uint64_t turn; /* odd while one is on */
    _Atomic uint64_t cpu_limit_us;
    _Atomic uint64_t stop_turn; /* the turn that is to be stopped */
    _Atomic int stop_reason;
    _Atomic uint64_t beat_count;           /* interrupts that the thread has taken */
    volatile sig_atomic_t interrupts_left; /* before the engine's limit is set once more */
};

static _Thread_local struct watch *watch_here;

static int interrupt_signal(void)
{
    return SIGRTMIN + 6;
}

bool watch_is_stopping(const struct watch *watch)
{
    return atomic_load(&watch->stop_turn) == atomic_load(&watch->turn);
}

/* The engine asks, on the thread that runs script, whether to go on. */
static bool should_stop(JSContextRef context, void *data)
{
    struct watch *watch = data;
    (void)context;
    if (watch_is_stopping(watch))
        return true;
    if (watch->polling)
        JSContextGroupSetExecutionTimeLimit(watch->group, 1.0 / POLL_SECONDS_DIVISOR, should_stop,
                                            watch);
    return false;
}

/* Let processor time of this thread pass, in a signal handler. */
static void spin(uint64_t duration_us)
{
    struct timespec start, now;
    int64_t spent_us;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    do {
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        spent_us = (now.tv_sec - start.tv_sec) * 1000000 + (now.tv_nsec - start.tv_nsec) / 1000;
    } while (spent_us < (int64_t)duration_us);
}

/* Within compiled code no lock of the engine or of the C library is held, so that its limit may be
 * set from a signal handler. Anywhere else the next interrupt may have more luck. */
static void on_interrupt(int number, siginfo_t *info, void *data)
{
    struct watch *watch = watch_here;
    uintptr_t place = (uintptr_t)((ucontext_t *)data)->uc_mcontext.gregs[REG_RIP];
    (void)number;
    (void)info;
    if (!watch)
        return;
    atomic_fetch_add_explicit(&watch->beat_count, 1, memory_order_relaxed);
    if (!watch_is_stopping(watch) || place < watch->code_start || place >= watch->code_end)
        return;
    if (watch->interrupts_left) { /* what has fired is about to be heeded */
        watch->interrupts_left--;
        return;
    }
    watch->interrupts_left = INTERRUPTS_PER_LIMIT;
    int saved_errno = errno;
    JSContextGroupSetExecutionTimeLimit(watch->group, 0, should_stop, watch);
    /* The engine starts one more timer whenever script is entered under a limit, and aborts when script
     * heeds one timer just as the next one fires (VMTraps::requestThreadStopIfNeeded, 2.50). So let this
     * one fire, and take the limit off: what has fired stays so until script leaves. */
    spin(LIMIT_FIRES_US);
    JSContextGroupClearExecutionTimeLimit(watch->group);
    errno = saved_errno;
}

size_t watch_resident_bytes(const struct watch *watch)
{
    char text[64] = "";
    unsigned long size_pages = 0, resident_pages = 0;
    if (pread(watch->statm, text, sizeof text - 1, 0) <= 0)
        return 0;
    if (sscanf(text, "%lu %lu", &size_pages, &resident_pages) != 2)
        return 0;
    return resident_pages * (size_t)sysconf(_SC_PAGESIZE);
}

static uint64_t script_cpu_us(const struct watch *watch)
{
    struct timespec used;
    if (clock_gettime(watch->script_clock, &used))
        return 0;
    return (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000;
}

/* Either the next tick, or somebody's wish that this thread looks again. */
static void nap(struct watch *watch, long duration_us)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += duration_us * 1000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (sem_timedwait(&watch->wake, &until) && errno == EINTR)
        ;
}

static void sleep_until_turn(struct watch *watch, uint64_t turn_seen)
{
    atomic_store(&watch->asleep, true);
    if (atomic_load(&watch->turn) == turn_seen && !atomic_load(&watch->closing))
        while (sem_wait(&watch->wake) && errno == EINTR)
            ;
    atomic_store(&watch->asleep, false);
}

/* What a turn has used so far, as watch_main() sees it. */
struct charge {
    uint64_t turn;
    uint64_t used_us;
    uint64_t cpu_us, beat_count; /* up to where it is counted */
    size_t resident_start;
};

static struct charge charge_start(const struct watch *watch, uint64_t turn)
{
    return (struct charge){.turn = turn,
                           .cpu_us = script_cpu_us(watch),
                           .beat_count = atomic_load(&watch->beat_count),
                           .resident_start = watch_resident_bytes(watch)};
}

/* The clock of a thread goes on while its processor, or the whole machine, is virtual and stands
 * still; that must not stop anybody's code. So a turn pays only for ticks in which its thread was
 * alive to a signal, and only so much for each. */
static uint64_t charge_add(const struct watch *watch, struct charge *charge)
{
    uint64_t cpu_us = script_cpu_us(watch), beat_count = atomic_load(&watch->beat_count);
    if (beat_count != charge->beat_count) {
        uint64_t used_us = cpu_us - charge->cpu_us;
        charge->used_us += used_us < CHARGE_US_MAX ? used_us : CHARGE_US_MAX;
        charge->cpu_us = cpu_us;
        charge->beat_count = beat_count;
    }
    pthread_kill(watch->script_thread, interrupt_signal());
    return charge->used_us;
}

static void stop_turn(struct watch *watch, uint64_t turn, enum watch_stop reason)
{
    atomic_store(&watch->stop_reason, (int)reason);
    atomic_store(&watch->stop_turn, turn);
    while (atomic_load(&watch->turn) == turn && !atomic_load(&watch->closing)) {
        pthread_kill(watch->script_thread, interrupt_signal());
        nap(watch, STOP_TICK_US);
    }
}

/* What a hog leaves behind stays resident for a while, and is not the fault of who comes next: a
 * turn is a hog by what it adds itself. Far beyond the limit, whoever adds anything is stopped. */
static bool is_hog(const struct watch *watch, size_t start_bytes, size_t now_bytes)
{
    size_t limit_bytes = watch->memory_limit_bytes;
    if (now_bytes <= limit_bytes || now_bytes <= start_bytes)
        return false;
    return now_bytes - start_bytes > limit_bytes / 8 || now_bytes > limit_bytes + limit_bytes / 2;
}

static void *watch_main(void *data)
{
    struct watch *watch = data;
    struct charge charge = {0};
    int idle_ticks = 0;
    while (!atomic_load(&watch->closing)) {
        nap(watch, TICK_US);
        uint64_t turn = atomic_load(&watch->turn);
        if (turn == charge.turn && turn % 2 == 0 && ++idle_ticks > IDLE_TICKS_MAX) {
            sleep_until_turn(watch, turn);
            idle_ticks = 0;
        } else if (turn != charge.turn) {
            idle_ticks = 0;
            charge = charge_start(watch, turn);
        } else if (turn % 2 == 1) {
            if (charge_add(watch, &charge) > atomic_load(&watch->cpu_limit_us))
                stop_turn(watch, turn, WATCH_TIME);
            else if (is_hog(watch, charge.resident_start, watch_resident_bytes(watch)))
                stop_turn(watch, turn, WATCH_MEMORY);
        }
    }
    return NULL;
}

void watch_enter(struct watch *watch, uint64_t cpu_limit_us)
{
    atomic_store_explicit(&watch->cpu_limit_us, cpu_limit_us, memory_order_relaxed);
    atomic_fetch_add(&watch->turn, 1);
    if (atomic_load_explicit(&watch->asleep, memory_order_relaxed))
        sem_post(&watch->wake);
}

enum watch_stop watch_leave(struct watch *watch)
{
    bool stopping = watch_is_stopping(watch);
    atomic_fetch_add(&watch->turn, 1);
    watch->interrupts_left = 0;
    return stopping ? (enum watch_stop)atomic_load(&watch->stop_reason) : WATCH_NONE;
}

struct mapping {
    unsigned long start, end;
    bool executable, nameless;
};

static bool read_mapping(FILE *maps, struct mapping *ret_mapping)
{
    char line[512], access[8] = "", path[8] = "";
    if (!fgets(line, sizeof line, maps))
        return false;
    *ret_mapping = (struct mapping){0};
    if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %7s", &ret_mapping->start, &ret_mapping->end, access,
               path) < 3)
        return false;
    ret_mapping->executable = strchr(access, 'x');
    ret_mapping->nameless = !path[0];
    return true;
}

/* The engine keeps compiled code in one large reservation that belongs to no file. Parts of it may
 * have other rights than the rest, so neighbours are taken together. */
static void find_code(struct watch *watch)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    struct mapping mapping, area = {0};
    while (maps && read_mapping(maps, &mapping)) {
        if (!mapping.nameless)
            continue;
        if (mapping.start == area.end) {
            area.end = mapping.end;
            area.executable |= mapping.executable;
        } else {
            area = mapping;
        }
        if (area.executable && area.end - area.start > watch->code_end - watch->code_start) {
            watch->code_start = area.start;
            watch->code_end = area.end;
        }
    }
    if (maps)
        fclose(maps);
    watch->polling = watch->code_start == 0;
}

static bool set_handler(void)
{
    struct sigaction action = {.sa_sigaction = on_interrupt, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigemptyset(&action.sa_mask);
    return sigaction(interrupt_signal(), &action, NULL) == 0;
}

/* No signal that is meant for others may land here. */
static bool start_thread(struct watch *watch)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&watch->thread, NULL, watch_main, watch) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

enum err watch_open(JSContextGroupRef group, size_t memory_limit_bytes, struct watch **ret_watch)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return ERR_MEMORY;
    watch->group = group;
    watch->memory_limit_bytes = memory_limit_bytes;
    watch->script_thread = pthread_self();
    atomic_store(&watch->stop_turn, UINT64_MAX);
    watch->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    find_code(watch);
    /* Makes the engine's watchdog exist, so that it notes each entry; off until it is needed. */
    JSContextGroupSetExecutionTimeLimit(group, 1.0 / POLL_SECONDS_DIVISOR, should_stop, watch);
    if (!watch->polling)
        JSContextGroupClearExecutionTimeLimit(group);
    watch_here = watch;
    if (watch->statm < 0 || pthread_getcpuclockid(watch->script_thread, &watch->script_clock) ||
        sem_init(&watch->wake, 0, 0) || !set_handler() || !start_thread(watch)) {
        if (watch->statm >= 0)
            close(watch->statm);
        watch_here = NULL;
        free(watch);
        return ERR_IO;
    }
    *ret_watch = watch;
    return OK;
}

void watch_close(struct watch *watch)
{
    if (!watch)
        return;
    atomic_store(&watch->closing, true);
    sem_post(&watch->wake);
    pthread_join(watch->thread, NULL);
    JSContextGroupClearExecutionTimeLimit(watch->group);
    watch_here = NULL;
    sem_destroy(&watch->wake);
    close(watch->statm);
    free(watch);
}
