#include "node/shell.h"
#include "process/http_json.h"

#include <stdlib.h>
#include <string.h>

/* ---- /status ---- */

static json_t *counts_json(const uint64_t counts[MSG_TYPE_COUNT])
{
    json_t *json = json_object();
    for (int type = MSG_JOIN; type < MSG_TYPE_COUNT; type++)
        json_object_set_new(json, msg_type_name((enum msg_type)type),
                            json_integer((json_int_t)counts[type]));
    return json;
}

static const char *state_name(const struct shell *shell)
{
    if (node_refusal(shell->node))
        return "refused";
    return shell->ready ? "ready" : "starting";
}

void admin_add_status(const void *owner, json_t *status)
{
    const struct shell *shell = owner;
    struct node_stats stats = node_stats(shell->node);
    struct js_stats js = js_stats(shell->js);
    struct http_stats http = http_stats(shell->front);
    const char *why = node_refusal(shell->node);
    json_object_update_new(status,
                           json_pack("{s:s, s:s, s:b, s:i, s:o}", "state", state_name(shell), "why",
                                     why ? why : "", "joined", node_joined(shell->node), "number",
                                     node_number(shell->node), "messages",
                                     json_pack("{s:o, s:o}", "sent", counts_json(stats.sent),
                                               "received", counts_json(stats.received))));
    const struct {
        const char *name;
        uint64_t value;
    } counters[] = {
        {"objects", stats.objects},
        {"instances", js.instances},
        {"runs", stats.runs},
        {"calls", stats.calls},
        {"visits", stats.visits},
        {"cache_entries", stats.cache_entries},
        {"evicted", stats.evicted},
        {"claims_decided", stats.decided},
        {"flows", stats.flows},
        {"bodies", js.bodies},
        {"buffered_bytes", stats.buffered_bytes},
        {"held", stats.held},
        {"dropped", stats.dropped},
        {"records", store_stats(shell->process.store).records},
        {"requests", shell->request_count},
        {"connections", http.open_connections},
        {"refused_requests", http.refused},
    };
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        json_object_set_new(status, counters[i].name, json_integer((json_int_t)counters[i].value));
}

/* ---- /where ---- */

static int hex_value(char digit)
{
    uint8_t value;
    char pair[2] = {'0', digit};
    return hex_parse((struct bytes){.data = pair, .size = 2}, &value, 1) ? value : -1;
}

/* The value of a query parameter, percent-decoded; false when it is not there or malformed. */
static bool query_value(struct bytes target, const char *name, struct buf *ret_value)
{
    const char *text = target.data, *end = text + target.size;
    size_t name_size = strlen(name);
    const char *at = memchr(text, '?', target.size);
    while (at && ++at < end) {
        const char *next = memchr(at, '&', (size_t)(end - at));
        const char *stop = next ? next : end;
        if ((size_t)(stop - at) > name_size && memcmp(at, name, name_size) == 0 &&
            at[name_size] == '=') {
            for (at += name_size + 1; at < stop; at++) {
                char byte = *at == '+' ? ' ' : *at;
                if (*at == '%') {
                    int high = stop - at > 2 ? hex_value(at[1]) : -1;
                    int low = stop - at > 2 ? hex_value(at[2]) : -1;
                    if (high < 0 || low < 0)
                        return false;
                    byte = (char)(high << 4 | low);
                    at += 2;
                }
                if (buf_append(ret_value, &byte, 1))
                    return false;
            }
            return true;
        }
        at = next;
    }
    return false;
}

static const struct js_namespace *find_space(const struct shell *shell, struct bytes key)
{
    for (size_t i = 0; i < shell->process.config.space_count; i++)
        if (bytes_equal(key, bytes_of(shell->spaces[i].unique_key)))
            return &shell->spaces[i];
    return NULL;
}

/* An id is tried in every jurisdiction: it tells which one it is of. */
static enum id_kind identify(const struct js_namespace *space, const struct object_id *id,
                             enum jurisdiction *ret_jurisdiction)
{
    enum id_kind found = ID_FOREIGN;
    for (size_t i = 0; i < JURISDICTION_COUNT; i++) {
        enum id_kind kind = id_verify(&space->keys[i], id);
        if (kind != ID_FOREIGN) {
            found = kind;
            *ret_jurisdiction = (enum jurisdiction)i;
        }
    }
    return found;
}

static void begin_lookup(struct shell *shell, struct http_exchange *exchange,
                         const struct object_ref *object)
{
    struct admin_lookup *lookup = calloc(1, sizeof *lookup);
    if (!lookup) {
        http_answer_error(exchange, 503, "out of memory");
        return;
    }
    *lookup = (struct admin_lookup){.token = ++shell->last_lookup,
                                    .exchange = exchange,
                                    .id = object->id,
                                    .kind = object->kind};
    HASH_ADD(hh, shell->lookups, token, sizeof lookup->token, lookup);
    struct node_event event = {.type = NODE_LOCATE};
    event.locate.token = lookup->token;
    event.locate.object = *object;
    shell_queue(shell, &event);
}

static void where(struct shell *shell, struct http_exchange *exchange, struct bytes target)
{
    struct buf space_key = {0}, name = {0}, id_text = {0};
    struct object_ref object = {.kind = ID_FOREIGN};
    const struct js_namespace *space = NULL;
    if (query_value(target, "space", &space_key))
        space = find_space(shell, buf_bytes(&space_key));
    if (!space) {
        http_answer_error(exchange, 404, "space: no namespace has this unique key");
    } else if (query_value(target, "id", &id_text)) {
        if (id_parse(buf_bytes(&id_text), &object.id))
            object.kind = identify(space, &object.id, &object.jurisdiction);
        if (object.kind == ID_FOREIGN)
            http_answer_error(exchange, 400, "id: not an id of this namespace");
        else
            begin_lookup(shell, exchange, &object);
    } else if (query_value(target, "name", &name)) {
        object.kind = ID_NAMED;
        object.id = id_from_name(&space->keys[JURISDICTION_NONE], buf_bytes(&name));
        begin_lookup(shell, exchange, &object);
    } else {
        http_answer_error(exchange, 400, "give id=HEX or name=NAME");
    }
    buf_finish(&space_key);
    buf_finish(&name);
    buf_finish(&id_text);
}

void admin_on_located(struct shell *shell, const struct node_located *located)
{
    struct admin_lookup *lookup;
    char id[ID_TEXT_BYTES], text[512];
    HASH_FIND(hh, shell->lookups, &located->token, sizeof located->token, lookup);
    if (!lookup)
        return;
    id_print(&lookup->id, id);
    const char *arbiter = "coordinator";
    if (lookup->kind == ID_UNIQUE)
        arbiter = node_birth_code(shell->node, id_birth_number(&lookup->id));
    if (located->fail) {
        fail_print(located->fail, shell_peer_code(shell, shell->process.config.region),
                   located->code, text, sizeof text);
        http_answer_error(lookup->exchange, 503, text);
    } else {
        http_answer_json(lookup->exchange, 200,
                         json_pack("{s:s, s:s, s:s, s:s?, s:i}", "id", id, "kind",
                                   lookup->kind == ID_UNIQUE ? "unique" : "named", "arbiter",
                                   arbiter, "home", located->home_number ? located->code : NULL,
                                   "home_number", located->home_number));
    }
    HASH_DELETE(hh, shell->lookups, lookup);
    free(lookup);
}

void admin_on_request(void *owner, struct http_exchange *exchange)
{
    struct bytes target = http_request_of(exchange)->target;
    if (target.size > 7 && memcmp(target.data, "/where?", 7) == 0)
        where(owner, exchange, target);
    else
        http_answer_error(exchange, 404,
                          "a node answers GET /status, GET /where?space=KEY&name=NAME and "
                          "POST /faults");
}
