#include "experiment/load_run.h"

#include "common/alarm.h"
#include "common/config_reader.h"
#include "common/grow.h"
#include "experiment/load_http.h"
#include "experiment/load_kind.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TURN_COUNT_MAX = 256, /* requests that begin before answers are looked at again */
    BEHIND_US = 1000,     /* a request that begins so much later is late */
    SWEEP_MS = 100,
    WARM_CONNECTION_COUNT = 8,
    CONNECTION_MAX = 1000,
    HEAD_TEXT_BYTES = 512,
    LEAD_US = 200 * 1000, /* from the start to time 0: connections are made meanwhile */
    TIMEOUT_US_MIN = 10 * 1000 * 1000,
};

/* A request under way. */
struct open {
    struct request request;
    uint64_t meant_us; /* when it was meant to begin, on our clock */
    bool told;
    size_t next; /* free, or waiting for the same id; SIZE_MAX: the last */
};

/* A unique object: its id is known once the request that makes it is answered. */
enum object_state { OBJECT_UNBORN, OBJECT_BEING_BORN, OBJECT_BORN };
struct object {
    enum object_state state;
    uint8_t id[OBJECT_ID_BYTES];
    size_t waiting_first, waiting_last; /* requests, plus one; 0: none */
};

struct load {
    const struct input *input;
    const struct load_config *config;
    const struct load_events *events;
    uv_loop_t loop;
    uv_timer_t sweep;
    struct alarm_clock *alarm;
    struct load_target **targets; /* by region */
    struct workload *workload;
    struct load_kinds *kinds;
    struct measure *measure;
    struct object *objects; /* only where some are unique */
    struct open *opens;
    size_t open_capacity, open_free, open_count;
    struct request next;
    bool has_next, over;
    uint64_t start_us, last_us, strange_count;
    char *body;
    struct buf text;
    enum err err;
};

/* ---- input ---- */

enum err load_config_read(const struct input *input, struct load_config *ret_config,
                          struct errmsg *reterr_why)
{
    static const char *const keys[] = {
        "kind", "time_scale", "host", "ports", "connections_max", "pipeline_max", NULL};
    const struct topology *topology = &input->config.topology;
    struct config_reader reader = {0};
    struct json_at root = {.value = input->document};
    struct json_at at = reader_object(&reader, &root, "engine");
    reader_known(&reader, &at, keys);
    struct json_at ports = reader_object(&reader, &at, "ports");
    *ret_config = (struct load_config){
        .time_scale = 1, .host = "127.0.0.1", .connection_max = CONNECTION_MAX, .pipeline_max = 1};
    if (reader_has(&at, "time_scale"))
        ret_config->time_scale = reader_number(&reader, &at, "time_scale", 1e-4, 1e4);
    if (reader_has(&at, "host"))
        ret_config->host = reader_text(&reader, &at, "host", 1, 64);
    if (reader_has(&at, "connections_max"))
        ret_config->connection_max = reader_integer(&reader, &at, "connections_max", 1, 50000);
    if (reader_has(&at, "pipeline_max"))
        ret_config->pipeline_max = reader_integer(&reader, &at, "pipeline_max", 1, 64);
    ret_config->ports = calloc(topology->region_count, sizeof *ret_config->ports);
    for (size_t i = 0; ret_config->ports && i < topology->region_count; i++)
        ret_config->ports[i] = reader_port(&reader, &ports, topology->regions[i].code);
    enum err err = reader_verdict(&reader, "engine", reterr_why);
    reader_finish(&reader);
    if (!err && !ret_config->ports)
        err = ERR_MEMORY;
    if (err)
        free(ret_config->ports);
    return err;
}

/* ---- requests under way ---- */

static void fail_load(struct load *load, enum err err)
{
    if (!err)
        return;
    load->err = err;
    uv_stop(&load->loop);
}

static enum err open_one(struct load *load, const struct request *request, uint64_t meant_us,
                         size_t *ret_index)
{
    if (load->open_free == SIZE_MAX) {
        size_t old = load->open_capacity;
        enum err err = grow(&load->opens, &load->open_capacity, old + 1, sizeof *load->opens);
        if (err)
            return err;
        for (size_t i = load->open_capacity; i > old; i--) {
            load->opens[i - 1].next = load->open_free;
            load->open_free = i - 1;
        }
    }
    size_t index = load->open_free;
    load->open_free = load->opens[index].next;
    load->opens[index] = (struct open){.request = *request, .meant_us = meant_us, .next = SIZE_MAX};
    load->open_count++;
    *ret_index = index;
    return OK;
}

static void close_one(struct load *load, size_t index)
{
    load->opens[index].next = load->open_free;
    load->open_free = index;
    load->open_count--;
    if (load->over && load->open_count == 0)
        uv_stop(&load->loop);
}

/* The path tells the Worker all (experiments/worker/index.js). */
static enum err write_text(struct load *load, const struct request *request)
{
    char which[2 * OBJECT_ID_BYTES + 1], head[HEAD_TEXT_BYTES];
    const char *kind = !request->unique ? "name" : request->first ? "new" : "id";
    if (!request->unique || request->first)
        snprintf(which, sizeof which, "o%" PRIu64, request->object);
    else
        hex_print(
            (struct bytes){.data = load->objects[request->object].id, .size = OBJECT_ID_BYTES},
            which);
    const char *hint = hint_name(request->hint);
    const char *jurisdiction = jurisdiction_name(request->jurisdiction);
    long long service_ms = llround((double)request->service_us * load->config->time_scale / 1000);
    int size = snprintf(head, sizeof head,
                        "%s /%s/%s/%s/%s/%lld/%" PRIu32 "/%d HTTP/1.1\r\nHost: experiment\r\n"
                        "terrella-timing: 1\r\n",
                        request->request_bytes ? "POST" : "GET", kind, which, *hint ? hint : "-",
                        *jurisdiction ? jurisdiction : "-", service_ms, request->response_bytes,
                        request->writes);
    if (request->request_bytes)
        size += snprintf(head + size, sizeof head - (size_t)size, "Content-Length: %" PRIu32 "\r\n",
                         request->request_bytes);
    load->text.size = 0;
    enum err err = buf_append(&load->text, head, (size_t)size);
    if (!err)
        err = buf_append(&load->text, "\r\n", 2);
    return err ? err : buf_append(&load->text, load->body, request->request_bytes);
}

static void send_one(struct load *load, size_t index)
{
    struct open *open = &load->opens[index];
    open->told = load_kinds_told(load->kinds, &open->request);
    enum err err = write_text(load, &open->request);
    if (!err)
        err = load_send(load->targets[open->request.region], index, buf_bytes(&load->text));
    fail_load(load, err);
}

/* ---- unique ids ---- */

/* True: the request goes out; false: it waits for the id. */
static bool may_go(struct load *load, size_t index)
{
    struct open *open = &load->opens[index];
    struct object *object = &load->objects[open->request.object];
    switch (object->state) {
    case OBJECT_UNBORN:
        object->state = OBJECT_BEING_BORN;
        open->request.first = true;
        return true;
    case OBJECT_BORN: open->request.first = false; return true;
    case OBJECT_BEING_BORN: break;
    }
    if (object->waiting_last)
        load->opens[object->waiting_last - 1].next = index;
    else
        object->waiting_first = index + 1;
    object->waiting_last = index + 1;
    return false;
}

/* Nobody can use an id before he knows it: who had to wait for it begins now. When nobody has made
 * it, the next one does. */
static void born(struct load *load, uint64_t number, const struct load_answer *answer, bool made)
{
    struct object *object = &load->objects[number];
    bool known = made && hex_parse(answer->object_id, object->id, OBJECT_ID_BYTES);
    size_t waiting = object->waiting_first;
    object->state = known ? OBJECT_BORN : OBJECT_UNBORN;
    object->waiting_first = object->waiting_last = 0;
    while (waiting) {
        size_t index = waiting - 1;
        waiting = load->opens[index].next == SIZE_MAX ? 0 : load->opens[index].next + 1;
        load->opens[index].next = SIZE_MAX;
        load->opens[index].meant_us = alarm_now_us();
        if (may_go(load, index)) {
            send_one(load, index);
            load_flush(load->targets[load->opens[index].request.region]);
        }
    }
}

/* ---- answers ---- */

static void on_answered(void *owner, uint64_t number, const struct load_answer *answer)
{
    struct load *load = owner;
    struct open open = load->opens[number];
    struct load_timing timing;
    uint64_t now_us = alarm_now_us();
    uint64_t late_us = now_us > open.meant_us ? now_us - open.meant_us : 0;
    uint64_t latency_us = (uint64_t)((double)late_us / load->config->time_scale);
    bool answered = answer->status == 200;
    if (answered && !load_timing_read(&load->input->config.topology, answer->timing,
                                      load->config->time_scale, &timing)) {
        load->strange_count++;
        answered = false;
    }
    load->last_us = now_us;
    fail_load(load, answered ? load_kinds_answered(load->kinds, &open.request, &timing, latency_us,
                                                   open.told)
                             : load_kinds_failed(load->kinds, &open.request, latency_us));
    if (open.request.unique && open.request.first)
        born(load, open.request.object, answer, answered);
    close_one(load, (size_t)number);
}

/* ---- the generator ---- */

static uint64_t due_us(const struct load *load, const struct request *request)
{
    return load->start_us + (uint64_t)((double)request->at_us * load->config->time_scale);
}

static void note_lag(struct load *load, const struct request *request, uint64_t lag_us)
{
    struct measure *measure = load->measure;
    uint64_t model_us = (uint64_t)((double)lag_us / load->config->time_scale);
    if (request->at_us < measure->config.warmup_us)
        return;
    measure->behind += lag_us > BEHIND_US;
    if (model_us > measure->behind_max_us)
        measure->behind_max_us = model_us;
}

static void begin(struct load *load, const struct request *request)
{
    uint64_t meant_us = due_us(load, request), now_us = alarm_now_us();
    size_t index;
    note_lag(load, request, now_us - meant_us);
    enum err err = open_one(load, request, meant_us, &index);
    if (err)
        fail_load(load, err);
    else if (!request->unique || may_go(load, index))
        send_one(load, index);
}

static void on_due(void *owner)
{
    struct load *load = owner;
    uint64_t now_us = alarm_now_us();
    for (size_t i = 0; load->has_next && i < TURN_COUNT_MAX; i++) {
        if (due_us(load, &load->next) > now_us)
            break;
        begin(load, &load->next);
        load->has_next = workload_next(load->workload, &load->next);
    }
    for (size_t i = 0; i < load->input->config.topology.region_count; i++)
        load_flush(load->targets[i]);
    if (load->has_next) {
        alarm_set(load->alarm, due_us(load, &load->next));
        return;
    }
    load->over = true;
    if (load->open_count == 0)
        uv_stop(&load->loop);
}

static void on_sweep(uv_timer_t *timer)
{
    struct load *load = timer->data;
    const struct workload_config *workload = &load->input->workload;
    for (size_t i = 0; i < load->input->config.topology.region_count; i++)
        load_sweep(load->targets[i]);
    if (load->events->progress)
        load->events->progress((double)load->next.at_us / (double)workload->duration_us);
}

/* ---- life ---- */

static enum err open_targets(struct load *load, struct errmsg *reterr_why)
{
    size_t count = load->input->config.topology.region_count;
    double deadline_us = (double)load->input->config.limits.fetch_deadline_us;
    uint64_t timeout_us = (uint64_t)(3 * deadline_us * load->config->time_scale);
    struct load_target_config config = {.host = load->config->host,
                                        .connection_max = load->config->connection_max,
                                        .pipeline_max = load->config->pipeline_max,
                                        .connection_warm = WARM_CONNECTION_COUNT,
                                        .timeout_us = timeout_us > TIMEOUT_US_MIN ? timeout_us
                                                                                  : TIMEOUT_US_MIN,
                                        .on_answered = on_answered,
                                        .owner = load};
    load->targets = calloc(count, sizeof *load->targets);
    enum err err = load->targets ? OK : ERR_MEMORY;
    for (size_t i = 0; !err && i < count; i++) {
        config.port = load->config->ports[i];
        err = load_target_open(&load->loop, &config, &load->targets[i]);
        if (err)
            (void)err_say(err, reterr_why, "%s: %s", config.host, err_text(err));
    }
    return err;
}

static enum err build(struct load *load, struct errmsg *reterr_why)
{
    const struct input *input = load->input;
    struct measure_config measure = input_measure_config(input);
    load->open_free = SIZE_MAX;
    load->body = calloc(1, (size_t)input->workload.request_bytes + 1);
    if (input->workload.unique_share > 0)
        load->objects = calloc((size_t)input->workload.object_count, sizeof *load->objects);
    if (!load->body || (input->workload.unique_share > 0 && !load->objects))
        return ERR_MEMORY;
    memset(load->body, 'x', input->workload.request_bytes);
    enum err err = workload_create(&input->workload, &load->workload);
    if (!err)
        err = measure_create(&measure, &load->measure);
    if (!err)
        err = load_kinds_create(input, load->measure, &load->kinds);
    if (!err)
        err = alarm_open(&load->loop, on_due, load, &load->alarm);
    if (!err && uv_timer_init(&load->loop, &load->sweep))
        err = ERR_IO;
    load->sweep.data = load;
    return err ? err : open_targets(load, reterr_why);
}

static enum err play(struct load *load)
{
    load->has_next = workload_next(load->workload, &load->next);
    load->start_us = load->last_us = alarm_now_us() + LEAD_US;
    if (!load->has_next)
        return OK;
    alarm_set(load->alarm, due_us(load, &load->next));
    uv_timer_start(&load->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    if (load->events->begun)
        load->events->begun(load->start_us);
    uv_run(&load->loop, UV_RUN_DEFAULT);
    return load->err ? load->err : load_kinds_end(load->kinds);
}

static void note_connections(const struct load *load, struct load_outcome *outcome)
{
    for (size_t i = 0; i < load->input->config.topology.region_count; i++) {
        size_t connections = load_connection_peak(load->targets[i]);
        size_t waiting = load_waiting_peak(load->targets[i]);
        if (connections > outcome->connection_peak)
            outcome->connection_peak = connections;
        if (waiting > outcome->waiting_peak)
            outcome->waiting_peak = waiting;
    }
}

static void finish(struct load *load)
{
    for (size_t i = 0; load->targets && i < load->input->config.topology.region_count; i++)
        load_target_close(load->targets[i]);
    alarm_close(load->alarm);
    if (load->sweep.data)
        uv_close((uv_handle_t *)&load->sweep, NULL);
    uv_run(&load->loop, UV_RUN_DEFAULT);
    uv_loop_close(&load->loop);
    workload_destroy(load->workload);
    load_kinds_destroy(load->kinds);
    buf_finish(&load->text);
    free(load->targets);
    free(load->objects);
    free(load->opens);
    free(load->body);
}

enum err load_run(const struct input *input, const struct load_config *config,
                  const struct load_events *events, struct load_outcome *ret_outcome,
                  struct errmsg *reterr_why)
{
    struct load load = {.input = input, .config = config, .events = events};
    if (uv_loop_init(&load.loop))
        return err_say(ERR_IO, reterr_why, "no event loop can be made");
    enum err err = build(&load, reterr_why);
    if (!err)
        err = play(&load);
    if (err == ERR_MEMORY)
        (void)err_say(err, reterr_why, "%s", err_text(err));
    if (err) {
        measure_destroy(load.measure);
    } else {
        uint64_t took_us = load.last_us > load.start_us ? load.last_us - load.start_us : 0;
        *ret_outcome =
            (struct load_outcome){.measure = load.measure,
                                  .duration_us = (uint64_t)((double)took_us / config->time_scale),
                                  .strange_count = load.strange_count};
        note_connections(&load, ret_outcome);
    }
    finish(&load);
    return err;
}
