#ifndef TERRELLA_COMMON_LOG_H
#define TERRELLA_COMMON_LOG_H

#include "common/err.h"

/* One line for each event, to standard error: time (UTC, milliseconds), level, region, text.
 * Only shells log. Control characters in the text are escaped, so that one event stays one line.
 * Any thread may log. */

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Say where the lines come from ("SYD", "coordinator") and the least important level to print.
 * `source` is copied. */
void log_init(const char *source, enum log_level least);

void log_line(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
