#include "node/js/engine.h"

#include "node/js/value.h"
#include "node/request_id.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NAME_BYTES_MAX = 256 };

char *log_name(struct bytes name)
{
    return strndup(name.data, name.size < NAME_BYTES_MAX ? name.size : NAME_BYTES_MAX);
}

/* Everything of a line but its level and text. */
struct about_texts {
    char id[ID_TEXT_BYTES], request[REQUEST_TEXT_BYTES];
};

static struct log_about about_owner(const struct script *script, struct owner owner,
                                    struct about_texts *texts)
{
    struct js *js = script->js;
    struct instance *instance = owner.instance ? instance_find(js, owner.instance) : NULL;
    struct log_about about = {.worker = js->config.workers[script->worker].name};
    if (instance) {
        id_print(&instance->id, texts->id);
        about.class_name = js->config.spaces[instance->space].class_name;
        about.object = texts->id;
        about.name = instance->name;
    }
    if (owner.request_id) {
        request_print(js->config.topology, owner.request_id, texts->request);
        about.request = texts->request;
    }
    return about;
}

void log_owner(enum log_level level, const struct script *script, struct owner owner,
               const char *format, ...)
{
    struct about_texts texts;
    struct log_about about = about_owner(script, owner, &texts);
    char text[LOG_TEXT_BYTES_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    log_write(level, &about, bytes_of(text));
}

/* log(level, text): a line of the user's code. */
NATIVE(native_log)
{
    (void)function, (void)self, (void)count;
    struct js *js = engine_here;
    struct about_texts texts;
    js->text.size = 0;
    if (value_to_text(context, values[1], LONE_REPLACED, &js->text, exception))
        return JSValueMakeUndefined(context);
    struct log_about about = about_owner(script_of(context), js->turn_owner, &texts);
    log_write((enum log_level)value_number(context, values[0]), &about, buf_bytes(&js->text));
    return JSValueMakeUndefined(context);
}

/* requestName(): the user's request that this turn is for, "SYD-17"; empty when there is none. */
NATIVE(native_requestName)
{
    (void)function, (void)self, (void)count, (void)values, (void)exception;
    struct about_texts texts;
    struct log_about about = about_owner(script_of(context), engine_here->turn_owner, &texts);
    return value_of_ascii(context, about.request ? about.request : "");
}
