#ifndef TERRELLA_NODE_ROUTE_H
#define TERRELLA_NODE_ROUTE_H

#include "common/bytes.h"
#include "common/config.h"

/* Which Worker answers a user's request, as an index into config->workers.
 *
 * `host` is the request's authority, with or without a port; `target` its path and query. The host
 * "NAME.localhost" asks for the Worker NAME. Otherwise the first of config->routes that matches
 * counts, and where none does, the first Worker answers.
 *
 * A route matches the whole of host and target: "*" stands for any text, also none, at the beginning
 * of the host and at the end of the path. Hosts are compared without regard to case. */
size_t route_pick(const struct config *config, struct bytes host, struct bytes target);

#endif
