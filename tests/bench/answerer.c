/* The least that can be called an HTTP server: answers each request without looking at it, as a node
 * would that has the object. What drives it is measured, not this: see tests/bench/load.py.
 *
 *     answerer CODE        prints "port N"; a region's code, for the header */

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum { READ_BYTES = 64 << 10, ANSWERS_MAX = 256 };

static char answer[512];
static size_t answer_size;

struct connection {
    uv_tcp_t tcp;
    unsigned matched; /* of the empty line that ends a request */
};

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer)
{
    static char memory[READ_BYTES];
    (void)handle, (void)suggested;
    *ret_buffer = uv_buf_init(memory, sizeof memory);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void write_answers(struct connection *connection, unsigned count)
{
    uv_buf_t buffers[ANSWERS_MAX];
    uv_stream_t *stream = (uv_stream_t *)&connection->tcp;
    for (unsigned i = 0; i < count; i++)
        buffers[i] = uv_buf_init(answer, (unsigned)answer_size);
    if (uv_try_write(stream, buffers, count) == (int)(count * answer_size))
        return;
    fprintf(stderr, "a client does not read its answers\n");
    exit(1);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    static const char end[] = "\r\n\r\n";
    struct connection *connection = stream->data;
    unsigned count = 0;
    if (size < 0) {
        uv_close((uv_handle_t *)stream, on_closed);
        return;
    }
    for (ssize_t i = 0; i < size; i++) {
        char byte = buffer->base[i];
        connection->matched = byte == end[connection->matched] ? connection->matched + 1
                              : byte == '\r'                   ? 1
                                                               : 0;
        if (connection->matched < 4)
            continue;
        connection->matched = 0;
        if (++count == ANSWERS_MAX) {
            write_answers(connection, count);
            count = 0;
        }
    }
    if (count)
        write_answers(connection, count);
}

static void on_connection(uv_stream_t *server, int status)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (status < 0 || !connection || uv_tcp_init(server->loop, &connection->tcp))
        exit(1);
    connection->tcp.data = connection;
    if (uv_accept(server, (uv_stream_t *)&connection->tcp))
        exit(1);
    uv_tcp_nodelay(&connection->tcp, 1);
    uv_read_start((uv_stream_t *)&connection->tcp, on_alloc, on_read);
}

int main(int argc, char **argv)
{
    const char *code = argc > 1 ? argv[1] : "LHR";
    uv_tcp_t server;
    struct sockaddr_in address;
    int address_size = sizeof address;
    answer_size = (size_t)snprintf(
        answer, sizeof answer,
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nserver-timing: find;dur=0.002;desc=\"asked "
        "nobody, it was known\", fetch;dur=0.050;desc=\"%.8s\", worker;dur=0.080\r\n"
        "content-length: 5\r\n\r\nhello",
        code);
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(uv_default_loop(), &server);
    if (uv_tcp_bind(&server, (struct sockaddr *)&address, 0) ||
        uv_listen((uv_stream_t *)&server, 4096, on_connection))
        return 1;
    uv_tcp_getsockname(&server, (struct sockaddr *)&address, &address_size);
    printf("port %d\n", ntohs(address.sin_port));
    fflush(stdout);
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
