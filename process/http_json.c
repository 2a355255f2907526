#include "process/http_json.h"

#include <stdlib.h>

void http_answer_json(struct http_exchange *exchange, unsigned status, json_t *body)
{
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    struct http_header type = {.name = BYTES_LITERAL("content-type"),
                               .value = BYTES_LITERAL("application/json")};
    http_answer(exchange,
                &(struct http_response){.status = text ? status : 500,
                                        .headers = &type,
                                        .header_count = 1,
                                        .body = text ? bytes_of(text) : (struct bytes){0}});
    free(text);
    json_decref(body);
}

void http_answer_error(struct http_exchange *exchange, unsigned status, const char *text)
{
    http_answer_json(exchange, status, json_pack("{s:s}", "error", text));
}
