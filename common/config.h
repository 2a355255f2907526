#ifndef TERRELLA_COMMON_CONFIG_H
#define TERRELLA_COMMON_CONFIG_H

#include "common/bytes.h"
#include "common/err.h"
#include "common/limits.h"
#include "common/topology.h"

#include <stdbool.h>
#include <stdint.h>

/* What a process is told at its start: one complete JSON file, written by scripts/cluster (its
 * fields: docs/CONFIG.md). All times are already scaled by the topology's time_scale. */

struct config_binding {
    char *name;
    size_t space; /* index into spaces */
};

struct config_worker {
    char *name, *bundle_path, *vars_json;
    struct config_binding *bindings;
    size_t binding_count;
    uint64_t cpu_limit_us;
};

struct config_space {
    char *unique_key, *class_name;
    size_t worker; /* index into workers */
    bool sqlite;   /* its objects have ctx.storage.sql */
};

/* Requests for these addresses go to a Worker; see node/route.h. */
struct config_route {
    char *pattern; /* HOST/PATH, "*" at the host's beginning and the path's end for any text */
    size_t worker; /* index into workers */
};

/* Deadlines and bounds; see common/config_limits.c for what is used where the file is silent. */
struct config_limits {
    uint64_t fetch_deadline_us; /* a stub fetch ends by then, however */
    uint64_t peer_wait_us;      /* how long a fetch or claim waits for a link to come up */
    uint64_t object_idle_us;    /* then an instance is dropped from memory */
    uint64_t object_block_us;   /* then blockConcurrencyWhile() is given up, and its object reset */
    uint64_t probe_interval_us, probe_timeout_us;
    uint64_t cache_entry_count_max; /* locations that a node remembers */
    uint64_t object_run_count_max;  /* fetches that one object works on at once */
    uint64_t call_count_max;        /* fetches that one node has under way */
    uint64_t body_bytes_max;        /* that code may collect of one body */
    uint64_t body_buffer_bytes_max; /* of all bodies that a node holds for code that reads them */
    uint64_t body_stall_us;         /* a body that nobody goes on reading is given up after it */
    uint64_t link_queue_bytes_max;
    uint64_t memory_bytes_max; /* resident, of a node: the running script is stopped beyond */
};

/* The way to another process is disturbed; see links_disturb. */
struct config_link_fault {
    size_t peer; /* a region's index; the number of regions: the coordinator */
    bool cut;
    uint64_t extra_delay_us; /* of each message, on top of the distance */
};

/* What is deliberately wrong around this process. */
struct config_faults {
    struct config_link_fault *links; /* the ways from here; those that are not named are well */
    size_t link_count;
    bool disk_full; /* nothing can be committed */
};

struct config {
    bool coordinator; /* role: "coordinator" or "node" */
    char *path;       /* of the file itself */
    uint8_t cluster_id[CLUSTER_ID_BYTES];
    uint8_t cluster_key[KEY_BYTES];
    char *data_path;     /* the process's own data directory */
    char *host;          /* address to listen on: "127.0.0.1" */
    uint16_t http_port;  /* users' requests; nodes only */
    uint16_t admin_port; /* status */
    char *topology_name;
    double time_scale; /* already applied to every time; for reports */
    struct topology topology;
    char **region_urls;         /* of the regions' links, by region index */
    char **cities, **countries; /* by region index, for people and request.cf */
    char *coordinator_url;
    size_t region; /* the process's own region; the coordinator's too */
    const struct place_policy *policy;
    struct delay check; /* the coordinator's delay at first creation */
    bool push;          /* the coordinator tells every node of each new home */
    struct config_limits limits;
    struct config_faults faults;   /* at the start; process/faults.h changes them later */
    struct config_worker *workers; /* nodes only */
    size_t worker_count;
    struct config_space *spaces; /* nodes only */
    size_t space_count;
    struct config_route *routes; /* nodes only; the first that matches counts */
    size_t route_count;
    uint64_t seed; /* of injected chance */
};

/* Read and check a file; on success the caller owns what `ret_config` holds. Every mistake is
 * reported, one a line with its JSON path, after a line with the file and their number; lines that
 * do not fit into `why` are left out. Errors: ERR_IO, ERR_INVALID, ERR_MEMORY. */
MUST_USE enum err config_read(const char *path, struct config *ret_config,
                              struct errmsg *reterr_why);

/* The same for what a file holds; `path` is only told. Errors: ERR_INVALID, ERR_MEMORY. */
MUST_USE enum err config_parse(const char *path, struct bytes text, struct config *ret_config,
                               struct errmsg *reterr_why);

/* Read the faults alone, as JSON like the field `faults` of the file, for a process that has this
 * `config`; the caller owns what `ret_faults` holds. Errors: ERR_INVALID, ERR_MEMORY. */
MUST_USE enum err config_faults_parse(const struct config *config, struct bytes text,
                                      struct config_faults *ret_faults, struct errmsg *reterr_why);

/* Free what they own; zeroed memory is fine. */
void config_faults_finish(struct config_faults *faults);

/* Free what a config owns; zeroed memory is fine. */
void config_finish(struct config *config);

#endif
