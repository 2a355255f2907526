#include "node/js/engine.h"

#include "common/log.h"
#include "node/js/value.h"

/* log(level, text): a line of the user's code, said to be from its Worker or object. */
NATIVE(native_log)
{
    (void)function, (void)self, (void)count;
    struct js *js = engine_here;
    struct script *script = script_of(context);
    struct instance *instance = instance_find(js, js->turn_owner.instance);
    js->text.size = 0;
    if (value_to_text(context, values[1], LONE_REPLACED, &js->text, exception))
        return JSValueMakeUndefined(context);
    enum log_level level = (enum log_level)value_number(context, values[0]);
    char id_text[ID_TEXT_BYTES] = "";
    if (instance)
        id_print(&instance->id, id_text);
    log_line(level, "%s%s%s%s%.8s: %.*s", js->config.workers[script->worker].name,
             instance ? "/" : "", instance ? js->config.spaces[instance->space].class_name : "",
             instance ? "/" : "", id_text, (int)js->text.size, (const char *)js->text.data);
    return JSValueMakeUndefined(context);
}
