#ifndef TERRELLA_SIM_PARCEL_H
#define TERRELLA_SIM_PARCEL_H

#include "common/bytes.h"
#include "proto/msg.h"

/* A message under way between two simulated processes: encoded as on the wire or, in a light
 * world, the struct itself with a copy of what it points to; the bodies of calls are zeros then. */

/* Into `parcel`, which is empty. Errors: ERR_MEMORY. */
MUST_USE enum err parcel_pack(const struct msg *msg, bool light, struct buf *parcel);

/* What was packed the same way; it borrows from the parcel, and perhaps from `room`. */
const struct msg *parcel_open(const struct buf *parcel, bool light, struct msg *room);

#endif
