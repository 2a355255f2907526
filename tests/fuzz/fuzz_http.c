/* Any bytes are safe for the HTTP parser, and how they are cut into pieces changes nothing. The
 * first byte of the input chooses the limits, the second the size of the pieces. */

#include "common/check.h"
#include "process/http_parse.h"
#include "process/http_write.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_limits roomy = {.head_bytes_max = 64 << 10, .body_bytes_max = 64 << 10};
static const struct http_limits narrow = {.head_bytes_max = 120, .body_bytes_max = 20};

static void note(struct buf *notes, struct bytes bytes)
{
    CHECK(buf_append(notes, &bytes.size, sizeof bytes.size) == OK);
    CHECK(buf_append(notes, bytes.data, bytes.size) == OK);
}

static void note_number(struct buf *notes, unsigned number)
{
    CHECK(buf_append(notes, &number, sizeof number) == OK);
}

/* Write down all that was understood, and use it for an answer as well. */
static void note_message(struct buf *notes, const struct http_message *message)
{
    const struct http_request *request = &message->request;
    struct buf out = {0};
    note(notes, request->method);
    note(notes, request->target);
    note(notes, request->host);
    for (size_t i = 0; i < request->header_count; i++) {
        note(notes, request->headers[i].name);
        note(notes, request->headers[i].value);
    }
    note(notes, request->body);
    note_number(notes, (unsigned)message->keep_alive << 1 | message->old);
    CHECK(http_write(&out,
                     &(struct http_response){.status = (unsigned)request->body.size,
                                             .reason = request->target,
                                             .headers = request->headers,
                                             .header_count = request->header_count,
                                             .body = request->body},
                     &(struct http_answer_style){.keep_alive = message->keep_alive,
                                                 .date = "Mon, 23 Nov 2026 17:21:54 GMT"}) == OK);
    buf_finish(&out);
}

/* Parse `data` as it arrives in pieces, each time in memory of exactly its size. */
static void parse_pieces(const struct http_limits *limits, const uint8_t *data, size_t size,
                         size_t piece_size, struct buf *notes)
{
    struct http_parser parser;
    struct http_message message = {0};
    size_t taken = 0, shown = 0;
    bool refused = false;
    http_parser_init(&parser, limits);
    while (shown < size && !refused) {
        shown = piece_size < size - shown ? shown + piece_size : size;
        char *piece = malloc(shown - taken);
        CHECK(piece);
        memcpy(piece, data + taken, shown - taken);
        enum http_parse result = HTTP_PARSE_DONE;
        size_t at = 0, end = shown - taken, used;
        while (at < end && result == HTTP_PARSE_DONE) {
            result = http_parse(&parser, &message, piece + at, end - at, &used);
            CHECK(used <= end - at);
            at += used;
            if (result != HTTP_PARSE_DONE)
                continue;
            CHECK(used > 0);
            note_message(notes, &message);
            http_message_clear(&message);
        }
        if (result == HTTP_PARSE_REFUSED) {
            refused = true;
            CHECK(parser.refusal.status >= 400 && parser.refusal.why);
            note_number(notes, parser.refusal.status);
        }
        taken += at;
        free(piece);
    }
    http_message_finish(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole = {0}, pieces = {0};
    if (size < 2 || size > 8192)
        return 0;
    const struct http_limits *limits = data[0] & 1 ? &narrow : &roomy;
    size_t piece_size = (size_t)data[1] % 64 + 1;
    parse_pieces(limits, data + 2, size - 2, size, &whole);
    parse_pieces(limits, data + 2, size - 2, piece_size, &pieces);
    /* How much chunks may weigh is looked at after each piece. */
    CHECK(limits == &narrow || bytes_equal(buf_bytes(&whole), buf_bytes(&pieces)));
    buf_finish(&whole);
    buf_finish(&pieces);
    return 0;
}
