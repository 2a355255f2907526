#include "process/http_write.h"
#include "process/http_text.h"

#include <stdio.h>
#include <string.h>

enum { HEAD_FIXED_BYTES = 256 }; /* status line without reason, and the server's own headers */

void http_print_date(time_t now, char *ret_text)
{
    static const char days[] = "SunMonTueWedThuFriSat",
                      months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm tm = {0};
    char text[96];
    gmtime_r(&now, &tm);
    snprintf(text, sizeof text, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", days + 3 * tm.tm_wday,
             tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
             tm.tm_sec);
    memcpy(ret_text, text, HTTP_DATE_BYTES);
}

static uint8_t *put(uint8_t *at, struct bytes bytes)
{
    if (bytes.size > 0)
        memcpy(at, bytes.data, bytes.size);
    return at + bytes.size;
}

static uint8_t *put_number(uint8_t *at, uint64_t number)
{
    uint8_t digits[24];
    size_t count = 0;
    do {
        digits[sizeof digits - ++count] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return put(at, (struct bytes){.data = digits + sizeof digits - count, .size = count});
}

static bool is_content_length(struct bytes name)
{
    return http_same_name(name, BYTES_LITERAL("Content-Length"));
}

/* Whether the owner's header goes out as it is. */
static bool header_passes(const struct http_header *header)
{
    switch (header->name.size) {
    case 4:
        if (http_same_name(header->name, BYTES_LITERAL("Date")))
            return false;
        break;
    case 10:
        if (http_same_name(header->name, BYTES_LITERAL("Connection")))
            return false;
        break;
    case 14:
        if (is_content_length(header->name))
            return false;
        break;
    case 17:
        if (http_same_name(header->name, BYTES_LITERAL("Transfer-Encoding")))
            return false;
        break;
    }
    return http_is_token(header->name) && http_is_one_line(header->value);
}

/* The length that HEAD is told: what the owner names, for it need not make the body. */
static uint8_t *put_length(uint8_t *at, const struct http_response *response, bool bodiless,
                           bool old)
{
    if (response->rest_bytes == HTTP_REST_UNKNOWN)
        return old ? at : put(at, BYTES_LITERAL("Transfer-Encoding: chunked\r\n"));
    at = put(at, BYTES_LITERAL("Content-Length: "));
    for (size_t i = 0; bodiless && i < response->header_count; i++) {
        const struct http_header *header = &response->headers[i];
        if (is_content_length(header->name) && header->value.size <= 20 &&
            http_is_number(header->value))
            return put(put(at, header->value), BYTES_LITERAL("\r\n"));
    }
    return put(put_number(at, response->body.size + response->rest_bytes), BYTES_LITERAL("\r\n"));
}

enum err http_write(struct buf *out, const struct http_response *response,
                    const struct http_answer_style *style)
{
    unsigned status = response->status >= 200 && response->status <= 599 ? response->status : 500;
    bool lengthless = !http_has_body(status, false);
    bool bodiless = style->bodiless || lengthless;
    bool framed = response->rest_bytes == HTTP_REST_UNKNOWN && !style->old;
    struct bytes reason = response->reason;
    if (reason.size == 0 || !http_is_one_line(reason))
        reason = http_reason(status);

    size_t size = HEAD_FIXED_BYTES + reason.size + (bodiless ? 0 : response->body.size);
    for (size_t i = 0; i < response->header_count; i++)
        size += response->headers[i].name.size + response->headers[i].value.size + 4;
    uint8_t *begin = buf_reserve(out, size), *at = begin;
    if (!begin)
        return ERR_MEMORY;

    at = put(at, BYTES_LITERAL("HTTP/1.1 "));
    at = put_number(at, status);
    *at++ = ' ';
    at = put(at, reason);
    at = put(at, BYTES_LITERAL("\r\nDate: "));
    at = put(at, (struct bytes){.data = style->date, .size = HTTP_DATE_BYTES});
    at = put(at, BYTES_LITERAL("\r\n"));
    if (!lengthless)
        at = put_length(at, response, style->bodiless, style->old);
    if (!style->keep_alive)
        at = put(at, BYTES_LITERAL("Connection: close\r\n"));
    else if (style->old)
        at = put(at, BYTES_LITERAL("Connection: keep-alive\r\n"));
    for (size_t i = 0; i < response->header_count; i++) {
        const struct http_header *header = &response->headers[i];
        if (!header_passes(header))
            continue;
        at = put(put(at, header->name), BYTES_LITERAL(": "));
        at = put(put(at, header->value), BYTES_LITERAL("\r\n"));
    }
    at = put(at, BYTES_LITERAL("\r\n"));
    if (!bodiless && !framed)
        at = put(at, response->body);
    out->size += (size_t)(at - begin);
    return !bodiless && framed && response->body.size ? http_write_chunk(out, response->body) : OK;
}

bool http_has_body(unsigned status, bool to_head)
{
    return !to_head && status != 204 && status != 304;
}

enum err http_write_chunk(struct buf *out, struct bytes part)
{
    enum { FRAME_BYTES = 32 };
    uint8_t *begin = buf_reserve(out, part.size + FRAME_BYTES);
    if (!begin)
        return ERR_MEMORY;
    size_t size = (size_t)snprintf((char *)begin, FRAME_BYTES, "%zx\r\n", part.size);
    uint8_t *at = put(put(begin + size, part), BYTES_LITERAL("\r\n"));
    out->size += (size_t)(at - begin);
    return OK;
}

enum err http_write_end(struct buf *out)
{
    return buf_append(out, "0\r\n\r\n", 5);
}
