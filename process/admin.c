#include "process/faults.h"
#include "process/http_json.h"
#include "process/process.h"

#include <unistd.h>

/* The status port: JSON for scripts/cluster and for tests. It answers before the rest is open. */

static json_t *peers_json(const struct process *process)
{
    const struct config *config = &process->config;
    json_t *peers = json_array();
    for (size_t peer = 0; peer <= config->topology.region_count; peer++) {
        if (peer == process_own_peer(config))
            continue;
        struct link_stats stats = links_stats(process->links, process_link_of_peer(config, peer));
        json_array_append_new(peers, json_pack("{s:s, s:b, s:I, s:I, s:I, s:I}", "code",
                                               process_peer_code(config, peer), "up", stats.up,
                                               "sent", (json_int_t)stats.sent_messages,
                                               "sent_bytes", (json_int_t)stats.sent_bytes,
                                               "received", (json_int_t)stats.received_messages,
                                               "received_bytes", (json_int_t)stats.received_bytes));
    }
    return peers;
}

/* Until it is open it waits for its disk to take the number of this boot. */
static json_t *status_json(const struct process *process)
{
    const struct config *config = &process->config;
    struct store_stats store = store_stats(process->store);
    json_t *status = json_pack(
        "{s:s, s:s, s:s, s:i, s:I, s:o}", "role", config->coordinator ? "coordinator" : "node",
        "region", config->topology.regions[config->region].code, "state",
        process->open ? "ready" : "opening", "pid", (int)getpid(), "failing_commits",
        (json_int_t)store.failing_attempts, "faults", faults_json(config));
    if (!status || !process->open)
        return status;
    size_t rss_bytes = 0;
    uv_resident_set_memory(&rss_bytes);
    json_t *more = json_pack("{s:I, s:I, s:I, s:I, s:o}", "boot", (json_int_t)process->datadir.boot,
                             "commits", (json_int_t)store.commits, "rejected",
                             (json_int_t)links_rejected_count(process->links), "rss_bytes",
                             (json_int_t)rss_bytes, "peers", peers_json(process));
    json_object_update_new(status, more);
    process->role->add_status(process, status);
    return status;
}

void process_on_request(void *owner, struct http_exchange *exchange)
{
    struct process *process = owner;
    struct bytes target = http_request_of(exchange)->target;
    if (bytes_equal(target, BYTES_LITERAL("/status")))
        http_answer_json(exchange, 200, status_json(process));
    else if (bytes_equal(target, BYTES_LITERAL("/faults")))
        faults_on_request(process, exchange);
    else if (!process->open)
        http_answer_error(exchange, 503, "the process is starting");
    else
        process->role->on_request(process, exchange);
}
