#ifndef TERRELLA_COMMON_BYTES_H
#define TERRELLA_COMMON_BYTES_H

#include "common/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `struct bytes` borrows a span of memory, `struct buf` owns one that grows. Neither is
 * terminated by a zero. */

struct bytes {
    const void *data; /* may be NULL when size is 0 */
    size_t size;
};

#define BYTES_LITERAL(text) ((struct bytes){.data = (text), .size = sizeof(text) - 1})

/* The bytes of a zero-terminated string, without the zero. */
struct bytes bytes_of(const char *text);

bool bytes_equal(struct bytes a, struct bytes b);

struct buf {
    uint8_t *data;
    size_t size;
    size_t capacity;
};

/* Append; the buffer grows as needed. Errors: ERR_MEMORY, and the buffer is unchanged. */
MUST_USE enum err buf_append(struct buf *buf, const void *data, size_t size);

/* Make room for `size` more bytes and return where they go; the caller then adds to `size`.
 * NULL when memory is out. */
uint8_t *buf_reserve(struct buf *buf, size_t size);

/* Drop the first `size` bytes and move the rest to the front. */
void buf_consume(struct buf *buf, size_t size);

/* What the buffer holds, borrowed until it changes. */
struct bytes buf_bytes(const struct buf *buf);

/* Free what the buffer owns and leave it empty. A zeroed buffer is fine. */
void buf_finish(struct buf *buf);

/* Two lower-case digits a byte, and a zero; `ret_text` holds 2 * bytes.size + 1. */
void hex_print(struct bytes bytes, char *ret_text);

/* Parse exactly `size` bytes from 2 * size digits of either case; false, and nothing written
 * that matters, when `text` is anything else. */
bool hex_parse(struct bytes text, uint8_t *ret_bytes, size_t size);

#endif
