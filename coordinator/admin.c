#include "coordinator/shell.h"
#include "process/http_json.h"

void admin_add_status(const void *owner, json_t *status)
{
    const struct shell *shell = owner;
    struct coord_stats stats = coord_stats(shell->coord);
    json_t *peers = json_object_get(status, "peers");
    json_object_update_new(
        status,
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "records", (json_int_t)stats.seq,
                  "claims_decided", (json_int_t)stats.claims, "births", (json_int_t)stats.births,
                  "pending", (json_int_t)stats.pending, "dropped", (json_int_t)stats.dropped,
                  "messages_sent", (json_int_t)shell->sent_messages, "messages_received",
                  (json_int_t)shell->received_messages));
    for (size_t peer = 0; peer < json_array_size(peers); peer++) {
        uint16_t number;
        bool joined = coord_joined(shell->coord, peer, &number);
        json_object_update_new(json_array_get(peers, peer),
                               json_pack("{s:b, s:i}", "joined", joined, "number", number));
    }
}

void admin_on_request(void *owner, struct http_exchange *exchange)
{
    (void)owner;
    http_answer_error(exchange, 404, "the coordinator answers GET /status and POST /faults");
}
