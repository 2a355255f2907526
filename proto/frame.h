#ifndef TERRELLA_PROTO_FRAME_H
#define TERRELLA_PROTO_FRAME_H

#include "common/bytes.h"
#include "common/limits.h"

#include <stdbool.h>
#include <stdint.h>

/* What one nng message holds: a HELLO (proto/handshake.h), a probe, its echo, or a batch of
 * messages. Pure; any bytes are safe to open.
 *
 *   kind 1 | for a batch, at least once: size 4, big-endian, 1 to MESSAGE_BYTES_MAX | message
 *
 * A batch takes at most FRAME_BYTES_MAX, or one single message that is larger. */

enum frame_kind {
    FRAME_HELLO = 1, /* values travel on the wire */
    FRAME_PROBE = 2, /* are you there? */
    FRAME_ECHO = 3,  /* I am */
    FRAME_BATCH = 4,
};

enum {
    FRAME_HEAD_BYTES = 1,
    FRAME_ITEM_HEAD_BYTES = 4,
    FRAME_SIZE_MAX = FRAME_HEAD_BYTES + FRAME_ITEM_HEAD_BYTES + MESSAGE_BYTES_MAX,
    FRAME_SIZE_COUNTED_MAX = 2 * FRAME_SIZE_MAX, /* larger ones nng closes without telling */
};

/* What a frame of `size` bytes so far grows to with a message of `message_size`; 0 when it has no
 * place in it. A frame without messages has 0 bytes. */
size_t frame_grown(size_t size, size_t message_size);

/* Write `message` behind the `size` bytes of a batch, 0 for a new one; the caller has room for
 * what frame_grown says. Returns the new size. */
size_t frame_put(uint8_t *frame, size_t size, struct bytes message);

/* Check all bytes of a frame. False: they are none, and `ret_kind` is not written. A HELLO is
 * checked by hello_decode. */
bool frame_check(struct bytes frame, enum frame_kind *ret_kind);

/* The messages of a batch that frame_check found good, one after the other. Start with `place`
 * 0; false after the last. `ret_message` borrows from the frame. */
bool frame_next(struct bytes frame, size_t *place, struct bytes *ret_message);

#endif
