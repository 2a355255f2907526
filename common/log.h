#ifndef TERRELLA_COMMON_LOG_H
#define TERRELLA_COMMON_LOG_H

#include "common/bytes.h"
#include "common/err.h"

/* One line for each event, to standard error: a JSON object with `time` (UTC), `level`, `from` (a
 * region, or "coordinator") and `text`, and what it is about where that is known: `worker`, `class`,
 * `object` (its id), `name` (of the object), `request`. `scripts/cluster logs` shows them to people.
 * Only shells log. Any thread may log. */

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

enum { LOG_TEXT_BYTES_MAX = 8192 }; /* the rest of a text is cut */

/* What a line is about; NULL: nothing of the kind. */
struct log_about {
    const char *worker, *class_name, *object, *name, *request;
};

/* Say where the lines come from ("SYD", "coordinator") and the least important level to print.
 * `source` is copied. */
void log_init(const char *source, enum log_level least);

void log_line(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

/* The same, about something. What is no UTF-8 shows as U+FFFD. */
void log_write(enum log_level level, const struct log_about *about, struct bytes text);

#endif
