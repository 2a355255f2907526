#ifndef TERRELLA_PROCESS_HTTP_WRITE_H
#define TERRELLA_PROCESS_HTTP_WRITE_H

#include "process/http.h"

#include <time.h>

/* Responses as bytes. */

enum { HTTP_DATE_BYTES = 29 };

/* "Mon, 23 Nov 2026 17:21:54 GMT", without a zero. */
void http_print_date(time_t now, char *ret_text);

/* What a response has to suit. */
struct http_answer_style {
    bool bodiless;    /* the request was HEAD: the length is told, the body left out */
    bool keep_alive;  /* the connection stays open */
    bool old;         /* the request was HTTP/1.0: keeping alive has to be said; no chunks */
    const char *date; /* HTTP_DATE_BYTES */
};

/* Append head and body to `out`. Headers that would break the lines are left out, and a status
 * outside of 200 to 599 becomes 500. Errors: ERR_MEMORY, and `out` is unchanged. */
MUST_USE enum err http_write(struct buf *out, const struct http_response *response,
                             const struct http_answer_style *style);

/* Whether a response to a request of this kind has a body at all. */
bool http_has_body(unsigned status, bool to_head);

/* Append a part of a body as one chunk (none is empty), or the end of all chunks.
 * Errors: ERR_MEMORY, and `out` is unchanged. */
MUST_USE enum err http_write_chunk(struct buf *out, struct bytes part);
MUST_USE enum err http_write_end(struct buf *out);

#endif
