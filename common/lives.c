#include "common/lives.h"

#include <string.h>

void lives_begin(struct lives *lives, uint64_t life)
{
    memmove(lives->of + 1, lives->of, (LIFE_COUNT - 1) * sizeof *lives->of);
    lives->of[0] = life;
}

void lives_write(const struct lives *lives, uint8_t ret_bytes[LIVES_BYTES])
{
    for (int i = 0; i < LIVES_BYTES; i++)
        ret_bytes[i] = (uint8_t)(lives->of[i / 8] >> (56 - 8 * (i % 8)));
}

struct lives lives_read(const uint8_t bytes[LIVES_BYTES])
{
    struct lives lives = {{0}};
    for (int i = 0; i < LIVES_BYTES; i++)
        lives.of[i / 8] = lives.of[i / 8] << 8 | bytes[i];
    return lives;
}
