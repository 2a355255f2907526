#include "process/http_parse.h"
#include "process/http_text.h"

#include <string.h>

/* What a well-formed head must fulfil besides: who is meant, how the body is framed, what is
 * expected. */

struct findings {
    size_t host_count, coding_count;
    struct bytes host, coding, expect;
};

static struct findings find(const struct http_request *request)
{
    struct findings found = {0};
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *header = &request->headers[i];
        if (http_same_name(header->name, BYTES_LITERAL("Host"))) {
            found.host = header->value;
            found.host_count++;
        } else if (http_same_name(header->name, BYTES_LITERAL("Transfer-Encoding"))) {
            found.coding = header->value;
            found.coding_count++;
        } else if (http_same_name(header->name, BYTES_LITERAL("Expect")))
            found.expect = header->value;
    }
    return found;
}

/* Reduce "http://host/path" to "/path" and its host. */
static bool judge_absolute(struct http_parser *parser, struct http_request *request)
{
    char *target = (char *)(uintptr_t)request->target.data; /* it lies in message->head */
    size_t size = request->target.size, scheme_size = 0;
    if (size > 7 && strncasecmp(target, "http://", 7) == 0)
        scheme_size = 7;
    else if (size > 8 && strncasecmp(target, "https://", 8) == 0)
        scheme_size = 8;
    else
        return http_refuse(parser, 400, "the target is neither a path nor an http URL");
    char *host = target + scheme_size;
    size_t host_size = 0, host_room = size - scheme_size;
    while (host_size < host_room && host[host_size] != '/' && host[host_size] != '?')
        host_size++;
    request->host = (struct bytes){.data = host, .size = host_size};
    request->target = (struct bytes){.data = host + host_size, .size = host_room - host_size};
    if (host_size == 0)
        return http_refuse(parser, 400, "the target names no host");
    if (request->target.size == 0) {
        bool options = bytes_equal(request->method, BYTES_LITERAL("OPTIONS"));
        request->target = options ? BYTES_LITERAL("*") : BYTES_LITERAL("/");
    } else if (host[host_size] == '?') {
        /* "http://host?query": the slash that is missing goes where the host ends, and the host
         * moves into the slash before it. */
        memmove(host - 1, host, host_size);
        request->host.data = host - 1;
        host[host_size - 1] = '/';
        request->target =
            (struct bytes){.data = host + host_size - 1, .size = request->target.size + 1};
    }
    return true;
}

static bool judge_target(struct http_parser *parser, struct http_message *message)
{
    struct http_request *request = &message->request;
    const char *line = (const char *)message->head.data, *target = request->target.data;
    size_t version_at = parser->first_line_size - 2 - strlen(" HTTP/1.1");
    /* llhttp skips any number of spaces. */
    if (target != line + request->method.size + 1 ||
        target + request->target.size != line + version_at)
        return http_refuse(parser, 400, "the request line must hold single spaces");
    if (parser->llhttp.method == HTTP_CONNECT)
        return http_refuse(parser, 501, "this is no proxy");
    if (memchr(target, '#', request->target.size))
        return http_refuse(parser, 400, "the target must not hold a fragment");
    if (target[0] == '*') {
        bool options = bytes_equal(request->method, BYTES_LITERAL("OPTIONS"));
        return (options && request->target.size == 1) ||
               http_refuse(parser, 400, "only OPTIONS may ask for *");
    }
    return target[0] == '/' || judge_absolute(parser, request);
}

static bool judge_framing(struct http_parser *parser, const struct http_message *message,
                          const struct findings *findings)
{
    if (findings->coding_count > 0) {
        if (message->old)
            return http_refuse(parser, 400, "HTTP/1.0 has no Transfer-Encoding");
        if (findings->coding_count > 1)
            return http_refuse(parser, 400, "more than one Transfer-Encoding");
        if (!http_same_name(findings->coding, BYTES_LITERAL("chunked")))
            return http_refuse(parser, 501, "no Transfer-Encoding but chunked is known here");
    } else if (!parser->complete && !parser->limits->bodies_flow &&
               parser->llhttp.content_length > parser->limits->body_bytes_max)
        return http_refuse(parser, 413, "the body is too large");
    return true;
}

static bool judge_expect(struct http_parser *parser, struct http_message *message,
                         const struct findings *findings)
{
    if (findings->expect.size == 0 || message->old)
        return true;
    if (!http_same_name(findings->expect, BYTES_LITERAL("100-continue")))
        return http_refuse(parser, 417, "only 100-continue can be expected");
    message->wants_continue = !parser->complete;
    return true;
}

bool http_judge_head(struct http_parser *parser, struct http_message *message)
{
    struct findings findings = find(&message->request);
    if (findings.host_count > 1)
        return http_refuse(parser, 400, "more than one Host");
    if (findings.host_count == 0 && !message->old)
        return http_refuse(parser, 400, "Host is missing");
    message->request.host = findings.host;
    if (!judge_target(parser, message))
        return false;
    if (!http_is_authority(findings.host) || !http_is_authority(message->request.host))
        return http_refuse(parser, 400, "the host is not a name or address with a port");
    return judge_framing(parser, message, &findings) && judge_expect(parser, message, &findings);
}
