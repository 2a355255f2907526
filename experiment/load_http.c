#include "experiment/load_http.h"

#include "common/alarm.h"

#include <llhttp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utlist.h>

enum { READ_BYTES = 64 << 10, OUT_KEPT_BYTES_MAX = 64 << 10 };

/* A server closes what is idle for a minute; a request that meets that would fail for nothing. */
#define IDLE_US_MAX ((uint64_t)20 * 1000 * 1000)

struct sent {
    uint64_t number, sent_us;
};

enum header { HEADER_OTHER, HEADER_TIMING, HEADER_OBJECT_ID };

struct connection {
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    struct load_target *target; /* NULL: the target was closed */
    bool connected, closing, dirty, idle;
    struct buf out, writing; /* not given to libuv yet; given, and in its hands */
    struct sent *sent;       /* a ring of pipeline_max */
    size_t sent_first, sent_count;
    uint64_t idle_since_us;
    llhttp_t parser;
    enum header header;
    struct buf name, timing, object_id;       /* of the answer at hand */
    struct connection *prev, *next;           /* all of the target */
    struct connection *idle_prev, *idle_next; /* with nothing under way, the latest used first */
    struct connection *dirty_next;
};

struct waiting {
    uint64_t number, since_us;
    size_t size;
    struct waiting *prev, *next;
    char text[];
};

struct load_target {
    struct load_target_config config;
    uv_loop_t *loop;
    struct sockaddr_in address;
    struct connection *connections, *idles, *dirties;
    struct connection *filling; /* where pipelined requests went last */
    size_t connection_count, connection_peak;
    struct waiting *waiting;
    size_t waiting_count, waiting_peak;
};

static void hang_up(struct connection *connection);
static void feed(struct load_target *target);

static void tell(struct load_target *target, uint64_t number, const struct load_answer *answer)
{
    target->config.on_answered(target->config.owner, number, answer);
}

/* ---- answers ---- */

static int on_begin(llhttp_t *parser)
{
    struct connection *connection = parser->data;
    connection->timing.size = connection->object_id.size = connection->name.size = 0;
    return 0;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t size)
{
    struct connection *connection = parser->data;
    return buf_append(&connection->name, at, size) ? HPE_USER : 0;
}

static bool is_named(const struct connection *connection, const char *name)
{
    return connection->name.size == strlen(name) &&
           strncasecmp((const char *)connection->name.data, name, strlen(name)) == 0;
}

static int on_header_field_complete(llhttp_t *parser)
{
    struct connection *connection = parser->data;
    connection->header = is_named(connection, "server-timing") ? HEADER_TIMING
                         : is_named(connection, "object-id")   ? HEADER_OBJECT_ID
                                                               : HEADER_OTHER;
    connection->name.size = 0;
    return 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t size)
{
    struct connection *connection = parser->data;
    enum err err = OK;
    switch (connection->header) {
    case HEADER_OTHER: break;
    case HEADER_TIMING: err = buf_append(&connection->timing, at, size); break;
    case HEADER_OBJECT_ID: err = buf_append(&connection->object_id, at, size); break;
    }
    return err ? HPE_USER : 0;
}

static struct sent take_first(struct connection *connection)
{
    struct sent sent = connection->sent[connection->sent_first];
    connection->sent_first = (connection->sent_first + 1) % connection->target->config.pipeline_max;
    connection->sent_count--;
    return sent;
}

static void set_idle(struct connection *connection)
{
    if (connection->idle || connection->closing)
        return;
    connection->idle = true;
    connection->idle_since_us = alarm_now_us();
    DL_PREPEND2(connection->target->idles, connection, idle_prev, idle_next);
}

static void set_busy(struct connection *connection)
{
    if (!connection->idle)
        return;
    connection->idle = false;
    DL_DELETE2(connection->target->idles, connection, idle_prev, idle_next);
}

static int on_complete(llhttp_t *parser)
{
    struct connection *connection = parser->data;
    if (connection->sent_count == 0) /* an answer that nobody asked for */
        return HPE_USER;
    struct load_answer answer = {.status = (unsigned)parser->status_code,
                                 .timing = buf_bytes(&connection->timing),
                                 .object_id = buf_bytes(&connection->object_id)};
    struct sent sent = take_first(connection);
    if (connection->sent_count == 0)
        set_idle(connection);
    tell(connection->target, sent.number, &answer);
    return connection->target ? 0 : HPE_USER;
}

static const llhttp_settings_t settings = {.on_message_begin = on_begin,
                                           .on_header_field = on_header_field,
                                           .on_header_field_complete = on_header_field_complete,
                                           .on_header_value = on_header_value,
                                           .on_message_complete = on_complete};

/* One buffer for all: it is used up before the next read. */
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer)
{
    static char memory[READ_BYTES];
    (void)handle, (void)suggested;
    *ret_buffer = uv_buf_init(memory, sizeof memory);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct connection *connection = stream->data;
    if (size == 0 || connection->closing)
        return;
    if (size < 0 || llhttp_execute(&connection->parser, buffer->base, (size_t)size) != HPE_OK) {
        hang_up(connection);
        return;
    }
    if (!connection->closing) {
        feed(connection->target);
        load_flush(connection->target);
    }
}

/* ---- connections ---- */

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    buf_finish(&connection->out);
    buf_finish(&connection->writing);
    buf_finish(&connection->name);
    buf_finish(&connection->timing);
    buf_finish(&connection->object_id);
    free(connection->sent);
    free(connection);
}

static void take_out(struct load_target *target, struct connection *connection)
{
    set_busy(connection);
    if (connection->dirty)
        LL_DELETE2(target->dirties, connection, dirty_next);
    if (target->filling == connection)
        target->filling = NULL;
    DL_DELETE(target->connections, connection);
    target->connection_count--;
}

/* Everything that was under way on it has failed. */
static void hang_up(struct connection *connection)
{
    static const struct load_answer nothing;
    struct load_target *target = connection->target;
    if (connection->closing)
        return;
    take_out(target, connection);
    connection->closing = true;
    uv_close((uv_handle_t *)&connection->tcp, on_closed);
    while (connection->target && connection->sent_count > 0)
        tell(target, take_first(connection).number, &nothing);
    if (connection->target) {
        feed(target);
        load_flush(target);
    }
}

static void write_out(struct connection *connection);

static void on_written(uv_write_t *write, int status)
{
    struct connection *connection = write->data;
    connection->writing.size = 0;
    if (connection->closing)
        return;
    if (status < 0)
        hang_up(connection);
    else
        write_out(connection);
}

/* Most of the time the socket takes all of it at once. */
static void write_out(struct connection *connection)
{
    struct buf *out = &connection->out;
    if (!connection->connected || connection->writing.size || !out->size || connection->closing)
        return;
    uv_buf_t all = uv_buf_init((char *)out->data, (unsigned)out->size);
    int written = uv_try_write((uv_stream_t *)&connection->tcp, &all, 1);
    if (written < 0 && written != UV_EAGAIN) {
        hang_up(connection);
        return;
    }
    buf_consume(out, written > 0 ? (size_t)written : 0);
    if (out->size == 0) {
        if (out->capacity > OUT_KEPT_BYTES_MAX)
            buf_finish(out);
        return;
    }
    struct buf swap = connection->writing;
    connection->writing = *out;
    *out = swap;
    connection->write.data = connection;
    uv_buf_t rest =
        uv_buf_init((char *)connection->writing.data, (unsigned)connection->writing.size);
    if (uv_write(&connection->write, (uv_stream_t *)&connection->tcp, &rest, 1, on_written))
        hang_up(connection);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct connection *connection = connect->data;
    if (connection->closing)
        return;
    if (status < 0 || uv_read_start((uv_stream_t *)&connection->tcp, on_alloc, on_read)) {
        hang_up(connection);
        return;
    }
    connection->connected = true;
    write_out(connection);
}

static enum err connect_one(struct load_target *target, struct connection **ret_connection)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return ERR_MEMORY;
    connection->target = target;
    connection->sent = calloc(target->config.pipeline_max, sizeof *connection->sent);
    if (!connection->sent || uv_tcp_init(target->loop, &connection->tcp)) {
        free(connection->sent);
        free(connection);
        return ERR_MEMORY;
    }
    connection->tcp.data = connection->connect.data = connection;
    llhttp_init(&connection->parser, HTTP_RESPONSE, &settings);
    connection->parser.data = connection;
    DL_APPEND(target->connections, connection);
    target->connection_count++;
    if (target->connection_count > target->connection_peak)
        target->connection_peak = target->connection_count;
    set_idle(connection);
    uv_tcp_nodelay(&connection->tcp, 1);
    if (uv_tcp_connect(&connection->connect, &connection->tcp,
                       (const struct sockaddr *)&target->address, on_connected)) {
        hang_up(connection);
        return ERR_IO;
    }
    *ret_connection = connection;
    return OK;
}

/* One that takes a request now; NULL: none does. */
static struct connection *choose(struct load_target *target, enum err *ret_err)
{
    struct connection *connection = target->idles;
    *ret_err = OK;
    if (connection)
        return connection;
    if (target->connection_count < target->config.connection_max)
        *ret_err = connect_one(target, &connection);
    else if (target->config.pipeline_max > 1) {
        struct connection *first = target->filling ? target->filling : target->connections;
        for (connection = first; connection;) {
            if (connection->sent_count < target->config.pipeline_max)
                break;
            connection = connection->next ? connection->next : target->connections;
            if (connection == first)
                connection = NULL;
        }
        target->filling = connection;
    }
    return connection;
}

/* ---- requests ---- */

static enum err put(struct connection *connection, uint64_t number, uint64_t since_us,
                    struct bytes request)
{
    struct load_target *target = connection->target;
    enum err err = buf_append(&connection->out, request.data, request.size);
    if (err)
        return err;
    size_t last = (connection->sent_first + connection->sent_count++) % target->config.pipeline_max;
    connection->sent[last] = (struct sent){.number = number, .sent_us = since_us};
    set_busy(connection);
    if (!connection->dirty) {
        connection->dirty = true;
        LL_PREPEND2(target->dirties, connection, dirty_next);
    }
    return OK;
}

static enum err wait_for_room(struct load_target *target, uint64_t number, struct bytes request)
{
    struct waiting *waiting = malloc(sizeof *waiting + request.size);
    if (!waiting)
        return ERR_MEMORY;
    waiting->number = number;
    waiting->since_us = alarm_now_us();
    waiting->size = request.size;
    memcpy(waiting->text, request.data, request.size);
    DL_APPEND(target->waiting, waiting);
    if (++target->waiting_count > target->waiting_peak)
        target->waiting_peak = target->waiting_count;
    return OK;
}

static void drop_waiting(struct load_target *target, struct waiting *waiting)
{
    DL_DELETE(target->waiting, waiting);
    target->waiting_count--;
    free(waiting);
}

static void feed(struct load_target *target)
{
    static const struct load_answer nothing;
    while (target->waiting) {
        struct waiting *waiting = target->waiting;
        uint64_t number = waiting->number;
        enum err err;
        struct connection *connection = choose(target, &err);
        if (!err && !connection)
            return;
        if (!err)
            err = put(connection, number, waiting->since_us,
                      (struct bytes){.data = waiting->text, .size = waiting->size});
        drop_waiting(target, waiting);
        if (err)
            tell(target, number, &nothing);
    }
}

enum err load_send(struct load_target *target, uint64_t number, struct bytes request)
{
    static const struct load_answer nothing;
    enum err err = OK;
    if (target->waiting)
        return wait_for_room(target, number, request);
    struct connection *connection = choose(target, &err);
    if (!err && !connection)
        return wait_for_room(target, number, request);
    if (!err)
        err = put(connection, number, alarm_now_us(), request);
    if (err == ERR_IO) {
        tell(target, number, &nothing);
        return OK;
    }
    return err;
}

void load_flush(struct load_target *target)
{
    while (target->dirties) {
        struct connection *connection = target->dirties;
        LL_DELETE2(target->dirties, connection, dirty_next);
        connection->dirty = false;
        write_out(connection);
    }
}

void load_sweep(struct load_target *target)
{
    static const struct load_answer nothing;
    struct connection *connection, *next;
    uint64_t now_us = alarm_now_us(), timeout_us = target->config.timeout_us;
    while (target->idles && target->idles->idle_prev->idle_since_us + IDLE_US_MAX < now_us)
        hang_up(target->idles->idle_prev);
    DL_FOREACH_SAFE (target->connections, connection, next) {
        if (connection->sent_count > 0 &&
            connection->sent[connection->sent_first].sent_us + timeout_us < now_us) {
            hang_up(connection);
            return; /* the list may be another now; the next sweep goes on */
        }
    }
    while (target->waiting && target->waiting->since_us + timeout_us < now_us) {
        uint64_t number = target->waiting->number;
        drop_waiting(target, target->waiting);
        tell(target, number, &nothing);
    }
}

/* ---- life ---- */

enum err load_target_open(uv_loop_t *loop, const struct load_target_config *config,
                          struct load_target **ret_target)
{
    struct load_target *target = calloc(1, sizeof *target);
    if (!target)
        return ERR_MEMORY;
    *target = (struct load_target){.config = *config, .loop = loop};
    enum err err = OK;
    if (uv_ip4_addr(config->host, config->port, &target->address))
        err = ERR_INVALID;
    for (size_t i = 0; !err && i < config->connection_warm; i++) {
        struct connection *connection;
        err = connect_one(target, &connection);
    }
    if (err)
        load_target_close(target);
    else
        *ret_target = target;
    return err;
}

size_t load_connection_peak(const struct load_target *target)
{
    return target->connection_peak;
}

size_t load_waiting_peak(const struct load_target *target)
{
    return target->waiting_peak;
}

void load_target_close(struct load_target *target)
{
    if (!target)
        return;
    while (target->connections) {
        struct connection *connection = target->connections;
        take_out(target, connection);
        connection->target = NULL;
        connection->closing = true;
        uv_close((uv_handle_t *)&connection->tcp, on_closed);
    }
    while (target->waiting)
        drop_waiting(target, target->waiting);
    free(target);
}
