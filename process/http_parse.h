#ifndef TERRELLA_PROCESS_HTTP_PARSE_H
#define TERRELLA_PROCESS_HTTP_PARSE_H

#include "process/http.h"

#include <llhttp.h>

/* Bytes in, requests out; no socket and no clock. The head is first gathered up to its empty line
 * and checked line by line for what llhttp lets pass, then llhttp takes it apart in one go; bodies
 * go through llhttp as they come. */

/* One request and the memory it points into. Zero-initialise it. */
struct http_message {
    struct http_request request; /* the head once that is complete; the body when all is there */
    struct http_header *headers;
    size_t header_capacity;
    struct buf head, body;
    bool keep_alive;     /* the client means to send more on this connection */
    bool old;            /* HTTP/1.0 */
    bool wants_continue; /* it waits for "100 Continue" before it sends the body */
};

/* Empty it for the next request; memory of ordinary size is kept. */
void http_message_clear(struct http_message *message);

/* Free what it owns. */
void http_message_finish(struct http_message *message);

struct http_parser {
    const struct http_limits *limits; /* borrowed */
    bool in_body;                     /* the head is done, the body is not */
    struct {
        unsigned status;
        const char *why; /* static */
    } refusal;
    /* The rest is the parser's own. */
    llhttp_t llhttp;
    struct http_message *message;
    size_t line_start, line_count, first_line_size; /* of the head so far, with line ends */
    bool head_complete, complete, chunked;
    uint64_t body_bytes;     /* so far */
    uint64_t body_raw_bytes; /* the same, with what frames the chunks */
    char last_byte;          /* of the body bytes before those at hand */
};

void http_parser_init(struct http_parser *parser, const struct http_limits *limits);

enum http_parse {
    HTTP_PARSE_MORE, /* more bytes are needed; those not used must be shown again, with more behind
                      */
    HTTP_PARSE_DONE, /* the message is a whole request; the parser is ready for the next */
    HTTP_PARSE_REFUSED, /* see `refusal`; nothing on this connection can be trusted any more */
};

/* Take bytes up to the end of one request. `message` must be clear at a request's first byte and
 * the same until its last. `ret_used` is how many bytes were taken. */
enum http_parse http_parse(struct http_parser *parser, struct http_message *message,
                           const char *data, size_t size, size_t *ret_used);

/* In the middle of a body: how much of it is still to come; HTTP_REST_UNKNOWN. */
uint64_t http_rest_bytes(const struct http_parser *parser);

/* For http_parse: decide whether a head that llhttp accepted is one that is served, and shape
 * `message->request` accordingly. False: refused, with the reason in the parser. */
bool http_judge_head(struct http_parser *parser, struct http_message *message);

/* Note why a request is refused; always false. */
bool http_refuse(struct http_parser *parser, unsigned status, const char *why);

#endif
