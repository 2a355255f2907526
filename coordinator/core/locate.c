#include "coordinator/core/state.h"

/* Who was first. A creation that is not finished counts as none: nobody has been told yet. */

enum err coord_on_locate(struct coord *coord, size_t peer, const struct msg_locate *locate)
{
    enum err err = outbox_reserve(&coord->outbox, 1);
    if (err)
        return err;
    coord_send(coord, peer,
               (struct msg){.type = MSG_LOCATED,
                            .located = {.call = locate->call,
                                        .id = locate->id,
                                        .home_number = homes_find(&coord->homes, &locate->id)}});
    return OK;
}
