#include "common/alarm.h"

#include "common/check.h"

#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct alarm_clock {
    uv_poll_t poll;
    int timer_fd;
    uint64_t deadline_us; /* UINT64_MAX: not armed */
    alarm_function *on_alarm;
    void *owner;
};

uint64_t alarm_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Only an armed alarm keeps the loop alive. */
static void remember(struct alarm_clock *alarm, uint64_t deadline_us)
{
    alarm->deadline_us = deadline_us;
    if (deadline_us == UINT64_MAX)
        uv_unref((uv_handle_t *)&alarm->poll);
    else
        uv_ref((uv_handle_t *)&alarm->poll);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    struct alarm_clock *alarm = poll->data;
    uint64_t expirations;
    /* Nothing to read: it was set anew after the kernel had reported it. */
    if (read(alarm->timer_fd, &expirations, sizeof expirations) != sizeof expirations)
        return;
    remember(alarm, UINT64_MAX);
    alarm->on_alarm(alarm->owner);
}

enum err alarm_open(uv_loop_t *loop, alarm_function *on_alarm, void *owner,
                    struct alarm_clock **ret_alarm)
{
    struct alarm_clock *alarm = calloc(1, sizeof *alarm);
    if (!alarm)
        return ERR_MEMORY;
    alarm->on_alarm = on_alarm;
    alarm->owner = owner;
    alarm->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (alarm->timer_fd < 0)
        goto failed;
    if (uv_poll_init(loop, &alarm->poll, alarm->timer_fd) != 0)
        goto failed_poll;
    alarm->poll.data = alarm;
    CHECK(uv_poll_start(&alarm->poll, UV_READABLE, on_readable) == 0);
    remember(alarm, UINT64_MAX);
    *ret_alarm = alarm;
    return OK;

failed_poll:
    close(alarm->timer_fd);
failed:
    free(alarm);
    return ERR_IO;
}

void alarm_set(struct alarm_clock *alarm, uint64_t deadline_us)
{
    if (deadline_us == alarm->deadline_us)
        return;
    struct itimerspec when = {0}; /* all zero disarms */
    if (deadline_us != UINT64_MAX) {
        when.it_value.tv_sec = (time_t)(deadline_us / 1000000);
        when.it_value.tv_nsec = (long)(deadline_us % 1000000 * 1000);
        if (deadline_us == 0)
            when.it_value.tv_nsec = 1;
    }
    CHECK(timerfd_settime(alarm->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) == 0);
    remember(alarm, deadline_us);
}

static void on_closed(uv_handle_t *handle)
{
    struct alarm_clock *alarm = handle->data;
    close(alarm->timer_fd);
    free(alarm);
}

void alarm_close(struct alarm_clock *alarm)
{
    if (alarm)
        uv_close((uv_handle_t *)&alarm->poll, on_closed);
}
