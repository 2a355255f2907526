#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    SOURCE_BYTES_MAX = 64,
    TEXT_BYTES_MAX = 2048, /* before escaping; the rest is cut */
    LINE_BYTES_MAX = 128 + SOURCE_BYTES_MAX + 4 * TEXT_BYTES_MAX, /* an escape takes 4 bytes */
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

static size_t print_head(char *line, size_t size, enum log_level level)
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t used = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &utc);
    used += (size_t)snprintf(line + used, size - used, ".%03ldZ %-5s %s ", now.tv_nsec / 1000000,
                             level_name(level), log_source);
    return used;
}

static char *print_escaped(char *to, const char *text)
{
    for (const char *from = text; *from; from++) {
        uint8_t byte = (uint8_t)*from;
        if (byte == '\n') {
            *to++ = '\\';
            *to++ = 'n';
        } else if (byte < 0x20 || byte == 0x7f) {
            to += sprintf(to, "\\x%02x", byte);
        } else {
            *to++ = (char)byte;
        }
    }
    return to;
}

void log_line(enum log_level level, const char *format, ...)
{
    if (level > log_least)
        return;
    int saved_errno = errno;
    char text[TEXT_BYTES_MAX], line[LINE_BYTES_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);

    char *end = print_escaped(line + print_head(line, sizeof line, level), text);
    *end++ = '\n';
    /* One write for the whole line: lines of several threads or processes do not mix. There is
     * nobody to tell when it fails. */
    if (write(STDERR_FILENO, line, (size_t)(end - line)) < 0) {
    }
    errno = saved_errno;
}
