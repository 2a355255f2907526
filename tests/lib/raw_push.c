#include "tests/lib/raw_push.h"

#include "common/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int raw_push_open(const char *url)
{
    unsigned port;
    CHECK(sscanf(url, "tcp://127.0.0.1:%u", &port) == 1);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    CHECK(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    static const uint8_t push[8] = {0, 'S', 'P', 0, 0, 0x50, 0, 0};
    static const uint8_t pull[8] = {0, 'S', 'P', 0, 0, 0x51, 0, 0};
    uint8_t greeting[8];
    CHECK(write(fd, push, sizeof push) == sizeof push);
    CHECK(recv(fd, greeting, sizeof greeting, MSG_WAITALL) == sizeof greeting);
    CHECK(memcmp(greeting, pull, sizeof pull) == 0);
    return fd;
}

static bool send_all(int fd, const void *data, size_t size)
{
    const uint8_t *at = data;
    while (size > 0) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

bool raw_push_announce(int fd, unsigned long long announced, const void *data, size_t size)
{
    uint8_t head[8];
    for (int i = 7; i >= 0; i--, announced >>= 8)
        head[i] = (uint8_t)announced;
    return send_all(fd, head, sizeof head) && send_all(fd, data, size);
}

bool raw_push_send(int fd, const void *data, size_t size)
{
    return raw_push_announce(fd, size, data, size);
}

void raw_push_await_close(int fd)
{
    uint8_t byte;
    while (recv(fd, &byte, 1, 0) > 0)
        continue;
}
