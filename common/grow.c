#include "common/grow.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum err grow(void *array, size_t *capacity, size_t count, size_t item_bytes)
{
    if (count <= *capacity)
        return OK;
    size_t larger = *capacity ? 2 * *capacity : 8;
    if (larger < count)
        larger = count;
    if (larger > SIZE_MAX / item_bytes)
        return ERR_MEMORY;
    void *items;
    memcpy(&items, array, sizeof items); /* whatever it points to, it is an object pointer */
    items = realloc(items, larger * item_bytes);
    if (!items)
        return ERR_MEMORY;
    memcpy(array, &items, sizeof items);
    *capacity = larger;
    return OK;
}
