#include "proto/frame.h"

#include "common/check.h"

#include <string.h>

size_t frame_grown(size_t size, size_t message_size)
{
    if (size == 0)
        return FRAME_HEAD_BYTES + FRAME_ITEM_HEAD_BYTES + message_size;
    size_t grown = size + FRAME_ITEM_HEAD_BYTES + message_size;
    return grown <= FRAME_BYTES_MAX ? grown : 0;
}

size_t frame_put(uint8_t *frame, size_t size, struct bytes message)
{
    CHECK(message.size > 0 && message.size <= MESSAGE_BYTES_MAX);
    if (size == 0)
        frame[size++] = FRAME_BATCH;
    for (int shift = 24; shift >= 0; shift -= 8)
        frame[size++] = (uint8_t)(message.size >> shift);
    memcpy(frame + size, message.data, message.size);
    return size + message.size;
}

/* The message at `place`, or false when the bytes there are not one. */
static bool item_at(struct bytes frame, size_t place, struct bytes *ret_message)
{
    const uint8_t *at = (const uint8_t *)frame.data + place;
    size_t left = frame.size - place;
    if (left < FRAME_ITEM_HEAD_BYTES)
        return false;
    size_t size = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
    if (size == 0 || size > MESSAGE_BYTES_MAX || size > left - FRAME_ITEM_HEAD_BYTES)
        return false;
    *ret_message = (struct bytes){.data = at + FRAME_ITEM_HEAD_BYTES, .size = size};
    return true;
}

static bool batch_check(struct bytes frame)
{
    size_t place = FRAME_HEAD_BYTES, count = 0;
    struct bytes message;
    for (; place < frame.size; place += FRAME_ITEM_HEAD_BYTES + message.size, count++) {
        if (!item_at(frame, place, &message))
            return false;
    }
    return count == 1 || (count > 1 && frame.size <= FRAME_BYTES_MAX);
}

bool frame_check(struct bytes frame, enum frame_kind *ret_kind)
{
    if (frame.size < FRAME_HEAD_BYTES || frame.size > FRAME_SIZE_MAX)
        return false;
    uint8_t kind = *(const uint8_t *)frame.data;
    bool good = kind == FRAME_HELLO ||
                ((kind == FRAME_PROBE || kind == FRAME_ECHO) && frame.size == FRAME_HEAD_BYTES) ||
                (kind == FRAME_BATCH && batch_check(frame));
    if (good)
        *ret_kind = (enum frame_kind)kind;
    return good;
}

bool frame_next(struct bytes frame, size_t *place, struct bytes *ret_message)
{
    if (*place == 0)
        *place = FRAME_HEAD_BYTES;
    if (*place >= frame.size)
        return false;
    CHECK(item_at(frame, *place, ret_message));
    *place += FRAME_ITEM_HEAD_BYTES + ret_message->size;
    return true;
}
