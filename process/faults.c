#include "process/faults.h"

#include "common/log.h"
#include "process/http_json.h"
#include "process/http_text.h"

void faults_apply(const struct process *process)
{
    const struct config *config = &process->config;
    const struct config_faults *faults = &config->faults;
    size_t link_count = process->links ? config->topology.region_count : 0;
    store_fill_disk(process->store, faults->disk_full);
    for (size_t link = 0; link < link_count; link++) {
        struct config_link_fault fault = {0};
        for (size_t i = 0; i < faults->link_count; i++)
            if (process_link_of_peer(config, faults->links[i].peer) == link)
                fault = faults->links[i];
        bool kept_down = process->alone && link + 1 < link_count;
        links_disturb(process->links, link, fault.extra_delay_us, fault.cut || kept_down);
    }
}

json_t *faults_json(const struct config *config)
{
    const struct config_faults *faults = &config->faults;
    json_t *links = json_array();
    for (size_t i = 0; i < faults->link_count; i++) {
        const struct config_link_fault *fault = &faults->links[i];
        json_array_append_new(
            links, json_pack("{s:s, s:b, s:f}", "to", process_peer_code(config, fault->peer), "cut",
                             fault->cut, "delay_ms", (double)fault->extra_delay_us / 1000));
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

void faults_on_request(struct process *process, struct http_exchange *exchange)
{
    struct config *config = &process->config;
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
    faults_apply(process);
    log_line(LOG_WARN, "faults: %zu links cut or delayed, disk %s", faults.link_count,
             faults.disk_full ? "full" : "well");
    http_answer_json(exchange, 200, faults_json(config));
}
