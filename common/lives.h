#ifndef TERRELLA_COMMON_LIVES_H
#define TERRELLA_COMMON_LIVES_H

#include <stdint.h>

/* Lives tell an older copy of a data directory from the directory itself. Each start of a process
 * draws one and keeps it beside the boot number. A copy that is put back counts the same boots once
 * more, but its lives are others. */

enum { LIFE_COUNT = 8, LIVES_BYTES = LIFE_COUNT * 8 };

struct lives {
    uint64_t
        of[LIFE_COUNT]; /* of the present start, the one before, and so on; 0: there was none */
};

/* A new start, under a life that is not 0. */
void lives_begin(struct lives *lives, uint64_t life);

/* As they are kept and as they travel: each big-endian. */
void lives_write(const struct lives *lives, uint8_t ret_bytes[LIVES_BYTES]);
struct lives lives_read(const uint8_t bytes[LIVES_BYTES]);

#endif
