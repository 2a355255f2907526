#ifndef TERRELLA_PROCESS_HTTP_JSON_H
#define TERRELLA_PROCESS_HTTP_JSON_H

#include "process/http.h"

#include <jansson.h>

/* Answer with a JSON value, which is taken over; NULL (out of memory) becomes an empty 500. For
 * the status ports. */
void http_answer_json(struct http_exchange *exchange, unsigned status, json_t *body);

/* Answer with {"error": text}. */
void http_answer_error(struct http_exchange *exchange, unsigned status, const char *text);

#endif
