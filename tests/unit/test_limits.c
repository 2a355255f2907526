#include "node/js/limits.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

enum { CPU_LIMIT_US = 20000, FAR_BEYOND_US = 10 * CPU_LIMIT_US };

static uint64_t thread_cpu_us(void)
{
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000;
}

static bool is_interrupt_pending(void)
{
    sigset_t pending;
    sigpending(&pending);
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
        if (sigismember(&pending, number))
            return true;
    return false;
}

static JSContextGroupRef group;
static JSGlobalContextRef context;

static int open_watch(void **state)
{
    static struct watch *watch;
    group = JSContextGroupCreate();
    context = JSGlobalContextCreateInGroup(group, NULL);
    assert_non_null(context);
    assert_int_equal(watch_open(group, 1u << 30, &watch), OK);
    *state = watch;
    return 0;
}

static int close_watch(void **state)
{
    watch_close(*state);
    JSGlobalContextRelease(context);
    JSContextGroupRelease(group);
    return 0;
}

/* A processor that stands still looks to others like a thread whose clock runs on, but that takes
 * no signal. */
static void test_a_standstill_is_not_charged(void **state)
{
    struct watch *watch = *state;
    sigset_t all, before;
    sigfillset(&all);
    watch_enter(watch, CPU_LIMIT_US);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (!is_interrupt_pending()) /* until the watching thread has looked */
        ;
    uint64_t begun_us = thread_cpu_us();
    while (thread_cpu_us() - begun_us < FAR_BEYOND_US)
        ;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert_int_equal(watch_leave(watch), WATCH_NONE);
}

static void test_work_is_charged(void **state)
{
    struct watch *watch = *state;
    enum watch_stop stop = WATCH_NONE;
    for (int i = 0; i < 100 && stop == WATCH_NONE; i++) { /* however late the watching thread is */
        watch_enter(watch, CPU_LIMIT_US);
        uint64_t begun_us = thread_cpu_us();
        while (thread_cpu_us() - begun_us < FAR_BEYOND_US)
            ;
        stop = watch_leave(watch);
    }
    assert_int_equal(stop, WATCH_TIME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_standstill_is_not_charged),
        cmocka_unit_test(test_work_is_charged),
    };
    return cmocka_run_group_tests(tests, open_watch, close_watch);
}
