#ifndef TERRELLA_COMMON_CONFIG_PARTS_H
#define TERRELLA_COMMON_CONFIG_PARTS_H

#include "common/config.h"
#include "common/config_reader.h"

/* The parts of a configuration file, one function each; common/config.c puts them together. What
 * they allocate belongs to the config, also after a mistake: config_finish frees it. */

/* `check` of the coordinator. */
struct delay config_read_delay(struct config_reader *reader, const struct json_at *object);

/* `topology`: regions, round trips, jitter. The coordinator's region is not in there. */
void config_read_topology(struct config_reader *reader, const struct json_at *root,
                          struct config *config);

/* `limits`, which may be left out, in part or as a whole. */
void config_read_limits(struct config_reader *reader, const struct json_at *root,
                        struct config_limits *ret_limits);

/* `faults`, an object that is there; `config` has role, topology and region by now. */
void config_read_faults(struct config_reader *reader, const struct json_at *object,
                        const struct config *config, struct config_faults *ret_faults);

/* `workers`, and `spaces` and `routes`, which refer to them; `routes` may be left out. */
void config_read_workers(struct config_reader *reader, const struct json_at *root,
                         struct config *config);

#endif
