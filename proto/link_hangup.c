#include "proto/link_hangup.h"

#include <dirent.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

typedef int address_function(int fd, struct sockaddr *ret_address, socklen_t *size);

static bool has_address(int fd, address_function *get, const nng_sockaddr_in *wanted)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    return get(fd, (struct sockaddr *)&address, &size) == 0 && size == sizeof address &&
           address.sin_family == AF_INET && address.sin_port == wanted->sa_port &&
           address.sin_addr.s_addr == wanted->sa_addr;
}

static int find_fd(const nng_sockaddr *local, const nng_sockaddr *remote)
{
    DIR *fds = opendir("/proc/self/fd");
    int found = -1;
    for (struct dirent *entry; fds && found < 0 && (entry = readdir(fds));) {
        int fd = entry->d_name[0] == '.' ? -1 : atoi(entry->d_name);
        if (fd >= 0 && has_address(fd, getpeername, &remote->s_in) &&
            has_address(fd, getsockname, &local->s_in))
            found = fd;
    }
    if (fds)
        closedir(fds);
    return found;
}

void link_hang_up(uint32_t id)
{
    nng_pipe pipe = {.id = id};
    nng_sockaddr local, remote;
    if (nng_pipe_get_addr(pipe, NNG_OPT_LOCADDR, &local) != 0 ||
        nng_pipe_get_addr(pipe, NNG_OPT_REMADDR, &remote) != 0)
        return;
    int fd = find_fd(&local, &remote);
    if (fd >= 0)
        shutdown(fd, SHUT_RDWR);
}
