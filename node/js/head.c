#include "node/js/head.h"

#include "process/http.h"

#include <string.h>

static enum err append_line(struct buf *buf, struct bytes text, bool lower)
{
    uint8_t *place = buf_reserve(buf, text.size + 1);
    if (!place)
        return ERR_MEMORY;
    const uint8_t *from = text.data;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = from[i] < 0x20 && from[i] != '\t' ? ' ' : from[i];
        place[i] = lower && byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
    }
    place[text.size] = '\n';
    buf->size += text.size + 1;
    return OK;
}

static enum err append_header(struct buf *buf, struct bytes name, struct bytes value)
{
    enum err err = buf_append(buf, "\n", 1);
    if (err == OK)
        err = append_line(buf, name, true);
    if (err == OK)
        err = append_line(buf, value, false);
    buf->size -= err == OK;
    return err;
}

enum err head_pack_request(const struct js_http *request, struct buf *buf)
{
    enum err err = append_line(buf, request->method, false);
    if (err == OK)
        err = append_line(buf, request->url, false);
    if (err == OK)
        err = buf_append(buf, "\nmanual", 7);
    if (request->client.size && err == OK)
        err = append_header(buf, BYTES_LITERAL("cf-connecting-ip"), request->client);
    for (size_t i = 0; i < request->header_count && err == OK; i++)
        err = append_header(buf, request->headers[i].name, request->headers[i].value);
    return err;
}

/* Cut the first line off `rest`; false when nothing is left. */
static bool take_line(struct bytes *rest, struct bytes *ret_line)
{
    if (!rest->data)
        return false;
    const char *start = rest->data;
    const char *end = rest->size ? memchr(start, '\n', rest->size) : NULL;
    if (!end) {
        *ret_line = *rest;
        *rest = (struct bytes){0};
        return true;
    }
    size_t size = (size_t)(end - start);
    *ret_line = (struct bytes){start, size};
    *rest = (struct bytes){end + 1, rest->size - size - 1};
    return true;
}

static bool parse_status(struct bytes text, unsigned *ret_status)
{
    const char *digits = text.data;
    if (text.size != 3)
        return false;
    unsigned status = 0;
    for (size_t i = 0; i < 3; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return false;
        status = status * 10 + (unsigned)(digits[i] - '0');
    }
    *ret_status = status;
    return status >= 200 && status <= 599;
}

enum err js_response_head(struct bytes head, unsigned *ret_status, struct bytes *ret_reason,
                          struct http_header *ret_headers, size_t header_max,
                          size_t *ret_header_count)
{
    struct bytes line;
    if (!take_line(&head, &line) || !parse_status(line, ret_status) ||
        !take_line(&head, ret_reason))
        return ERR_INVALID;
    size_t count = 0;
    while (count < header_max && take_line(&head, &line)) {
        ret_headers[count].name = line;
        if (line.size == 0 || !take_line(&head, &ret_headers[count].value))
            return ERR_INVALID;
        count++;
    }
    *ret_header_count = count;
    return OK;
}
