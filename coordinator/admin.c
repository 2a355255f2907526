#include "coordinator/shell.h"
#include "node/faults.h"
#include "node/http_json.h"

#include <jansson.h>
#include <unistd.h>

/* The status port: one JSON object for scripts/cluster status and for tests. */

static json_t *peers_json(const struct shell *shell)
{
    json_t *peers = json_array();
    for (size_t i = 0; i < shell->config.topology.region_count; i++) {
        struct link_stats stats = links_stats(shell->links, i);
        uint16_t number;
        bool joined = coord_joined(shell->coord, i, &number);
        json_array_append_new(peers, json_pack("{s:s, s:b, s:b, s:i, s:I, s:I}", "code",
                                               shell->config.topology.regions[i].code, "up",
                                               stats.up, "joined", joined, "number", number, "sent",
                                               (json_int_t)stats.sent_messages, "received",
                                               (json_int_t)stats.received_messages));
    }
    return peers;
}

/* While it waits for its disk to take the number of this boot. */
static json_t *early_status_json(const struct shell *shell)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:I, s:o}", "role", "coordinator", "region",
                     shell->config.topology.regions[shell->config.region].code, "state", "opening",
                     "pid", (int)getpid(), "failing_commits",
                     (json_int_t)store_stats(shell->store).failing_attempts, "faults",
                     faults_json(&shell->config));
}

static json_t *status_json(const struct shell *shell)
{
    if (!shell->open)
        return early_status_json(shell);
    struct coord_stats stats = coord_stats(shell->coord);
    struct store_stats store = store_stats(shell->store);
    size_t rss_bytes = 0;
    uv_resident_set_memory(&rss_bytes);
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
                     "s:I, s:o, s:o}",
                     "role", "coordinator", "region",
                     shell->config.topology.regions[shell->config.region].code, "state", "ready",
                     "pid", (json_int_t)getpid(), "boot", (json_int_t)shell->datadir.boot,
                     "records", (json_int_t)stats.seq, "claims_decided", (json_int_t)stats.claims,
                     "births", (json_int_t)stats.births, "pending", (json_int_t)stats.pending,
                     "dropped", (json_int_t)stats.dropped, "commits", (json_int_t)store.commits,
                     "failing_commits", (json_int_t)store.failing_attempts, "rejected",
                     (json_int_t)links_rejected_count(shell->links), "messages_sent",
                     (json_int_t)shell->sent_messages, "messages_received",
                     (json_int_t)shell->received_messages, "rss_bytes", (json_int_t)rss_bytes,
                     "peers", peers_json(shell), "faults", faults_json(&shell->config));
}

void admin_on_request(void *owner, struct http_exchange *exchange)
{
    struct shell *shell = owner;
    if (bytes_equal(http_request_of(exchange)->target, BYTES_LITERAL("/status")))
        http_answer_json(exchange, 200, status_json(shell));
    else if (bytes_equal(http_request_of(exchange)->target, BYTES_LITERAL("/faults")))
        faults_on_request(exchange, &shell->config, shell->links, shell->store);
    else
        http_answer_error(exchange, 404, "the coordinator answers GET /status and POST /faults");
}
