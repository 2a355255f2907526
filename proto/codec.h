#ifndef TERRELLA_PROTO_CODEC_H
#define TERRELLA_PROTO_CODEC_H

#include "proto/msg.h"

/* Messages as msgpack: one array [type, from_boot, to_boot, field, ...], fields in the order of
 * the structs in msg.h. Packed with msgpack-c's packer. Decoded by a cursor of our own that checks
 * every length against the bytes that are left and never allocates, so any bytes are safe:
 * msgpack-c's unpacker reserves memory that hostile bytes name. */

/* Append one message to `out`. Errors: ERR_MEMORY; `out` may then hold a part. */
MUST_USE enum err msg_encode(const struct msg *msg, struct buf *out);

/* Decode exactly one message that fills `bytes`; what it points to is borrowed from there.
 * Errors: ERR_INVALID. */
MUST_USE enum err msg_decode(struct bytes bytes, struct msg *ret_msg);

#endif
