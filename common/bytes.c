#include "common/bytes.h"

#include "common/check.h"

#include <stdlib.h>
#include <string.h>

struct bytes bytes_of(const char *text)
{
    return (struct bytes){.data = text, .size = strlen(text)};
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

uint8_t *buf_reserve(struct buf *buf, size_t size)
{
    if (size > SIZE_MAX / 4 - buf->size)
        return NULL;
    size_t needed = buf->size + size;
    if (needed > buf->capacity || !buf->data) { /* room for nothing is not NULL either */
        size_t capacity = buf->capacity ? buf->capacity : 64;
        while (capacity < needed)
            capacity *= 2;
        uint8_t *data = realloc(buf->data, capacity);
        if (!data)
            return NULL;
        buf->data = data;
        buf->capacity = capacity;
    }
    return buf->data + buf->size;
}

enum err buf_append(struct buf *buf, const void *data, size_t size)
{
    if (size == 0)
        return OK;
    uint8_t *end = buf_reserve(buf, size);
    if (!end)
        return ERR_MEMORY;
    memcpy(end, data, size);
    buf->size += size;
    return OK;
}

void buf_consume(struct buf *buf, size_t size)
{
    CHECK(size <= buf->size);
    if (size == 0)
        return;
    memmove(buf->data, buf->data + size, buf->size - size);
    buf->size -= size;
}

struct bytes buf_bytes(const struct buf *buf)
{
    return (struct bytes){.data = buf->data, .size = buf->size};
}

void buf_finish(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){0};
}

void hex_print(struct bytes bytes, char *ret_text)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *data = bytes.data;
    for (size_t i = 0; i < bytes.size; i++) {
        ret_text[2 * i] = digits[data[i] >> 4];
        ret_text[2 * i + 1] = digits[data[i] & 15];
    }
    ret_text[2 * bytes.size] = 0;
}

/* One more than what a digit stands for; 0: it is none. A table, since an id is read with each call. */
static const uint8_t hex_digits[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

bool hex_parse(struct bytes text, uint8_t *ret_bytes, size_t size)
{
    const uint8_t *digits = text.data;
    if (text.size != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        unsigned high = hex_digits[digits[2 * i]], low = hex_digits[digits[2 * i + 1]];
        if (!high || !low)
            return false;
        ret_bytes[i] = (uint8_t)((high - 1) << 4 | (low - 1));
    }
    return true;
}
