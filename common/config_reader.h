#ifndef TERRELLA_COMMON_CONFIG_READER_H
#define TERRELLA_COMMON_CONFIG_READER_H

#include "common/bytes.h"
#include "common/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Checked access to a JSON document for common/config.c: each value is asked for with what it must
 * be, and what is wrong is noted with its path, such as `topology.regions[3].code`, while reading
 * goes on. What follows from a noted mistake is not noted again: fields of a missing object are
 * passed over in silence. */

/* A value and where it stands. `value` is NULL when there is none and that was noted. */
struct json_at {
    const struct json_at *parent; /* NULL: the whole document */
    const char *key;              /* in an object; NULL: `index` in a list */
    size_t index;
    const json_t *value;
};

/* The place of a field, there or not, to note a mistake at. */
#define JSON_FIELD(object, name) (&(struct json_at){.parent = (object), .key = (name)})

enum { TEXT_BYTES_MAX = 256, PATH_BYTES_MAX = 4096 };

struct config_reader {
    struct buf mistakes; /* one a line */
    size_t mistake_count;
    bool memory_out;
};

/* What kept a text from being read as JSON: ERR_MEMORY, or ERR_INVALID with its `text`. */
MUST_USE enum err reader_json_err(const json_error_t *error);

/* Note a mistake at `at`; control characters in the line become question marks. */
void reader_mistake(struct config_reader *reader, const struct json_at *at, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Note each key of `object` that is not among `keys`, a list ended by NULL. */
void reader_known(struct config_reader *reader, const struct json_at *object,
                  const char *const *keys);

bool reader_has(const struct json_at *object, const char *key);

/* A field of `object`, or an item of a list, that must be an object or a list. Its value is NULL when it
 * is not there. */
struct json_at reader_object(struct config_reader *reader, const struct json_at *object,
                             const char *key);
struct json_at reader_list(struct config_reader *reader, const struct json_at *object,
                           const char *key);
struct json_at reader_item(const struct json_at *list, size_t index);
struct json_at reader_object_item(struct config_reader *reader, const struct json_at *list,
                                  size_t index);

/* How many items a list has; 0 when there is no list. */
size_t reader_count(const struct json_at *list);

/* Scalars. On a mistake: NULL, `min`, `min`, false. Texts are borrowed from the document and have
 * size_min to size_max bytes; they hold no zero. */
const char *reader_text(struct config_reader *reader, const struct json_at *object, const char *key,
                        size_t size_min, size_t size_max);
double reader_number(struct config_reader *reader, const struct json_at *object, const char *key,
                     double min, double max);
uint64_t reader_integer(struct config_reader *reader, const struct json_at *object, const char *key,
                        uint64_t min, uint64_t max);
bool reader_bool(struct config_reader *reader, const struct json_at *object, const char *key);

/* A text of exactly 2 * size hexadecimal digits, which may be a secret and is never repeated. */
void reader_hex(struct config_reader *reader, const struct json_at *object, const char *key,
                uint8_t *ret_bytes, size_t size);

/* A time of at least `min_ms` milliseconds and at most a day, in microseconds. */
double reader_us(struct config_reader *reader, const struct json_at *object, const char *key,
                 double min_ms);

uint16_t reader_port(struct config_reader *reader, const struct json_at *object, const char *key);

/* As reader_text, but a copy for the caller to free. */
char *reader_text_copy(struct config_reader *reader, const struct json_at *object, const char *key,
                       size_t size_min, size_t size_max);

/* The field `url`, like tcp://127.0.0.1:9001, for the caller to free; NULL on a mistake. */
char *reader_url(struct config_reader *reader, const struct json_at *object);

/* A copy of `text` for the caller to free; NULL for NULL. Notes when memory is out. */
char *reader_copy(struct config_reader *reader, const char *text);

/* Zeroed memory for `count` items; NULL for none. Notes when memory is out. */
void *reader_array(struct config_reader *reader, size_t count, size_t item_bytes);

/* Tell the mistakes, under a line with their number, as far as they fit. Returns ERR_INVALID when
 * there are any, ERR_MEMORY when memory was out, and OK otherwise. */
MUST_USE enum err reader_verdict(const struct config_reader *reader, const char *path,
                                 struct errmsg *reterr_why);

/* Free the notes. */
void reader_finish(struct config_reader *reader);

#endif
