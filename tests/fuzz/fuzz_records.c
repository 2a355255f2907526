/* Any stored records are safe to start from: they restore a core, or are refused as damaged. The
 * input is a row of records, each with one byte of table and two bytes of size before it. */
#include "common/check.h"
#include "coordinator/core/coord.h"
#include "node/core/node.h"
#include "node/js/storage_key.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct topology topology;

static void make_topology(void)
{
    if (topology.region_count)
        return;
    CHECK(topology_init(&topology, 2) == OK);
    strcpy(topology.regions[0].code, "SYD");
    strcpy(topology.regions[1].code, "LHR");
    topology.regions[0].hosts = topology.regions[1].hosts = true;
}

/* Take the next record off the front; false at the end. */
static bool next_record(struct bytes *rest, uint8_t *ret_table, struct bytes *ret_record)
{
    const uint8_t *data = rest->data;
    if (rest->size < 3)
        return false;
    size_t size = (size_t)data[1] << 8 | data[2];
    if (size > rest->size - 3)
        size = rest->size - 3;
    *ret_table = data[0];
    *ret_record = (struct bytes){.data = data + 3, .size = size};
    rest->data = data + 3 + size;
    rest->size -= 3 + size;
    return true;
}

static void restore_coord(struct bytes rest)
{
    struct coord_config config = {
        .topology = &topology, .policy = &place_policies[0], .boot = 1, .pending_count_max = 10};
    struct coord *coord;
    struct bytes record;
    uint8_t table;
    CHECK(coord_create(&config, &coord) == OK);
    while (next_record(&rest, &table, &record) && coord_restore(coord, record) == OK)
        continue;
    coord_destroy(coord);
}

static void restore_node(struct bytes rest)
{
    static const char *const keys[] = {"identity", "births", "boot", "outdated"};
    struct node_config config = {.topology = &topology,
                                 .policy = &place_policies[0],
                                 .boot = 1,
                                 .limits = {.cache_entry_count_max = 10}};
    struct node *node;
    struct bytes record;
    uint8_t table;
    CHECK(node_create(&config, &node) == OK);
    while (next_record(&rest, &table, &record)) {
        struct bytes key = bytes_of(keys[table / 3 % 4]);
        enum node_table which = (enum node_table)(table % 3);
        if (which == NODE_CACHE) {
            key = record;
            record = BYTES_LITERAL("\0\1");
        }
        if (node_restore(node, which, key, record))
            break;
    }
    node_destroy(node);
}

/* What an object stored: its key is another record's bytes. A long key comes with itself. */
static void unpack_storage(struct bytes rest)
{
    struct bytes record_key, record, key, value;
    uint8_t table;
    while (next_record(&rest, &table, &record_key) && next_record(&rest, &table, &record)) {
        if (!storage_unpack(record_key, record, &key, &value))
            continue;
        CHECK(key.size <= record_key.size + record.size && value.size <= record.size);
        struct buf packed = {0};
        CHECK(storage_pack_key(key, &packed) == OK);
        CHECK(key.size <= STORAGE_SHORT_BYTES_MAX || packed.size + value.size == record.size);
        buf_finish(&packed);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    make_topology();
    restore_coord((struct bytes){.data = data, .size = size});
    restore_node((struct bytes){.data = data, .size = size});
    unpack_storage((struct bytes){.data = data, .size = size});
    return 0;
}
