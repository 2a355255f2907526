/* Any bytes are safe for the decoder of messages, and what it accepts survives another round trip. */
#include "common/check.h"
#include "proto/codec.h"
#include "proto/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct msg msg, again;
    struct buf first = {0}, second = {0};
    char text[300];
    if (msg_decode((struct bytes){.data = data, .size = size}, &msg))
        return 0;
    msg_print(&msg, text, sizeof text);
    CHECK(msg_encode(&msg, &first) == OK);
    CHECK(msg_decode(buf_bytes(&first), &again) == OK);
    CHECK(msg_encode(&again, &second) == OK);
    CHECK(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
    buf_finish(&first);
    buf_finish(&second);
    return 0;
}
