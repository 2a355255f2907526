#include "node/route.h"

#include <string.h>
#include <strings.h>

static struct bytes without_port(struct bytes host)
{
    const char *text = host.data;
    for (size_t size = host.size; size > 0 && text[size - 1] != ']'; size--)
        if (text[size - 1] == ':')
            return (struct bytes){.data = text, .size = size - 1};
    return host;
}

static bool is_local_name(struct bytes host, const char *name)
{
    static const char suffix[] = ".localhost";
    const char *text = host.data;
    size_t size = strlen(name);
    return host.size == size + sizeof suffix - 1 && strncasecmp(text, name, size) == 0 &&
           strncasecmp(text + size, suffix, sizeof suffix - 1) == 0;
}

static bool host_matches(const char *pattern, size_t size, struct bytes host)
{
    const char *text = host.data;
    if (size == 0 || pattern[0] != '*')
        return host.size == size && strncasecmp(text, pattern, size) == 0;
    size--;
    return host.size >= size && strncasecmp(text + host.size - size, pattern + 1, size) == 0;
}

static bool target_matches(const char *pattern, struct bytes target)
{
    size_t size = strlen(pattern);
    if (pattern[size - 1] != '*')
        return target.size == size && memcmp(target.data, pattern, size) == 0;
    return target.size >= size - 1 && memcmp(target.data, pattern, size - 1) == 0;
}

static bool route_matches(const char *pattern, struct bytes host, struct bytes target)
{
    const char *path = strchr(pattern, '/');
    return path && host_matches(pattern, (size_t)(path - pattern), host) &&
           target_matches(path, target);
}

size_t route_pick(const struct config *config, struct bytes host, struct bytes target)
{
    host = without_port(host);
    for (size_t i = 0; i < config->worker_count; i++)
        if (is_local_name(host, config->workers[i].name))
            return i;
    for (size_t i = 0; i < config->route_count; i++)
        if (route_matches(config->routes[i].pattern, host, target))
            return config->routes[i].worker;
    return 0;
}
