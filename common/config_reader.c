#include "common/config_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keys are the file's own and may be of any length; what is told of one is bounded. */
enum { LINE_BYTES_MAX = 400, SHOWN_BYTES_MAX = 40, PORT_MAX = 65535 };

static const double DAY_MS = 86400e3;

static void note(struct config_reader *reader, const char *text, size_t size)
{
    if (buf_append(&reader->mistakes, text, size))
        reader->memory_out = true;
}

/* The path of `at`, written to the end of `line`: "topology.regions[3].code". */
static void print_path(const struct json_at *at, char line[LINE_BYTES_MAX])
{
    if (!at->parent)
        return;
    print_path(at->parent, line);
    size_t used = strlen(line);
    if (at->key)
        snprintf(line + used, LINE_BYTES_MAX - used, "%s%.*s", used ? "." : "", SHOWN_BYTES_MAX,
                 at->key);
    else
        snprintf(line + used, LINE_BYTES_MAX - used, "[%zu]", at->index);
}

enum err reader_json_err(const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);
    /* Every mistake in the text has a code of its own; where memory is short, it may have none. */
    return code == json_error_out_of_memory || code == json_error_unknown ? ERR_MEMORY
                                                                          : ERR_INVALID;
}

void reader_mistake(struct config_reader *reader, const struct json_at *at, const char *format, ...)
{
    char line[LINE_BYTES_MAX] = "";
    print_path(at, line);
    if (!line[0])
        snprintf(line, sizeof line, "the file");
    size_t used = strlen(line);
    snprintf(line + used, sizeof line - used, ": ");
    used = strlen(line);
    va_list args;
    va_start(args, format);
    vsnprintf(line + used, sizeof line - used, format, args);
    va_end(args);
    for (char *byte = line; *byte; byte++)
        if ((unsigned char)*byte < 0x20 || *byte == 0x7f)
            *byte = '?';
    if (reader->mistake_count++ > 0)
        note(reader, "\n", 1);
    note(reader, line, strlen(line));
}

void reader_known(struct config_reader *reader, const struct json_at *object,
                  const char *const *keys)
{
    const char *key;
    json_t *value;
    /* The macro walks a mutable object but changes nothing. */
    json_object_foreach((json_t *)object->value, key, value)
    {
        size_t i = 0;
        while (keys[i] && strcmp(keys[i], key) != 0)
            i++;
        struct json_at at = {.parent = object, .key = key, .value = value};
        if (!keys[i])
            reader_mistake(reader, &at, "is not a field that belongs here");
    }
}

bool reader_has(const struct json_at *object, const char *key)
{
    return json_object_get(object->value, key) != NULL;
}

/* A field which must be there; its value is NULL when it is not. */
static struct json_at reader_field(struct config_reader *reader, const struct json_at *object,
                                   const char *key)
{
    struct json_at at = {.parent = object, .key = key};
    at.value = json_object_get(object->value, key);
    if (!at.value && object->value)
        reader_mistake(reader, &at, "is missing");
    return at;
}

/* `at`, without its value if that is not of the type. */
static struct json_at of_type(struct config_reader *reader, struct json_at at, bool is_of_type,
                              const char *type)
{
    if (at.value && !is_of_type) {
        reader_mistake(reader, &at, "must be %s", type);
        at.value = NULL;
    }
    return at;
}

struct json_at reader_object(struct config_reader *reader, const struct json_at *object,
                             const char *key)
{
    struct json_at at = reader_field(reader, object, key);
    return of_type(reader, at, json_is_object(at.value), "an object");
}

struct json_at reader_list(struct config_reader *reader, const struct json_at *object,
                           const char *key)
{
    struct json_at at = reader_field(reader, object, key);
    return of_type(reader, at, json_is_array(at.value), "a list");
}

struct json_at reader_item(const struct json_at *list, size_t index)
{
    return (struct json_at){
        .parent = list, .index = index, .value = json_array_get(list->value, index)};
}

struct json_at reader_object_item(struct config_reader *reader, const struct json_at *list,
                                  size_t index)
{
    struct json_at at = reader_item(list, index);
    return of_type(reader, at, json_is_object(at.value), "an object");
}

size_t reader_count(const struct json_at *list)
{
    return json_array_size(list->value);
}

const char *reader_text(struct config_reader *reader, const struct json_at *object, const char *key,
                        size_t size_min, size_t size_max)
{
    struct json_at at = reader_field(reader, object, key);
    if (!of_type(reader, at, json_is_string(at.value), "a text").value)
        return NULL;
    size_t size = json_string_length(at.value);
    if (size < size_min || size > size_max) {
        reader_mistake(reader, &at, "must have %zu to %zu bytes, not %zu", size_min, size_max,
                       size);
        return NULL;
    }
    return json_string_value(at.value);
}

double reader_number(struct config_reader *reader, const struct json_at *object, const char *key,
                     double min, double max)
{
    struct json_at at = reader_field(reader, object, key);
    if (!of_type(reader, at, json_is_number(at.value), "a number").value)
        return min;
    double number = json_number_value(at.value);
    if (number >= min && number <= max)
        return number;
    reader_mistake(reader, &at, "must be from %.15g to %.15g, not %.15g", min, max, number);
    return min;
}

uint64_t reader_integer(struct config_reader *reader, const struct json_at *object, const char *key,
                        uint64_t min, uint64_t max)
{
    struct json_at at = reader_field(reader, object, key);
    if (!of_type(reader, at, json_is_integer(at.value), "a whole number").value)
        return min;
    json_int_t number = json_integer_value(at.value);
    if (number >= 0 && (uint64_t)number >= min && (uint64_t)number <= max)
        return (uint64_t)number;
    reader_mistake(reader, &at, "must be from %ju to %ju, not %jd", (uintmax_t)min, (uintmax_t)max,
                   (intmax_t)number);
    return min;
}

bool reader_bool(struct config_reader *reader, const struct json_at *object, const char *key)
{
    struct json_at at = reader_field(reader, object, key);
    return json_is_true(of_type(reader, at, json_is_boolean(at.value), "true or false").value);
}

void reader_hex(struct config_reader *reader, const struct json_at *object, const char *key,
                uint8_t *ret_bytes, size_t size)
{
    struct json_at at = reader_field(reader, object, key);
    struct bytes text = {json_string_value(at.value), json_string_length(at.value)};
    if (at.value && !hex_parse(text, ret_bytes, size))
        reader_mistake(reader, &at, "must be a text of %zu hexadecimal digits", 2 * size);
}

char *reader_copy(struct config_reader *reader, const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        reader->memory_out = true;
    return copy;
}

void *reader_array(struct config_reader *reader, size_t count, size_t item_bytes)
{
    void *items = count ? calloc(count, item_bytes) : NULL;
    if (count && !items)
        reader->memory_out = true;
    return items;
}

double reader_us(struct config_reader *reader, const struct json_at *object, const char *key,
                 double min_ms)
{
    return reader_number(reader, object, key, min_ms, DAY_MS) * 1000;
}

char *reader_text_copy(struct config_reader *reader, const struct json_at *object, const char *key,
                       size_t size_min, size_t size_max)
{
    return reader_copy(reader, reader_text(reader, object, key, size_min, size_max));
}

uint16_t reader_port(struct config_reader *reader, const struct json_at *object, const char *key)
{
    return (uint16_t)reader_integer(reader, object, key, 1, PORT_MAX);
}

/* "tcp://", an address, a colon and a port. */
static bool is_url(const char *text)
{
    static const char scheme[] = "tcp://";
    const char *colon = strrchr(text, ':');
    if (strncmp(text, scheme, sizeof scheme - 1) != 0 || colon < text + sizeof scheme)
        return false;
    size_t digit_count = strspn(colon + 1, "0123456789");
    long port = strtol(colon + 1, NULL, 10);
    return digit_count > 0 && digit_count <= 5 && !colon[1 + digit_count] && port > 0 &&
           port <= PORT_MAX;
}

char *reader_url(struct config_reader *reader, const struct json_at *object)
{
    const char *text = reader_text(reader, object, "url", 1, TEXT_BYTES_MAX);
    if (text && !is_url(text)) {
        reader_mistake(reader, JSON_FIELD(object, "url"),
                       "\"%.80s\" is not like tcp://127.0.0.1:9001", text);
        return NULL;
    }
    return reader_copy(reader, text);
}

/* How much of the text to tell so that whole lines take up to `room` bytes. */
static size_t whole_lines(struct bytes text, size_t room)
{
    if (text.size <= room)
        return text.size;
    const char *data = text.data;
    size_t size = room;
    while (size > 0 && data[size] != '\n')
        size--;
    return size;
}

enum err reader_verdict(const struct config_reader *reader, const char *path,
                        struct errmsg *reterr_why)
{
    static const char cut[] = "\n...";
    if (reader->memory_out)
        return err_say(ERR_MEMORY, reterr_why, "%.200s: %s", path, err_text(ERR_MEMORY));
    if (reader->mistake_count == 0)
        return OK;
    struct bytes text = buf_bytes(&reader->mistakes);
    struct errmsg head = {0};
    (void)err_say(OK, &head, "%.200s: %zu mistake%s\n", path, reader->mistake_count,
                  reader->mistake_count == 1 ? "" : "s");
    size_t size = whole_lines(text, sizeof head.text - strlen(head.text) - sizeof cut);
    return err_say(ERR_INVALID, reterr_why, "%s%.*s%s", head.text, (int)size,
                   (const char *)text.data, size < text.size ? cut : "");
}

void reader_finish(struct config_reader *reader)
{
    buf_finish(&reader->mistakes);
}
