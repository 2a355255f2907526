#include "node/js/js.h"

#include <jansson.h>

/* The head of OUTCOME_THROWN, made by prelude/errors.js: a JSON object with `text`, the line for
 * the log, and `stack`, the user's own lines; the rest is for the calling Worker. */

static enum err append_string(const json_t *value, const char *before, struct buf *buf)
{
    if (!json_is_string(value) || json_string_length(value) == 0)
        return OK;
    enum err err = buf_append(buf, before, __builtin_strlen(before));
    return err ? err : buf_append(buf, json_string_value(value), json_string_length(value));
}

enum err js_thrown_text(struct bytes head, struct buf *ret_text)
{
    json_t *thrown = json_loadb(head.data ? head.data : "", head.size, JSON_ALLOW_NUL, NULL);
    enum err err = json_is_object(thrown) ? OK : ERR_INVALID;
    if (err == OK)
        err = append_string(json_object_get(thrown, "text"), "", ret_text);
    if (err == OK)
        err = append_string(json_object_get(thrown, "stack"), "\n", ret_text);
    json_decref(thrown);
    return err;
}
