#include "coordinator/core/state.h"

#include <stdlib.h>
#include <string.h>

/* The state from the log, record by record, at the start. */

static enum err restore_birth(struct coord *coord, struct bytes fields)
{
    struct coord_birth birth = {0};
    const uint8_t *data = fields.data;
    if (fields.size < CLUSTER_ID_BYTES + LIFE_BYTES)
        return ERR_CORRUPT;
    memcpy(birth.incarnation, data, CLUSTER_ID_BYTES);
    birth.newest = life_read(data + CLUSTER_ID_BYTES);
    struct bytes rest = {.data = data + CLUSTER_ID_BYTES + LIFE_BYTES,
                         .size = fields.size - CLUSTER_ID_BYTES - LIFE_BYTES};
    if (!birth_next(&rest, &birth.birth) || rest.size != 0 ||
        birth.birth.number != coord->birth_count + 1)
        return ERR_CORRUPT;
    enum err err = coord_reserve_birth(coord);
    if (err)
        return err;
    coord->births[coord->birth_count++] = birth;
    return coord_release_joins(coord);
}

static enum err restore_life(struct coord *coord, struct bytes fields)
{
    const uint8_t *data = fields.data;
    if (fields.size != 2 + LIFE_BYTES)
        return ERR_CORRUPT;
    uint16_t number = (uint16_t)(data[0] << 8 | data[1]);
    struct coord_life life = life_read(data + 2);
    if (number == 0 || number > coord->birth_count ||
        life.boot <= coord->births[number - 1].newest.boot)
        return ERR_CORRUPT;
    coord->births[number - 1].newest = life;
    return OK;
}

static enum err restore_claim(struct coord *coord, struct bytes fields)
{
    struct object_id id;
    if (fields.size != sizeof id.bytes + 2)
        return ERR_CORRUPT;
    memcpy(id.bytes, fields.data, sizeof id.bytes);
    const uint8_t *home = (const uint8_t *)fields.data + sizeof id.bytes;
    uint16_t home_number = (uint16_t)(home[0] << 8 | home[1]);
    if (home_number == 0 || home_number > coord->birth_count || homes_find(&coord->homes, &id))
        return ERR_CORRUPT;
    return homes_add(&coord->homes, &id, home_number);
}

enum err coord_restore(struct coord *coord, struct bytes record)
{
    if (record.size == 0)
        return ERR_CORRUPT;
    const uint8_t *data = record.data;
    struct bytes fields = {.data = data + 1, .size = record.size - 1};
    enum err err = ERR_CORRUPT;
    if (data[0] == RECORD_BIRTH)
        err = restore_birth(coord, fields);
    else if (data[0] == RECORD_LIFE)
        err = restore_life(coord, fields);
    else if (data[0] == RECORD_CLAIM)
        err = restore_claim(coord, fields);
    return err ? err : log_restore(coord, record);
}
