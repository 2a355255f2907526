#include "common/config_parts.h"

#include <math.h>

static const struct {
    const char *key;
    size_t offset;
    bool ms;
    uint64_t min, fallback; /* milliseconds, or a number */
} limit_fields[] = {
#define FIELD(name) offsetof(struct config_limits, name)
    {"fetch_deadline_ms", FIELD(fetch_deadline_us), true, 1, 30000},
    {"peer_wait_ms", FIELD(peer_wait_us), true, 1, 2000},
    {"object_idle_ms", FIELD(object_idle_us), true, 1, 10000},
    {"object_block_ms", FIELD(object_block_us), true, 1, 30000},
    {"probe_interval_ms", FIELD(probe_interval_us), true, 1, 500},
    {"probe_timeout_ms", FIELD(probe_timeout_us), true, 1, 5000},
    {"cache_entry_count_max", FIELD(cache_entry_count_max), false, 1, 100000},
    {"object_run_count_max", FIELD(object_run_count_max), false, 1, 1000},
    {"call_count_max", FIELD(call_count_max), false, 1, 100000},
    {"body_bytes_max", FIELD(body_bytes_max), false, 1, 100 << 20},
    {"body_buffer_bytes_max", FIELD(body_buffer_bytes_max), false, 1 << 20, 256 << 20},
    {"body_stall_ms", FIELD(body_stall_us), true, 1, 60000},
    {"link_queue_bytes_max", FIELD(link_queue_bytes_max), false, MESSAGE_BYTES_MAX, 512 << 20},
    {"memory_bytes_max", FIELD(memory_bytes_max), false, 16 << 20, 1 << 30},
#undef FIELD
};
enum { LIMIT_COUNT = sizeof limit_fields / sizeof limit_fields[0] };

static uint64_t read_limit(struct config_reader *reader, const struct json_at *at, size_t index)
{
    const char *key = limit_fields[index].key;
    uint64_t min = limit_fields[index].min, fallback = limit_fields[index].fallback;
    bool ms = limit_fields[index].ms;
    if (!reader_has(at, key))
        return ms ? fallback * 1000 : fallback;
    return ms ? (uint64_t)llround(reader_us(reader, at, key, (double)min))
              : reader_integer(reader, at, key, min, UINT64_C(1) << 53);
}

void config_read_limits(struct config_reader *reader, const struct json_at *root,
                        struct config_limits *ret_limits)
{
    struct json_at at = {0};
    if (reader_has(root, "limits"))
        at = reader_object(reader, root, "limits");
    const char *keys[LIMIT_COUNT + 1] = {0};
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        keys[i] = limit_fields[i].key;
        uint64_t *limit = (uint64_t *)(void *)((char *)ret_limits + limit_fields[i].offset);
        *limit = read_limit(reader, &at, i);
    }
    reader_known(reader, &at, keys);
    if (ret_limits->probe_timeout_us < ret_limits->probe_interval_us)
        reader_mistake(reader, JSON_FIELD(&at, "probe_timeout_ms"),
                       "must not be less than probe_interval_ms");
}
