#include "common/datadir.h"

#include <sodium.h>
#include <string.h>

static const char incarnation_key[] = "incarnation", boot_key[] = "boot", lives_key[] = "lives";

/* ERR_NOT_FOUND when the record is not there; ERR_CORRUPT when its size is another. */
static enum err read_record(struct store *store, size_t table, const char *key, void *ret_value,
                            size_t size)
{
    struct buf value = {0};
    enum err err = store_get(store, table, bytes_of(key), &value);
    if (!err && value.size != size)
        err = ERR_CORRUPT;
    if (!err)
        memcpy(ret_value, value.data, size);
    buf_finish(&value);
    return err;
}

/* Drawn, so that a directory that replaces a lost one is never taken for it: its peers remember
 * the boots that they have met. Numbers stay exact in JSON. */
static uint64_t first_boot(void)
{
    uint64_t boot;
    randombytes_buf(&boot, sizeof boot);
    return boot >> 16;
}

static enum err begin_life(struct store *store, size_t table, struct lives *lives)
{
    uint8_t kept[LIVES_BYTES];
    uint64_t life;
    enum err err = read_record(store, table, lives_key, kept, sizeof kept);
    if (err && err != ERR_NOT_FOUND)
        return err;
    if (!err)
        *lives = lives_read(kept);
    randombytes_buf(&life, sizeof life);
    lives_begin(lives, life | 1);
    lives_write(lives, kept);
    return store_put(store, table, bytes_of(lives_key),
                     (struct bytes){.data = kept, .size = sizeof kept});
}

enum err datadir_begin(struct store *store, size_t table, struct datadir *ret_datadir)
{
    struct datadir datadir = {.boot = 0};
    enum err err =
        read_record(store, table, incarnation_key, datadir.incarnation, sizeof datadir.incarnation);
    if (err == ERR_NOT_FOUND) {
        randombytes_buf(datadir.incarnation, sizeof datadir.incarnation);
        err = store_put(store, table, bytes_of(incarnation_key),
                        (struct bytes){.data = datadir.incarnation, .size = CLUSTER_ID_BYTES});
    }
    if (err)
        return err;
    err = read_record(store, table, boot_key, &datadir.boot, sizeof datadir.boot);
    if (err == ERR_NOT_FOUND)
        datadir.boot = first_boot();
    else if (err)
        return err;
    datadir.boot++;
    err = store_put(store, table, bytes_of(boot_key),
                    (struct bytes){.data = &datadir.boot, .size = sizeof datadir.boot});
    if (!err)
        err = begin_life(store, table, &datadir.lives);
    if (!err)
        *ret_datadir = datadir;
    return err;
}
