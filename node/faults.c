#include "node/faults.h"

#include "common/log.h"
#include "node/http_json.h"
#include "node/http_text.h"

/* Links are numbered without this process itself; the coordinator comes last among peers. */
static size_t link_of_peer(const struct config *config, size_t peer)
{
    return config->coordinator || peer < config->region ? peer : peer - 1;
}

void faults_apply(const struct config *config, struct links *links, struct store *store)
{
    const struct config_faults *faults = &config->faults;
    if (store)
        store_fill_disk(store, faults->disk_full);
    for (size_t link = 0; links && link < config->topology.region_count; link++) {
        struct config_link_fault fault = {0};
        for (size_t i = 0; i < faults->link_count; i++)
            if (link_of_peer(config, faults->links[i].peer) == link)
                fault = faults->links[i];
        links_disturb(links, link, fault.extra_delay_us, fault.cut);
    }
}

json_t *faults_json(const struct config *config)
{
    const struct config_faults *faults = &config->faults;
    const struct topology *topology = &config->topology;
    json_t *links = json_array();
    for (size_t i = 0; i < faults->link_count; i++) {
        const struct config_link_fault *fault = &faults->links[i];
        json_array_append_new(links, json_pack("{s:s, s:b, s:f}", "to",
                                               fault->peer == topology->region_count
                                                   ? "coordinator"
                                                   : topology->regions[fault->peer].code,
                                               "cut", fault->cut, "delay_ms",
                                               (double)fault->extra_delay_us / 1000));
    }
    return json_pack("{s:b, s:o}", "disk_full", faults->disk_full, "links", links);
}

static bool is_json(const struct http_request *request)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (http_same_name(request->headers[i].name, BYTES_LITERAL("content-type")))
            return bytes_equal(request->headers[i].value, BYTES_LITERAL("application/json"));
    return false;
}

void faults_on_request(struct http_exchange *exchange, struct config *config, struct links *links,
                       struct store *store)
{
    const struct http_request *request = http_request_of(exchange);
    struct config_faults faults;
    struct errmsg why = {.text = ""};
    if (!bytes_equal(request->method, BYTES_LITERAL("POST")) || !is_json(request)) {
        http_answer_error(exchange, 405, "faults: POST a body of type application/json");
        return;
    }
    enum err err = config_faults_parse(config, request->body, &faults, &why);
    if (err) {
        http_answer_error(exchange, err == ERR_INVALID ? 400 : 503, why.text);
        return;
    }
    config_faults_finish(&config->faults);
    config->faults = faults;
    faults_apply(config, links, store);
    log_line(LOG_WARN, "faults: %zu links cut or delayed, disk %s", faults.link_count,
             faults.disk_full ? "full" : "well");
    http_answer_json(exchange, 200, faults_json(config));
}
