#include "common/alarm.h"
#include "common/check.h"
#include "common/store.h"
#include "tests/lib/temp_dir.h"

#include <stdio.h>
#include <stdlib.h>

/* Durable puts and appends per second with a number of clients, each of which waits until its
 * record is durable before it sends the next; and what the calls cost on the loop thread.
 *
 *     bench_store [seconds for each row]        TMPDIR says on which disk */

enum { TABLE_SORTED, TABLE_LOG, TABLE_COUNT, CLIENT_COUNT_MAX = 1024 };

static const struct store_table tables[TABLE_COUNT] = {
    [TABLE_SORTED] = {.name = "sorted"},
    [TABLE_LOG] = {.name = "log", .appended = true},
};

struct bench {
    uv_loop_t loop;
    struct store *store;
    bool appends;
    uint64_t end_us;
    uint64_t issued, answered;            /* marks: one for each record */
    uint64_t issued_us[CLIENT_COUNT_MAX]; /* by mark % CLIENT_COUNT_MAX */
    uint32_t *latencies_us;
    size_t latency_count, latency_count_max;
};

static struct bench bench;

static void check_ok(enum err err)
{
    CHECK(err == OK);
}

/* 32 bytes that look random, as an object's id does. */
static struct bytes key_of(uint64_t number)
{
    static uint64_t key[4];
    for (int i = 0; i < 4; i++)
        key[i] = (number * 4 + (uint64_t)i) * UINT64_C(0x9e3779b97f4a7c15) ^ number << 32;
    return (struct bytes){.data = key, .size = sizeof key};
}

static void issue(void)
{
    static const char value[40] = "forty bytes of value";
    struct bytes value_bytes = {.data = value, .size = sizeof value};
    bench.issued++;
    bench.issued_us[bench.issued % CLIENT_COUNT_MAX] = alarm_now_us();
    if (bench.appends)
        check_ok(store_append(bench.store, TABLE_LOG, value_bytes));
    else
        check_ok(store_put(bench.store, TABLE_SORTED, key_of(bench.issued), value_bytes));
    check_ok(store_mark(bench.store, bench.issued));
}

static void on_durable(void *owner, uint64_t mark)
{
    (void)owner;
    uint64_t now_us = alarm_now_us(), answered_before = bench.answered;
    while (bench.answered < mark) {
        uint64_t latency_us = now_us - bench.issued_us[++bench.answered % CLIENT_COUNT_MAX];
        if (bench.latency_count < bench.latency_count_max)
            bench.latencies_us[bench.latency_count++] = (uint32_t)latency_us;
    }
    for (uint64_t i = answered_before; now_us < bench.end_us && i < mark; i++)
        issue();
}

static int compare_latencies(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void run_row(const char *name, bool appends, unsigned client_count, double seconds)
{
    uint64_t start_us = alarm_now_us(), issued_before = bench.issued;
    struct store_stats before = store_stats(bench.store);
    bench.appends = appends;
    bench.end_us = start_us + (uint64_t)(seconds * 1e6);
    bench.latency_count = 0;
    for (unsigned i = 0; i < client_count; i++)
        issue();
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    double took = (double)(alarm_now_us() - start_us) / 1e6;
    double records = (double)(bench.issued - issued_before);
    struct store_stats after = store_stats(bench.store);
    CHECK(after.records - before.records == bench.issued - issued_before);
    CHECK(bench.answered == bench.issued);
    qsort(bench.latencies_us, bench.latency_count, sizeof(uint32_t), compare_latencies);
    printf("%-7s %5u outstanding  %8.0f /s  p50 %6.2f ms  p99 %6.2f ms  %6.1f a commit\n", name,
           client_count, records / took, bench.latencies_us[bench.latency_count / 2] / 1e3,
           bench.latencies_us[bench.latency_count * 99 / 100] / 1e3,
           records / (double)(after.commits - before.commits));
    fflush(stdout);
}

static bool visit(void *owner, struct bytes key, struct bytes value)
{
    (void)key;
    (void)value;
    return --*(unsigned *)owner > 0;
}

static void print_cost(const char *name, uint64_t start_us, unsigned count)
{
    printf("%-44s %7.3f us\n", name, (double)(alarm_now_us() - start_us) / count);
}

static bool count_one(void *owner, struct bytes key, struct bytes value)
{
    (void)key;
    (void)value;
    ++*(uint64_t *)owner;
    return true;
}

/* What a start costs that reads the whole appended table. */
static void run_scan(uint64_t expected_count)
{
    uint64_t count = 0, start_us = alarm_now_us();
    check_ok(store_scan_appended(bench.store, TABLE_LOG, count_one, &count));
    CHECK(count == expected_count);
    printf("scan of %llu appended records: %.2f s\n", (unsigned long long)count,
           (double)(alarm_now_us() - start_us) / 1e6);
}

/* What one call costs the loop thread. */
static void run_costs(void)
{
    enum { COUNT = 100000, TURN = 200 };
    struct buf value = {0};
    uint64_t record_count = bench.issued < COUNT ? bench.issued : COUNT;
    uint64_t start_us = alarm_now_us();
    for (unsigned i = 0; i < COUNT; i++)
        (void)!store_get(bench.store, TABLE_SORTED, key_of(1 + i * 7919u % record_count), &value);
    print_cost("get from LMDB, one turn", start_us, COUNT);

    start_us = alarm_now_us();
    for (unsigned i = 0; i < COUNT; i++) {
        (void)!store_get(bench.store, TABLE_SORTED, key_of(1 + i * 7919u % record_count), &value);
        uv_run(&bench.loop, UV_RUN_NOWAIT);
    }
    print_cost("get from LMDB, one for each turn of the loop", start_us, COUNT);

    start_us = alarm_now_us();
    for (unsigned i = 0; i < COUNT; i++) {
        unsigned left = 10;
        check_ok(store_scan(bench.store, TABLE_SORTED, key_of(1 + i * 7919u % record_count),
                            (struct bytes){0}, false, visit, &left));
    }
    print_cost("scan of 10 records", start_us, COUNT);

    uint64_t put_us = 0, get_us = 0;
    for (unsigned i = 0; i < COUNT / TURN; i++) {
        start_us = alarm_now_us();
        for (unsigned j = 0; j < TURN; j++)
            check_ok(
                store_put(bench.store, TABLE_SORTED, key_of(i * TURN + j), BYTES_LITERAL("v")));
        put_us += alarm_now_us() - start_us;
        start_us = alarm_now_us();
        for (unsigned j = 0; j < TURN; j++)
            check_ok(store_get(bench.store, TABLE_SORTED, key_of(i * TURN + j), &value));
        get_us += alarm_now_us() - start_us;
        uv_run(&bench.loop, UV_RUN_DEFAULT);
    }
    printf("%-44s %7.3f us\n", "put, 200 a turn", (double)put_us / COUNT);
    printf("%-44s %7.3f us\n", "get of what is not durable yet", (double)get_us / COUNT);
    buf_finish(&value);
}

int main(int argument_count, char **arguments)
{
    double seconds = argument_count > 1 ? atof(arguments[1]) : 2;
    char *path = temp_dir_make();
    struct errmsg why = {0};
    struct store_config config = {.path = path, .tables = tables, .table_count = TABLE_COUNT};
    uv_loop_init(&bench.loop);
    bench.latency_count_max = 10000000;
    bench.latencies_us = malloc(bench.latency_count_max * sizeof(uint32_t));
    CHECK(bench.latencies_us);
    if (store_open(&bench.loop, &config, on_durable, NULL, &bench.store, &why) != OK) {
        fprintf(stderr, "%s\n", why.text);
        return 1;
    }
    static const unsigned client_counts[] = {1, 16, 64, 256, 1024};
    for (size_t i = 0; i < sizeof client_counts / sizeof *client_counts; i++)
        run_row("append", true, client_counts[i], seconds);
    run_scan(bench.issued);
    for (size_t i = 0; i < sizeof client_counts / sizeof *client_counts; i++)
        run_row("put", false, client_counts[i], seconds);
    run_costs();
    store_close(bench.store);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    uv_loop_close(&bench.loop);
    free(bench.latencies_us);
    temp_dir_remove(path);
    return 0;
}
