#include "process/http_parse.h"
#include "common/check.h"
#include "process/http_text.h"

#include <stdlib.h>
#include <string.h>

enum {
    KEPT_BYTES_MAX = 16 << 10,      /* larger buffers are not kept for the next request */
    BODY_RESERVE_BYTES = 256 << 10, /* announced bodies get at most so much before they come */
    CHUNK_FRAMING_FACTOR = 8,       /* a chunk of one byte weighs six */
};

static void buf_recycle(struct buf *buf)
{
    if (buf->capacity > KEPT_BYTES_MAX)
        buf_finish(buf);
    buf->size = 0;
}

void http_message_clear(struct http_message *message)
{
    buf_recycle(&message->head);
    buf_recycle(&message->body);
    if (message->header_capacity * sizeof *message->headers > KEPT_BYTES_MAX) {
        free(message->headers);
        message->headers = NULL;
        message->header_capacity = 0;
    }
    message->request = (struct http_request){0};
    message->keep_alive = message->old = message->wants_continue = false;
}

void http_message_finish(struct http_message *message)
{
    buf_finish(&message->head);
    buf_finish(&message->body);
    free(message->headers);
    *message = (struct http_message){0};
}

bool http_refuse(struct http_parser *parser, unsigned status, const char *why)
{
    parser->refusal.status = status;
    parser->refusal.why = why;
    return false;
}

static struct http_parser *parser_of(llhttp_t *llhttp)
{
    return llhttp->data;
}

static int on_method(llhttp_t *llhttp, const char *at, size_t size)
{
    parser_of(llhttp)->message->request.method = (struct bytes){.data = at, .size = size};
    return HPE_OK;
}

static int on_url(llhttp_t *llhttp, const char *at, size_t size)
{
    parser_of(llhttp)->message->request.target = (struct bytes){.data = at, .size = size};
    return HPE_OK;
}

static int on_header_field(llhttp_t *llhttp, const char *at, size_t size)
{
    struct http_parser *parser = parser_of(llhttp);
    struct http_message *message = parser->message;
    if (parser->head_complete)
        return HPE_OK; /* trailers are not passed on */
    /* Room was made for as many headers as there are lines. */
    CHECK(message->request.header_count < message->header_capacity);
    message->headers[message->request.header_count++] = (struct http_header){
        .name = {.data = at, .size = size}, .value = {.data = at + size, .size = 0}};
    return HPE_OK;
}

static int on_header_value(llhttp_t *llhttp, const char *at, size_t size)
{
    struct http_parser *parser = parser_of(llhttp);
    struct http_message *message = parser->message;
    if (parser->head_complete)
        return HPE_OK;
    message->headers[message->request.header_count - 1].value =
        http_trim((struct bytes){.data = at, .size = size});
    return HPE_OK;
}

static int on_headers_complete(llhttp_t *llhttp)
{
    struct http_parser *parser = parser_of(llhttp);
    parser->head_complete = true;
    parser->chunked = llhttp->flags & F_CHUNKED;
    parser->message->keep_alive =
        llhttp_should_keep_alive(llhttp) && !(llhttp->flags & F_CONNECTION_CLOSE);
    return HPE_OK;
}

static int on_body(llhttp_t *llhttp, const char *at, size_t size)
{
    struct http_parser *parser = parser_of(llhttp);
    struct buf *body = &parser->message->body;
    parser->body_bytes += size;
    if (!parser->limits->bodies_flow && parser->body_bytes > parser->limits->body_bytes_max) {
        http_refuse(parser, 413, "the body is too large");
        return HPE_USER;
    }
    if (buf_append(body, at, size) != OK) {
        http_refuse(parser, 503, "out of memory");
        return HPE_USER;
    }
    return HPE_OK;
}

static int on_message_complete(llhttp_t *llhttp)
{
    parser_of(llhttp)->complete = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_method = on_method,
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

static void start_request(struct http_parser *parser)
{
    parser->in_body = parser->head_complete = parser->complete = parser->chunked = false;
    parser->line_start = parser->line_count = parser->first_line_size = 0;
    parser->body_bytes = parser->body_raw_bytes = 0;
    parser->last_byte = 0;
}

void http_parser_init(struct http_parser *parser, const struct http_limits *limits)
{
    *parser = (struct http_parser){.limits = limits};
    start_request(parser);
}

/* What llhttp lets pass: bare LF (not bare CR), folded lines, nameless headers. */
static bool line_passes(struct http_parser *parser, const char *line, size_t size)
{
    if (size < 2 || line[size - 2] != '\r')
        return http_refuse(parser, 400, "a line must end in CR LF");
    if (parser->line_count > 0 && (line[0] == ' ' || line[0] == '\t'))
        return http_refuse(parser, 400, "a header must not be folded over lines");
    if (parser->line_count > 0 && line[0] == ':')
        return http_refuse(parser, 400, "a header has no name");
    return true;
}

/* Look for the end of the head, from where the last look ended. DONE: it ends at line_start. */
static enum http_parse gather_head(struct http_parser *parser, const char *data, size_t size)
{
    for (;;) {
        const char *line = data + parser->line_start;
        const char *newline = memchr(line, '\n', size - parser->line_start);
        size_t end = newline ? (size_t)(newline + 1 - data) : size;
        if (end > parser->limits->head_bytes_max) {
            if (parser->line_count == 0)
                http_refuse(parser, 414, "the request line is too long");
            else
                http_refuse(parser, 431, "the headers are too large");
            return HTTP_PARSE_REFUSED;
        }
        if (!newline)
            return HTTP_PARSE_MORE;
        size_t line_size = end - parser->line_start;
        if (!line_passes(parser, line, line_size))
            return HTTP_PARSE_REFUSED;
        parser->line_start = end;
        if (line_size == 2)
            return HTTP_PARSE_DONE;
        if (parser->line_count++ == 0)
            parser->first_line_size = line_size;
    }
}

/* Only 1.0 and 1.1 are spoken; llhttp knows RTSP, HTTP/2's preface and a versionless form, too. */
static bool version_passes(struct http_parser *parser, struct http_message *message)
{
    enum { VERSION_BYTES = 9 };
    size_t size = parser->first_line_size - 2;
    if (size < VERSION_BYTES)
        return http_refuse(parser, 400, "the request line is not METHOD TARGET HTTP/1.1");
    const char *version = (const char *)message->head.data + size - VERSION_BYTES;
    if (memcmp(version, " HTTP/", 6) != 0 || version[7] != '.')
        return http_refuse(parser, 400, "the request line is not METHOD TARGET HTTP/1.1");
    if (version[6] != '1' || (version[8] != '0' && version[8] != '1'))
        return http_refuse(parser, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    message->old = version[8] == '0';
    return true;
}

static void refuse_as_llhttp(struct http_parser *parser, enum llhttp_errno code)
{
    if (parser->refusal.status != 0)
        return;
    if (code == HPE_INVALID_URL)
        http_refuse(parser, 400, "the target holds a character that must be percent-encoded");
    else {
        const char *why = llhttp_get_error_reason(&parser->llhttp);
        http_refuse(parser, 400, why ? why : "not HTTP");
    }
}

static bool reserve_headers(struct http_message *message, size_t count)
{
    if (count <= message->header_capacity)
        return true;
    struct http_header *headers = realloc(message->headers, count * sizeof *headers);
    if (!headers)
        return false;
    message->headers = headers;
    message->header_capacity = count;
    return true;
}

/* Whether it looks like a request, with a method that is not known. */
static bool method_is_foreign(const struct http_parser *parser, const struct buf *head)
{
    const char *text = (const char *)head->data;
    const char *space = memchr(text, ' ', parser->first_line_size);
    return space && http_is_token((struct bytes){.data = text, .size = (size_t)(space - text)});
}

/* Take the gathered head apart. False: refused. */
static bool parse_head(struct http_parser *parser, struct http_message *message, const char *data,
                       size_t size)
{
    if (buf_append(&message->head, data, size) != OK ||
        !reserve_headers(message, parser->line_count + 1))
        return http_refuse(parser, 503, "out of memory");
    if (!version_passes(parser, message))
        return false;
    llhttp_init(&parser->llhttp, HTTP_REQUEST, &settings);
    parser->llhttp.data = parser;
    enum llhttp_errno code =
        llhttp_execute(&parser->llhttp, (const char *)message->head.data, message->head.size);
    if (code == HPE_INVALID_METHOD && method_is_foreign(parser, &message->head))
        return http_refuse(parser, 501, "the method is not known here");
    if (code != HPE_OK && !(code == HPE_PAUSED && parser->complete)) {
        refuse_as_llhttp(parser, code);
        return false;
    }
    if (!parser->head_complete)
        return http_refuse(parser, 400, "not HTTP");
    message->request.headers = message->headers;
    if (!http_judge_head(parser, message))
        return false;
    if (!parser->chunked && !parser->complete) {
        size_t announced = parser->llhttp.content_length;
        if (!buf_reserve(&message->body,
                         announced < BODY_RESERVE_BYTES ? announced : BODY_RESERVE_BYTES))
            return http_refuse(parser, 503, "out of memory");
    }
    return true;
}

/* The last line of a chunked body, which llhttp lets end in a bare LF. */
static bool end_passes(struct http_parser *parser, const char *data, size_t used)
{
    char before = used >= 2 ? data[used - 2] : parser->last_byte;
    return before == '\r' || http_refuse(parser, 400, "a line must end in CR LF");
}

static enum http_parse parse_body(struct http_parser *parser, const char *data, size_t size,
                                  size_t *ret_used)
{
    enum llhttp_errno code = llhttp_execute(&parser->llhttp, data, size);
    size_t used = size;
    if (parser->complete)
        used = (size_t)(llhttp_get_error_pos(&parser->llhttp) - data);
    else if (code != HPE_OK) {
        refuse_as_llhttp(parser, code);
        return HTTP_PARSE_REFUSED;
    }
    *ret_used = used;
    parser->body_raw_bytes += used;
    /* Chunk extensions, trailers and leading zeros could go on for ever. */
    if (parser->body_raw_bytes >
        parser->body_bytes * CHUNK_FRAMING_FACTOR + parser->limits->head_bytes_max) {
        http_refuse(parser, 413, "the chunks hold too little for their size");
        return HTTP_PARSE_REFUSED;
    }
    if (parser->complete && parser->chunked && !end_passes(parser, data, used))
        return HTTP_PARSE_REFUSED;
    parser->last_byte = data[size - 1];
    return parser->complete ? HTTP_PARSE_DONE : HTTP_PARSE_MORE;
}

uint64_t http_rest_bytes(const struct http_parser *parser)
{
    return parser->chunked ? HTTP_REST_UNKNOWN : parser->llhttp.content_length;
}

enum http_parse http_parse(struct http_parser *parser, struct http_message *message,
                           const char *data, size_t size, size_t *ret_used)
{
    size_t used = 0;
    *ret_used = 0;
    parser->message = message;
    if (!parser->in_body) {
        /* Old clients send an empty line after a body. */
        while (parser->line_start == 0 && size - used >= 2 && data[used] == '\r' &&
               data[used + 1] == '\n')
            used += 2;
        *ret_used = used;
        if (used == size || (data[used] == '\r' && size - used == 1))
            return HTTP_PARSE_MORE;
        if (parser->line_start == 0 && !http_is_token((struct bytes){data + used, 1})) {
            http_refuse(parser, 400, "not HTTP");
            return HTTP_PARSE_REFUSED;
        }
        enum http_parse result = gather_head(parser, data + used, size - used);
        if (result != HTTP_PARSE_DONE)
            return result;
        if (!parse_head(parser, message, data + used, parser->line_start))
            return HTTP_PARSE_REFUSED;
        used += parser->line_start;
        *ret_used = used;
        parser->in_body = !parser->complete;
    }
    if (parser->in_body) {
        if (used == size)
            return HTTP_PARSE_MORE;
        size_t body_used = 0;
        enum http_parse result = parse_body(parser, data + used, size - used, &body_used);
        *ret_used = used + body_used;
        if (result != HTTP_PARSE_DONE)
            return result;
    }
    message->request.body = buf_bytes(&message->body);
    message->request.rest_bytes = 0;
    start_request(parser);
    return HTTP_PARSE_DONE;
}
