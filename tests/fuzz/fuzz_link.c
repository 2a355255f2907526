/* Any bytes are safe as a frame, and none passes for a HELLO without the cluster's key. */
#include "common/check.h"
#include "proto/frame.h"
#include "proto/handshake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t cluster_id[CLUSTER_ID_BYTES], cluster_key[KEY_BYTES] = {1, 2, 3};
    struct bytes frame = {.data = data, .size = size}, message;
    enum frame_kind kind;
    struct hello hello;
    struct hello_scope scope;
    size_t place = 0, total = 0;
    if (frame_check(frame, &kind) && kind == FRAME_BATCH) {
        while (frame_next(frame, &place, &message)) {
            CHECK(message.size > 0 && message.size <= MESSAGE_BYTES_MAX);
            total += message.size + FRAME_ITEM_HEAD_BYTES;
        }
        CHECK(total + FRAME_HEAD_BYTES == size);
    }
    hello_scope_init(&scope, cluster_id, cluster_key, "SYD", 1);
    CHECK(hello_decode(&scope, frame, &hello) != HELLO_GOOD);
    return 0;
}
