#ifndef TERRELLA_COMMON_GROW_H
#define TERRELLA_COMMON_GROW_H

#include "common/err.h"

#include <stddef.h>

/* Room for `count` items of `item_bytes` each in an array that doubles. `array` is the address of
 * the pointer to it; the array may move. Errors: ERR_MEMORY, nothing changed. */
MUST_USE enum err grow(void *array, size_t *capacity, size_t count, size_t item_bytes);

#endif
