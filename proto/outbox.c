#include "proto/outbox.h"

#include "common/check.h"
#include "common/grow.h"

#include <stdlib.h>

enum err outbox_reserve(struct outbox *outbox, size_t count)
{
    return grow(&outbox->items, &outbox->capacity, outbox->count + count, sizeof *outbox->items);
}

void outbox_add(struct outbox *outbox, size_t peer, const struct msg *msg)
{
    CHECK(outbox->count < outbox->capacity);
    outbox->items[outbox->count++] = (struct outgoing){.peer = peer, .msg = *msg};
}

void outbox_finish(struct outbox *outbox)
{
    free(outbox->items);
    *outbox = (struct outbox){0};
}
