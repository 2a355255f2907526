#include "common/store.h"
#include "tests/lib/temp_dir.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Two processes: this program starts itself as `test_store_process hold DIR` (open the store and
 * say so) or `write DIR` (write for ever, and report each durable mark on standard output). */

enum { TABLE_LEFT, TABLE_RIGHT, TABLE_LOG, TABLE_COUNT };

enum { WAITING_MAX = 300 }; /* numbers that the child writes ahead of the disk */

static const struct store_table tables[TABLE_COUNT] = {
    [TABLE_LEFT] = {.name = "left"},
    [TABLE_RIGHT] = {.name = "right"},
    [TABLE_LOG] = {.name = "log", .appended = true},
};

static uint64_t written, durable; /* in the child that writes */

static void check_ok(enum err err)
{
    if (err != OK)
        exit(9);
}

/* The same number into each table, in one turn. */
static void write_next(struct store *store)
{
    written++;
    struct bytes number = {.data = &written, .size = sizeof written};
    check_ok(store_put(store, TABLE_LEFT, number, number));
    check_ok(store_put(store, TABLE_RIGHT, number, number));
    check_ok(store_append(store, TABLE_LOG, number));
}

static void report(void *owner, uint64_t mark)
{
    (void)owner;
    durable = mark;
    if (write(STDOUT_FILENO, &mark, sizeof mark) != sizeof mark)
        exit(9);
}

static void on_turn(uv_idle_t *idle)
{
    struct store *store = idle->data;
    if (written - durable >= WAITING_MAX)
        return;
    for (int i = 0; i < 3; i++)
        write_next(store);
    check_ok(store_mark(store, written));
}

static enum err open_tables(uv_loop_t *loop, const char *path, struct store **ret_store,
                            struct errmsg *reterr_why)
{
    struct store_config config = {.path = path, .tables = tables, .table_count = TABLE_COUNT};
    return store_open(loop, &config, report, NULL, ret_store, reterr_why);
}

static bool has(struct store *store, size_t table, uint64_t number)
{
    struct buf value = {0};
    enum err err = store_get(store, table, (struct bytes){&number, sizeof number}, &value);
    bool found = err == OK && value.size == sizeof number && memcmp(value.data, &number, 8) == 0;
    buf_finish(&value);
    return found;
}

static int run_child(const char *role, const char *path)
{
    struct store *store;
    uv_idle_t idle;
    check_ok(open_tables(uv_default_loop(), path, &store, NULL));
    uv_idle_init(uv_default_loop(), &idle);
    idle.data = store;
    if (strcmp(role, "hold") == 0) {
        report(NULL, 1);
        for (;;)
            pause();
    }
    while (has(store, TABLE_LEFT, written + 1)) /* go on where the last one was killed */
        durable = ++written;
    uv_idle_start(&idle, on_turn);
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

struct child {
    pid_t pid;
    int reports; /* read end of its standard output */
};

static struct child start_child(const char *role, const char *path)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    struct child child = {.pid = fork(), .reports = fds[0]};
    assert_true(child.pid >= 0);
    if (child.pid == 0) {
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        close(fds[1]);
        execl("/proc/self/exe", "test_store_process", role, path, (char *)NULL);
        _exit(9);
    }
    close(fds[1]);
    return child;
}

static uint64_t next_report(const struct child *child)
{
    uint64_t mark;
    return read(child->reports, &mark, sizeof mark) == sizeof mark ? mark : 0;
}

/* Kill it and return the last mark that it reported. */
static uint64_t kill_child(const struct child *child, uint64_t last_mark)
{
    int status;
    kill(child->pid, SIGKILL);
    for (uint64_t mark; (mark = next_report(child)) != 0;)
        last_mark = mark;
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    close(child->reports);
    return last_mark;
}

static void test_a_stopped_process_keeps_its_directory(void **state)
{
    char *path = *state, pid[64];
    struct child child = start_child("hold", path);
    assert_int_equal(next_report(&child), 1);
    assert_int_equal(kill(child.pid, SIGSTOP), 0);

    struct store *store;
    struct errmsg why = {0};
    assert_int_equal(open_tables(uv_default_loop(), path, &store, &why), ERR_BUSY);
    snprintf(pid, sizeof pid, "in use by process %ld", (long)child.pid);
    assert_non_null(strstr(why.text, pid));

    kill_child(&child, 0);
    assert_int_equal(open_tables(uv_default_loop(), path, &store, &why), OK);
    store_close(store);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

struct count {
    uint64_t last;
};

static bool count_one(void *owner, struct bytes key, struct bytes value)
{
    struct count *count = owner;
    count->last++;
    uint64_t key_number, value_number;
    memcpy(&key_number, key.data, sizeof key_number);
    memcpy(&value_number, value.data, sizeof value_number);
    assert_int_equal(key_number, count->last);
    assert_int_equal(value_number, count->last);
    return true;
}

static void test_kill_loses_nothing_acknowledged(void **state)
{
    const char *path = *state;
    for (int round = 0; round < 8; round++) {
        struct child child = start_child("write", path);
        uint64_t last_mark = 0;
        for (int i = 0; i < 20 + 7 * round; i++) {
            last_mark = next_report(&child);
            assert_true(last_mark > 0);
        }
        last_mark = kill_child(&child, last_mark);

        struct store *store;
        struct count count = {0};
        assert_int_equal(open_tables(uv_default_loop(), path, &store, NULL), OK);
        assert_int_equal(store_scan_appended(store, TABLE_LOG, count_one, &count), OK);
        assert_true(count.last >= last_mark);
        assert_int_equal(count.last % 3, 0); /* a turn is there as a whole or not at all */
        for (uint64_t number = 1; number <= count.last + 3; number++) {
            assert_int_equal(has(store, TABLE_LEFT, number), number <= count.last);
            assert_int_equal(has(store, TABLE_RIGHT, number), number <= count.last);
        }
        store_close(store);
        uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    }
}

static int set_up(void **state)
{
    *state = temp_dir_make();
    return 0;
}

static int tear_down(void **state)
{
    temp_dir_remove(*state);
    return 0;
}

int main(int argument_count, char **arguments)
{
    if (argument_count == 3)
        return run_child(arguments[1], arguments[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_stopped_process_keeps_its_directory, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_kill_loses_nothing_acknowledged, set_up, tear_down),
    };
    int result = cmocka_run_group_tests(tests, NULL, NULL);
    uv_loop_close(uv_default_loop());
    return result;
}
