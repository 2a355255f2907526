/* Every allocation of what takes bytes apart or puts them together fails once, in turn: it says that
 * memory is short, leaves nothing behind, and works again. The bytes are the fuzz targets' corpora
 * (FUZZ_CORPUS). */
#include "common/check.h"
#include "common/config.h"
#include "coordinator/core/coord.h"
#include "node/core/node.h"
#include "node/js/storage_key.h"
#include "process/http_parse.h"
#include "process/http_write.h"
#include "proto/codec.h"
#include "proto/link_queue.h"
#include "tests/unit/failing_alloc.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One work, done with memory that may run out; the result must be the same whenever it does not. */
typedef enum err work_function(struct bytes input);

static void try_all(const char *name, work_function *work, struct bytes input)
{
    failing_alloc_begin(0);
    enum err expected = work(input);
    for (size_t number = 1;; number++) {
        failing_alloc_begin(number);
        failing_alloc_arm();
        enum err err = work(input);
        failing_alloc_disarm();
        int failed = failing_alloc_failed();
        if (err != (failed ? ERR_MEMORY : expected))
            fail_msg("%s, allocation %zu: %s", name, number, err_text(err));
        if (!failed)
            break;
    }
}

static size_t try_corpus(const char *target, work_function *work)
{
    char path[512];
    size_t count = 0;
    snprintf(path, sizeof path, "%s/%s", FUZZ_CORPUS, target);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        static uint8_t data[64 << 10];
        if (entry->d_name[0] == '.')
            continue;
        char file_path[sizeof path + sizeof entry->d_name];
        snprintf(file_path, sizeof file_path, "%s/%s", path, entry->d_name);
        FILE *file = fopen(file_path, "rb");
        assert_non_null(file);
        size_t size = fread(data, 1, sizeof data, file);
        fclose(file);
        try_all(file_path, work, (struct bytes){.data = data, .size = size});
        count++;
    }
    closedir(folder);
    return count;
}

static enum err recode(struct bytes input)
{
    struct msg msg;
    struct buf out = {0};
    enum err err = msg_decode(input, &msg);
    if (!err)
        err = msg_encode(&msg, &out);
    buf_finish(&out);
    return err;
}

static void messages(void **state)
{
    (void)state;
    assert_true(try_corpus("msg", recode) > 10);
}

static enum err read_config(struct bytes input)
{
    struct config config = {0};
    struct errmsg why = {0};
    enum err err = config_parse("file", input, &config, &why);
    assert_true(!err || why.text[0]);
    config_finish(&config);
    return err;
}

static void configurations(void **state)
{
    (void)state;
    assert_true(try_corpus("config", read_config) > 5);
}

/* Parse what may be several requests, and answer each with its own bytes. */
static enum err serve(struct bytes input)
{
    static const struct http_limits limits = {.head_bytes_max = 64 << 10,
                                              .body_bytes_max = 64 << 10};
    const char *data = (const char *)input.data + 2; /* see fuzz_http.c */
    size_t size = input.size - 2, at = 0, used;
    struct http_parser parser;
    struct http_message message = {0};
    struct buf out = {0};
    enum err err = OK;
    enum http_parse parsed = HTTP_PARSE_DONE;
    http_parser_init(&parser, &limits);
    while (!err && at < size && parsed == HTTP_PARSE_DONE) {
        parsed = http_parse(&parser, &message, data + at, size - at, &used);
        at += used;
        if (parsed == HTTP_PARSE_DONE)
            err = http_write(&out,
                             &(struct http_response){.status = 200,
                                                     .headers = message.request.headers,
                                                     .header_count = message.request.header_count,
                                                     .body = message.request.body},
                             &(struct http_answer_style){.date = "Mon, 23 Nov 2026 17:21:54 GMT"});
        if (parsed == HTTP_PARSE_DONE)
            http_message_clear(&message);
    }
    if (parsed == HTTP_PARSE_REFUSED)
        err = parser.refusal.status == 503 ? ERR_MEMORY : ERR_INVALID;
    http_message_finish(&message);
    buf_finish(&out);
    return err;
}

static void requests(void **state)
{
    (void)state;
    assert_true(try_corpus("http", serve) > 20);
}

static struct topology topology;

/* Give each record to `take` in turn, until one is refused. See fuzz_records.c. */
static enum err each_record(struct bytes rest, enum err (*take)(void *, uint8_t, struct bytes),
                            void *core)
{
    enum err err = OK;
    while (!err && rest.size >= 3) {
        const uint8_t *data = rest.data;
        size_t size = (size_t)data[1] << 8 | data[2];
        if (size > rest.size - 3)
            size = rest.size - 3;
        err = take(core, data[0], (struct bytes){.data = data + 3, .size = size});
        rest = (struct bytes){.data = data + 3 + size, .size = rest.size - 3 - size};
    }
    return err;
}

static enum err give_coord(void *core, uint8_t table, struct bytes record)
{
    (void)table;
    return coord_restore(core, record);
}

static enum err give_node(void *core, uint8_t table, struct bytes record)
{
    static const char *const keys[] = {"identity", "births", "boot", "outdated"};
    enum node_table which = (enum node_table)(table % 3);
    if (which == NODE_CACHE)
        return node_restore(core, which, record, BYTES_LITERAL("\0\1"));
    return node_restore(core, which, bytes_of(keys[table / 3 % 4]), record);
}

static enum err restore_coord(struct bytes input)
{
    struct coord_config config = {
        .topology = &topology, .policy = &place_policies[0], .boot = 1, .pending_count_max = 10};
    struct coord *coord = NULL;
    enum err err = coord_create(&config, &coord);
    if (!err)
        err = each_record(input, give_coord, coord);
    coord_destroy(coord);
    return err;
}

static enum err restore_node(struct bytes input)
{
    struct node_config config = {.topology = &topology,
                                 .policy = &place_policies[0],
                                 .boot = 1,
                                 .limits = {.cache_entry_count_max = 10}};
    struct node *node = NULL;
    enum err err = node_create(&config, &node);
    if (!err)
        err = each_record(input, give_node, node);
    node_destroy(node);
    return err;
}

static void records(void **state)
{
    (void)state;
    assert_int_equal(topology_init(&topology, 2), OK);
    strcpy(topology.regions[0].code, "SYD");
    strcpy(topology.regions[1].code, "LHR");
    topology.regions[0].hosts = topology.regions[1].hosts = true;
    assert_true(try_corpus("records", restore_coord) > 3);
    assert_true(try_corpus("records", restore_node) > 3);
    topology_finish(&topology);
}

static enum err queue(struct bytes input)
{
    struct link_queue queue;
    uint8_t frame[256];
    enum err err = OK;
    link_queue_init(&queue, 1 << 20);
    for (unsigned i = 0; !err && i < 4; i++)
        err = link_queue_add(&queue, i % 2 ? LINK_BULK : LINK_CONTROL, input, i);
    if (!err)
        assert_int_equal(link_queue_take_frame(&queue, 1, frame), 2);
    link_queue_clear(&queue);
    return err;
}

static void queues(void **state)
{
    (void)state;
    try_all("queue", queue, BYTES_LITERAL("message"));
}

static enum err build_topology(struct bytes input)
{
    (void)input;
    struct topology built;
    enum err err = topology_init(&built, 9);
    if (!err)
        topology_finish(&built);
    return err;
}

static enum err pack_storage(struct bytes input)
{
    static const uint8_t key[STORAGE_KEY_BYTES_MAX];
    struct buf packed = {0};
    enum err err = storage_pack_key((struct bytes){.data = key, .size = sizeof key}, &packed);
    if (!err)
        err = buf_append(&packed, input.data, input.size);
    buf_finish(&packed);
    return err;
}

static void small_parts(void **state)
{
    (void)state;
    try_all("topology", build_topology, BYTES_LITERAL(""));
    try_all("storage", pack_storage, BYTES_LITERAL("value"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages), cmocka_unit_test(configurations), cmocka_unit_test(requests),
        cmocka_unit_test(records),  cmocka_unit_test(queues),         cmocka_unit_test(small_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
