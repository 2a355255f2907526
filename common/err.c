#include "common/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *err_text(enum err err)
{
    switch (err) {
    case OK: return "no error";
#define X(code, text) \
    case code: return text;
        ERR_LIST(X)
#undef X
    }
    return "unknown error";
}

enum err err_say(enum err err, struct errmsg *why, const char *format, ...)
{
    if (why) {
        va_list args;
        va_start(args, format);
        vsnprintf(why->text, sizeof why->text, format, args);
        va_end(args);
    }
    return err;
}

enum err err_prefix(enum err err, struct errmsg *why, const char *format, ...)
{
    if (why) {
        struct errmsg inner = *why;
        va_list args;
        va_start(args, format);
        vsnprintf(why->text, sizeof why->text, format, args);
        va_end(args);
        size_t used = strlen(why->text);
        snprintf(why->text + used, sizeof why->text - used, ": %s", inner.text);
    }
    return err;
}
