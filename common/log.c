#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unicode/utf8.h>
#include <unistd.h>

enum {
    SOURCE_BYTES_MAX = 64,
    ABOUT_BYTES_MAX = 512, /* of one thing that a line is about */
    ESCAPE_BYTES_MAX = 6,
    LINE_BYTES_MAX =
        ESCAPE_BYTES_MAX * (LOG_TEXT_BYTES_MAX + SOURCE_BYTES_MAX + 5 * ABOUT_BYTES_MAX) + 256,
};

static char log_source[SOURCE_BYTES_MAX] = "-";
static enum log_level log_least = LOG_INFO;

void log_init(const char *source, enum log_level least)
{
    snprintf(log_source, sizeof log_source, "%s", source);
    log_least = least;
}

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_ERROR: return "error";
    case LOG_WARN: return "warn";
    case LOG_INFO: return "info";
    case LOG_DEBUG: return "debug";
    }
    return "?";
}

/* The inside of a JSON string. */
static char *print_escaped(char *to, struct bytes text)
{
    const uint8_t *bytes = text.data;
    for (size_t place = 0; place < text.size;) {
        size_t start = place;
        UChar32 point;
        U8_NEXT(bytes, place, text.size, point);
        if (point < 0) {
            to = stpcpy(to, "\\ufffd");
        } else if (point == '"' || point == '\\') {
            *to++ = '\\';
            *to++ = (char)point;
        } else if (point == '\n') {
            to = stpcpy(to, "\\n");
        } else if (point < 0x20 || point == 0x7f) {
            to += sprintf(to, "\\u%04x", (unsigned)point);
        } else {
            memcpy(to, bytes + start, place - start);
            to += place - start;
        }
    }
    return to;
}

static char *print_field(char *to, const char *name, struct bytes value, size_t size_max)
{
    if (value.size > size_max)
        value.size = size_max;
    to += sprintf(to, ",\"%s\":\"", name);
    to = print_escaped(to, value);
    *to++ = '"';
    return to;
}

static char *print_time(char *to)
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    to += strftime(to, 64, "{\"time\":\"%Y-%m-%dT%H:%M:%S", &utc);
    return to + sprintf(to, ".%03ldZ\"", now.tv_nsec / 1000000);
}

void log_write(enum log_level level, const struct log_about *about, struct bytes text)
{
    if (level > log_least)
        return;
    int saved_errno = errno;
    char line[LINE_BYTES_MAX];
    const struct {
        const char *name, *value;
    } fields[] = {{"from", log_source},       {"level", level_name(level)},
                  {"worker", about->worker},  {"class", about->class_name},
                  {"object", about->object},  {"name", about->name},
                  {"request", about->request}};
    char *end = print_time(line);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i].value)
            end = print_field(end, fields[i].name, bytes_of(fields[i].value), ABOUT_BYTES_MAX);
    end = print_field(end, "text", text, LOG_TEXT_BYTES_MAX);
    *end++ = '}';
    *end++ = '\n';
    /* One write for the whole line: lines of several threads or processes do not mix. There is
     * nobody to tell when it fails. */
    if (write(STDERR_FILENO, line, (size_t)(end - line)) < 0) {
    }
    errno = saved_errno;
}

void log_line(enum log_level level, const char *format, ...)
{
    if (level > log_least)
        return;
    int saved_errno = errno;
    char text[LOG_TEXT_BYTES_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    log_write(level, &(struct log_about){0}, bytes_of(text));
    errno = saved_errno;
}
