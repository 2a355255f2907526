#include "sim/parcel.h"

#include "common/check.h"
#include "proto/codec.h"

#include <string.h>

enum { SPANS_MAX = 3 };

/* Where the message points to bytes of others, but for bodies of calls. */
static size_t find_spans(struct msg *msg, struct bytes *ret_spans[SPANS_MAX])
{
    size_t count = 0;
    switch (msg->type) {
    case MSG_WELCOME: ret_spans[count++] = &msg->welcome.births; break;
    case MSG_REFUSED: ret_spans[count++] = &msg->refused.why; break;
    case MSG_FETCH:
        ret_spans[count++] = &msg->fetch.space;
        ret_spans[count++] = &msg->fetch.name;
        ret_spans[count++] = &msg->fetch.head;
        break;
    case MSG_REPLY: ret_spans[count++] = &msg->reply.head; break;
    case MSG_BODY: ret_spans[count++] = &msg->body.part; break;
    case MSG_JOIN:
    case MSG_CLAIM:
    case MSG_PLACED:
    case MSG_LOCATE:
    case MSG_LOCATED:
    case MSG_CREDIT:
    case MSG_CANCEL: break;
    }
    return count;
}

/* Nobody reads them: of what they hold, only the size travels. */
static void empty_body(struct msg *msg)
{
    static const uint8_t zeros[BODY_PART_BYTES_MAX];
    struct bytes *body = msg->type == MSG_FETCH   ? &msg->fetch.body
                         : msg->type == MSG_REPLY ? &msg->reply.body
                                                  : NULL;
    CHECK(!body || body->size <= sizeof zeros);
    if (body && body->data)
        body->data = zeros;
}

static enum err pack_struct(const struct msg *msg, struct buf *parcel)
{
    struct msg copy = *msg;
    empty_body(&copy);
    struct bytes *spans[SPANS_MAX];
    size_t span_count = find_spans(&copy, spans), size = sizeof copy;
    for (size_t i = 0; i < span_count; i++)
        size += spans[i]->size;
    uint8_t *start = buf_reserve(parcel, size);
    if (!start)
        return ERR_MEMORY;
    uint8_t *end = start + sizeof copy;
    for (size_t i = 0; i < span_count; i++) {
        if (!spans[i]->data)
            continue;
        memcpy(end, spans[i]->data, spans[i]->size);
        spans[i]->data = end;
        end += spans[i]->size;
    }
    memcpy(start, &copy, sizeof copy);
    parcel->size += size;
    return OK;
}

enum err parcel_pack(const struct msg *msg, bool light, struct buf *parcel)
{
    CHECK(parcel->size == 0);
    return light ? pack_struct(msg, parcel) : msg_encode(msg, parcel);
}

const struct msg *parcel_open(const struct buf *parcel, bool light, struct msg *room)
{
    if (light)
        return (const struct msg *)(const void *)parcel->data; /* malloc aligns it */
    enum err err = msg_decode(buf_bytes(parcel), room);
    CHECK(err == OK); /* the sender is one of ours */
    return room;
}
