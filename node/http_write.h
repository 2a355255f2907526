#ifndef TERRELLA_NODE_HTTP_WRITE_H
#define TERRELLA_NODE_HTTP_WRITE_H

#include "node/http.h"

#include <time.h>

/* Responses as bytes. */

enum { HTTP_DATE_BYTES = 29 };

/* "Mon, 23 Nov 2026 17:21:54 GMT", without a zero. */
void http_print_date(time_t now, char *ret_text);

/* What a response has to suit. */
struct http_answer_style {
    bool bodiless;    /* the request was HEAD: the length is told, the body left out */
    bool keep_alive;  /* the connection stays open */
    bool old;         /* the request was HTTP/1.0: keeping alive has to be said */
    const char *date; /* HTTP_DATE_BYTES */
};

/* Append head and body to `out`. Headers that would break the lines are left out, and a status
 * outside of 200 to 599 becomes 500. Errors: ERR_MEMORY, and `out` is unchanged. */
MUST_USE enum err http_write(struct buf *out, const struct http_response *response,
                             const struct http_answer_style *style);

#endif
