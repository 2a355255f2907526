#include "proto/msg.h"

#include <string.h>

bool msg_carries_body(enum msg_type type)
{
    return type == MSG_FETCH || type == MSG_REPLY || type == MSG_BODY || type == MSG_CANCEL;
}

bool birth_next(struct bytes *rest, struct birth *ret_birth)
{
    const uint8_t *data = rest->data;
    if (rest->size < 3)
        return false;
    size_t code_size = data[2];
    if (code_size == 0 || code_size > REGION_CODE_BYTES_MAX || rest->size < 3 + code_size)
        return false;
    *ret_birth = (struct birth){.number = (uint16_t)(data[0] << 8 | data[1])};
    memcpy(ret_birth->code, data + 3, code_size);
    rest->data = data + 3 + code_size;
    rest->size -= 3 + code_size;
    return true;
}

enum err birth_append(struct buf *births, const struct birth *birth)
{
    size_t code_size = strlen(birth->code);
    uint8_t entry[3 + REGION_CODE_BYTES_MAX] = {(uint8_t)(birth->number >> 8),
                                                (uint8_t)birth->number, (uint8_t)code_size};
    memcpy(entry + 3, birth->code, code_size);
    return buf_append(births, entry, 3 + code_size);
}
