#ifndef TERRELLA_COORDINATOR_SHELL_H
#define TERRELLA_COORDINATOR_SHELL_H

#include "common/alarm.h"
#include "coordinator/core/coord.h"
#include "process/process.h"

/* The coordinator's shell: links, disk and clock give events to the core and perform what it
 * says. */

struct shell {
    struct process process; /* first: callbacks of a process are given the shell */
    struct coord *coord;
    struct alarm_clock *alarm;
    uint64_t sent_messages, received_messages;
};

extern const struct process_role shell_role;

/* admin.c: what of the status port is the coordinator's own. */
void admin_add_status(const void *shell, json_t *status);
void admin_on_request(void *shell, struct http_exchange *exchange);

#endif
