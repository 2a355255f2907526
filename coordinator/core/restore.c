#include "coordinator/core/state.h"

#include <stdlib.h>
#include <string.h>

/* The state from the log, record by record, at the start. */

static enum err restore_birth(struct coord *coord, struct bytes fields)
{
    struct coord_birth birth = {0};
    if (fields.size < CLUSTER_ID_BYTES)
        return ERR_CORRUPT;
    memcpy(birth.incarnation, fields.data, CLUSTER_ID_BYTES);
    struct bytes rest = {.data = (const uint8_t *)fields.data + CLUSTER_ID_BYTES,
                         .size = fields.size - CLUSTER_ID_BYTES};
    if (!birth_next(&rest, &birth.birth) || rest.size != 0 ||
        birth.birth.number != coord->birth_count + 1)
        return ERR_CORRUPT;
    enum err err = coord_reserve_birth(coord);
    if (err)
        return err;
    coord->births[coord->birth_count++] = birth;
    return coord_release_births(coord);
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
    else if (data[0] == RECORD_CLAIM)
        err = restore_claim(coord, fields);
    if (!err)
        coord->seq++;
    return err;
}
