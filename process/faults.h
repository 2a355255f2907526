#ifndef TERRELLA_PROCESS_FAULTS_H
#define TERRELLA_PROCESS_FAULTS_H

#include "process/process.h"

#include <jansson.h>

/* Faults on request, for node and coordinator alike: ways to other processes that are cut or
 * slower, and a full disk. The process keeps them in its configuration; scripts/cluster, which knows
 * those of the whole cluster, tells each process all of its own at once. */

/* Make links and store, as far as they are open, behave as config.faults says. */
void faults_apply(const struct process *process);

/* As the field `faults` of a configuration file. NULL when memory is out. */
json_t *faults_json(const struct config *config);

/* Answer POST /faults: the body, as JSON like the field `faults`, replaces config.faults and is
 * applied. It must come as application/json, which no page in a browser can send from elsewhere. */
void faults_on_request(struct process *process, struct http_exchange *exchange);

#endif
