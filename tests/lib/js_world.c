#include "tests/lib/js_world.h"

#include "common/check.h"
#include "process/http.h"
#include "tests/lib/temp_dir.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADERS_MAX = 64 };

static char *copy(struct bytes bytes)
{
    char *text = malloc(bytes.size + 1);
    CHECK(text);
    if (bytes.size)
        memcpy(text, bytes.data, bytes.size);
    text[bytes.size] = 0;
    return text;
}

static void trace(struct world *world, const char *word)
{
    size_t used = strlen(world->trace);
    snprintf(world->trace + used, sizeof world->trace - used, "%s%s", used ? " " : "", word);
}

static struct world_event *tell(struct world *world, enum world_event_kind kind, uint64_t number)
{
    CHECK(world->event_count < WORLD_EVENTS_MAX);
    struct world_event *event =
        &world->events[(world->event_first + world->event_count++) % WORLD_EVENTS_MAX];
    *event = (struct world_event){.kind = kind, .number = number};
    return event;
}

static void lend(struct world_event *event, struct bytes *head, struct bytes *body)
{
    event->head = copy(*head);
    event->body = copy(*body);
    head->data = event->head;
    body->data = event->body;
}

static void on_done(void *owner, uint64_t run, const struct outcome *outcome)
{
    trace(owner, "done");
    struct world_event *event = tell(owner, WORLD_DONE, run);
    event->outcome = *outcome;
    lend(event, &event->outcome.head, &event->outcome.body);
}

static void on_call(void *owner, const struct js_call *call)
{
    struct world *world = owner;
    world->call_count++;
    trace(world, "call");
    struct world_event *event = tell(world, WORLD_CALL, call->call);
    event->call = *call;
    lend(event, &event->call.head, &event->call.body);
    if (call->name.data) {
        event->name = copy(call->name);
        event->call.name.data = event->name;
    }
}

static void on_wrote(void *owner, uint64_t instance)
{
    trace(owner, "wrote");
    tell(owner, WORLD_WROTE, instance);
}

static void on_broken(void *owner, uint64_t instance)
{
    trace(owner, "broken");
    tell(owner, WORLD_BROKEN, instance);
}

static void on_part(void *owner, const struct body_part *part)
{
    struct world_event *event = tell(owner, WORLD_PART, part->end.number);
    event->part = *part;
    event->body = copy(part->bytes);
    event->part.bytes.data = event->body;
}

static void on_pull(void *owner, const struct body_pull *pull)
{
    tell(owner, WORLD_PULL, pull->end.number)->pull = *pull;
}

static uint64_t instance_of(struct world *world, const struct object_id *id)
{
    for (size_t i = 0; i < world->instance_count; i++)
        if (id_equal(&world->instances[i].id, id))
            return world->instances[i].number;
    CHECK(world->instance_count < WORLD_INSTANCES_MAX);
    world->instances[world->instance_count++] = (struct world_instance){*id, ++world->next_number};
    return world->next_number;
}

static void forget_instance(struct world *world, uint64_t number)
{
    for (size_t i = 0; i < world->instance_count; i++)
        if (world->instances[i].number == number)
            world->instances[i--] = world->instances[--world->instance_count];
}

/* A writer may begin. */
static void pull(struct world *world, struct body_end end)
{
    js_pull(world->js, &(struct body_pull){.end = end, .bytes = 64 << 10}, (struct bytes){0});
}

/* The place of the object's run that an end belongs to; the count: it is a Worker's. */
static size_t place_of(const struct world *world, struct body_end end)
{
    size_t i = 0;
    while (i < world->object_run_count &&
           (end.side == BODY_OF_RUN ? world->object_runs[i].run : world->object_runs[i].call) !=
               end.number)
        i++;
    return i;
}

static struct body_end other_end(const struct world *world, struct body_end end)
{
    size_t place = place_of(world, end);
    return end.side == BODY_OF_RUN
               ? (struct body_end){.side = BODY_OF_CALL, .number = world->object_runs[place].call}
               : (struct body_end){.side = BODY_OF_RUN, .number = world->object_runs[place].run};
}

static void remove_run(struct world *world, size_t place)
{
    world->object_runs[place] = world->object_runs[--world->object_run_count];
}

/* More of a Worker's answer. */
static void gather(struct world *world, const struct body_part *part)
{
    world->text = realloc(world->text, world->text_size + part->bytes.size + 1);
    CHECK(world->text);
    memcpy(world->text + world->text_size, part->bytes.data, part->bytes.size);
    world->text_size += part->bytes.size;
    world->text[world->text_size] = 0;
    if (part->step == BODY_MORE)
        js_pull(world->js, &(struct body_pull){.end = part->end, .bytes = part->bytes.size},
                (struct bytes){0});
    else
        world->done_run = part->end.number;
    if (part->step == BODY_BROKEN)
        world->kind = OUTCOME_FAILED;
}

static void pass_part(struct world *world, const struct world_event *event)
{
    struct body_part part = event->part;
    size_t place = place_of(world, part.end);
    if (place == world->object_run_count) {
        if (part.end.side == BODY_OF_RUN)
            gather(world, &part);
        return;
    }
    part.end = other_end(world, event->part.end);
    js_part(world->js, &part, BYTES_LITERAL("the connection is lost"));
    place = place_of(world, event->part.end);
    if (event->part.end.side == BODY_OF_RUN && part.step != BODY_MORE &&
        place < world->object_run_count)
        remove_run(world, place);
}

static void pass_pull(struct world *world, const struct world_event *event)
{
    struct body_pull pull = event->pull;
    if (place_of(world, pull.end) == world->object_run_count)
        return;
    pull.end = other_end(world, event->pull.end);
    js_pull(world->js, &pull, BYTES_LITERAL("the connection is lost"));
}

static void run_call(struct world *world, const struct js_call *call)
{
    if (world->fail_calls != FAIL_NONE) {
        struct outcome outcome = {.kind = OUTCOME_FAILED, .fail = world->fail_calls};
        js_answer(world->js, call->call, &outcome, BYTES_LITERAL("the region is away"));
        return;
    }
    CHECK(world->object_run_count < WORLD_EVENTS_MAX);
    uint64_t run = ++world->next_number;
    world->object_runs[world->object_run_count].run = run;
    world->object_runs[world->object_run_count++].call = call->call;
    struct js_object object = {.space = call->space, .object = call->object, .name = call->name};
    js_run_object(world->js, instance_of(world, &call->object.id), &object, run, call->head,
                  call->body, call->rest_bytes);
    if (call->rest_bytes)
        pull(world, (struct body_end){.side = BODY_OF_CALL, .number = call->call});
}

static void keep_answer(struct world *world, uint64_t run, const struct outcome *outcome)
{
    struct http_header headers[HEADERS_MAX];
    size_t header_count;
    struct bytes reason;
    free(world->head);
    free(world->text);
    if (outcome->rest_bytes)
        pull(world, (struct body_end){.side = BODY_OF_RUN, .number = run});
    else
        world->done_run = run;
    world->kind = outcome->kind;
    world->fail = outcome->fail;
    world->head = copy(outcome->head);
    world->text = copy(outcome->body);
    world->text_size = outcome->body.size;
    world->status = 0;
    if (outcome->kind == OUTCOME_RESPONSE)
        CHECK(js_response_head(outcome->head, &world->status, &reason, headers, HEADERS_MAX,
                               &header_count) == OK);
}

static void end_run(struct world *world, const struct world_event *event)
{
    for (size_t i = 0; i < world->object_run_count; i++) {
        if (world->object_runs[i].run != event->number)
            continue;
        uint64_t call = world->object_runs[i].call;
        if (event->outcome.rest_bytes == 0)
            remove_run(world, i);
        js_answer(world->js, call, &event->outcome, BYTES_LITERAL("the code was stopped"));
        if (event->outcome.rest_bytes)
            pull(world, (struct body_end){.side = BODY_OF_RUN, .number = event->number});
        return;
    }
    keep_answer(world, event->number, &event->outcome);
}

void world_settle(struct world *world)
{
    while (world->event_count) {
        struct world_event event = world->events[world->event_first];
        world->event_first = --world->event_count ? (world->event_first + 1) % WORLD_EVENTS_MAX : 0;
        switch (event.kind) {
        case WORLD_DONE: end_run(world, &event); break;
        case WORLD_CALL: run_call(world, &event.call); break;
        case WORLD_BROKEN: forget_instance(world, event.number); break;
        case WORLD_PART: pass_part(world, &event); break;
        case WORLD_PULL: pass_pull(world, &event); break;
        case WORLD_WROTE: break;
        }
        free(event.head);
        free(event.body);
        free(event.name);
    }
}

static struct js_namespace *add_space(struct world *world, const char *class_name)
{
    size_t space = world->space_count++;
    const uint8_t cluster_key[KEY_BYTES] = "the key of the cluster of tests";
    struct js_namespace *into = &world->spaces[space];
    *into = (struct js_namespace){.unique_key = class_name, .worker = 0, .class_name = class_name};
    for (int i = 0; i < JURISDICTION_COUNT; i++)
        id_keys_derive(cluster_key, bytes_of(class_name), (enum jurisdiction)i, &into->keys[i]);
    char *name = copy(bytes_of(class_name));
    for (char *place = name; *place; place++)
        *place = (char)toupper((unsigned char)*place);
    world->bindings[space] = (struct js_binding){.name = name, .space = space};
    return into;
}

static void on_durable(void *owner, uint64_t mark)
{
    (void)owner;
    (void)mark;
}

static const int engine_signals[] = {SIGSEGV, SIGBUS, SIGILL};
enum { ENGINE_SIGNAL_COUNT = sizeof engine_signals / sizeof engine_signals[0] };
static struct sigaction engine_actions[ENGINE_SIGNAL_COUNT];
static bool engine_actions_known;

static void restore_engine_signals(void)
{
    for (size_t i = 0; engine_actions_known && i < ENGINE_SIGNAL_COUNT; i++)
        sigaction(engine_signals[i], &engine_actions[i], NULL);
}

void world_prepare(void)
{
    static struct world world;
    const struct world_options options = {.bundle = "stuck", .cpu_limit_us = 10000};
    CHECK(world_try_open(&world, &options) == ERR_SCRIPT);
    world_close(&world);
    for (size_t i = 0; i < ENGINE_SIGNAL_COUNT; i++)
        sigaction(engine_signals[i], NULL, &engine_actions[i]);
    engine_actions_known = true;
}

enum err world_try_open(struct world *world, const struct world_options *options)
{
    static const struct store_table tables[] = {
        {.name = "storage"}, {.name = "sql"}, {.name = "alarms"}};
    static const struct js_events events = {on_done,   on_call, on_wrote,
                                            on_broken, on_part, on_pull};
    *world = (struct world){.path = temp_dir_make()};
    world->events = calloc(WORLD_EVENTS_MAX, sizeof *world->events);
    CHECK(world->events && uv_loop_init(&world->loop) == 0);
    for (size_t i = 0; options->classes[i]; i++)
        add_space(world, options->classes[i])->sqlite = options->sqlite;
    struct store_config store = {.path = world->path, .tables = tables, .table_count = 3};
    CHECK(store_open(&world->loop, &store, on_durable, world, &world->store, &world->why) == OK);
    snprintf(world->bundle_path, sizeof world->bundle_path, "%s/%s.js", JS_BUNDLES,
             options->bundle);
    world->worker = (struct js_worker){
        .name = "test",
        .bundle_path = world->bundle_path,
        .bindings = world->bindings,
        .binding_count = world->space_count,
        .vars_json = options->vars ? options->vars : "{}",
        .cpu_limit_us = options->cpu_limit_us ? options->cpu_limit_us : 1000000,
    };
    struct js_config config = {
        .region_code = "SYD",
        .city = "Sydney",
        .country = "AU",
        .spaces = world->spaces,
        .space_count = world->space_count,
        .workers = &world->worker,
        .worker_count = 1,
        .block_limit_ms = options->block_limit_ms ? options->block_limit_ms : 30000,
        .body_bytes_max = 100 << 20,
        .memory_limit_bytes = options->memory_limit_bytes ? options->memory_limit_bytes : 1u << 30,
        .store = world->store,
        .storage_table = 0,
        .sql_table = 1,
        .alarm_table = 2,
    };
    restore_engine_signals();
    setenv("JSC_usePollingTraps", "1", 0); /* as node/main.c does */
    enum err err = js_open(&world->loop, &config, &events, world, &world->js, &world->why);
    if (err == OK && !options->not_joined)
        js_set_birth_number(world->js, 7);
    return err;
}

void world_open(struct world *world, const struct world_options *options)
{
    enum err err = world_try_open(world, options);
    if (err)
        fprintf(stderr, "js_open: %s\n", world->why.text);
    CHECK(err == OK);
}

void world_close(struct world *world)
{
    world_settle(world);
    js_close(world->js);
    store_close(world->store);
    while (uv_run(&world->loop, UV_RUN_DEFAULT))
        ;
    CHECK(uv_loop_close(&world->loop) == 0);
    temp_dir_remove(world->path);
    for (size_t i = 0; i < world->space_count; i++)
        free((void *)(uintptr_t)world->bindings[i].name);
    free(world->events);
    free(world->head);
    free(world->text);
}

uint64_t world_start(struct world *world, const char *method, const char *path, const char *body)
{
    char url[2048];
    snprintf(url, sizeof url, "http://test.localhost:8701%s", path);
    const struct http_header headers[] = {
        {BYTES_LITERAL("Host"), BYTES_LITERAL("test.localhost:8701")},
        {BYTES_LITERAL("User-Agent"), BYTES_LITERAL("test")},
        {BYTES_LITERAL("Accept"), BYTES_LITERAL("*/*")},
    };
    struct js_http request = {.method = bytes_of(method),
                              .url = bytes_of(url),
                              .headers = headers,
                              .header_count = sizeof headers / sizeof headers[0],
                              .body = body ? bytes_of(body) : (struct bytes){0}};
    uint64_t run = ++world->next_number;
    restore_engine_signals();
    js_run_worker(world->js, 0, run, &request);
    return run;
}

void world_await(struct world *world, uint64_t run)
{
    world_settle(world);
    while (world->done_run != run) {
        uv_run(&world->loop, UV_RUN_ONCE);
        world_settle(world);
    }
}

static const char *answer_text(struct world *world)
{
    static char text[8192];
    if (world->kind == OUTCOME_RESPONSE)
        return world->text;
    snprintf(text, sizeof text, "%s %s", world->kind == OUTCOME_THROWN ? "THROWN" : "FAILED",
             world->kind == OUTCOME_THROWN ? world->head : fail_name(world->fail));
    return text;
}

const char *world_get(struct world *world, const char *path)
{
    world_await(world, world_start(world, "GET", path, NULL));
    return answer_text(world);
}

const char *world_post(struct world *world, const char *path, const char *body)
{
    world_await(world, world_start(world, "POST", path, body));
    return answer_text(world);
}

void world_evict(struct world *world)
{
    for (size_t i = 0; i < world->instance_count; i++)
        js_stop_instance(world->js, world->instances[i].number);
    world->instance_count = 0;
}
