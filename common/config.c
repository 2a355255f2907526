#include "common/config_parts.h"
#include "common/file.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* The region that a field names by its code. */
static size_t read_region(struct config_reader *reader, const struct json_at *object,
                          const struct topology *topology)
{
    const char *code = reader_text(reader, object, "region", 1, REGION_CODE_BYTES_MAX);
    if (!code)
        return 0;
    size_t region = topology_find(topology, bytes_of(code));
    if (region != REGION_NONE)
        return region;
    if (topology->region_count > 0)
        reader_mistake(reader, JSON_FIELD(object, "region"),
                       "\"%s\" is none of the topology's regions", code);
    return 0;
}

static void read_coordinator(struct config_reader *reader, const struct json_at *root,
                             struct config *config)
{
    static const char *const keys[] = {"region", "url", "check", "push", NULL};
    struct json_at at = reader_object(reader, root, "coordinator");
    reader_known(reader, &at, keys);
    config->topology.coordinator_region = read_region(reader, &at, &config->topology);
    config->coordinator_url = reader_url(reader, &at);
    struct json_at check = reader_object(reader, &at, "check");
    config->check = config_read_delay(reader, &check);
    config->push = reader_has(&at, "push") && reader_bool(reader, &at, "push");
}

static void read_cluster(struct config_reader *reader, const struct json_at *root,
                         struct config *config)
{
    static const char *const keys[] = {"id", "key", NULL};
    struct json_at at = reader_object(reader, root, "cluster");
    reader_known(reader, &at, keys);
    reader_hex(reader, &at, "id", config->cluster_id, sizeof config->cluster_id);
    reader_hex(reader, &at, "key", config->cluster_key, sizeof config->cluster_key);
}

static void read_policy(struct config_reader *reader, const struct json_at *root,
                        struct config *config)
{
    const char *name = reader_text(reader, root, "policy", 1, TEXT_BYTES_MAX);
    if (name && !(config->policy = place_policy_find(name)))
        reader_mistake(reader, JSON_FIELD(root, "policy"), "\"%.40s\" is no placement policy",
                       name);
}

/* What a node has and the coordinator has not. */
static void read_node_part(struct config_reader *reader, const struct json_at *root,
                           struct config *config)
{
    config->http_port = reader_port(reader, root, "http_port");
    if (config->http_port == config->admin_port && reader_has(root, "admin_port"))
        reader_mistake(reader, JSON_FIELD(root, "http_port"), "must not be the same as admin_port");
    config_read_workers(reader, root, config);
}

static void read_role(struct config_reader *reader, const struct json_at *root,
                      struct config *config)
{
    static const char *const coordinator_keys[] = {
        "role",   "cluster",     "data",     "host",   "admin_port", "region", "seed",
        "policy", "coordinator", "topology", "limits", "faults",     NULL};
    static const char *const node_keys[] = {
        "role",    "cluster", "data",        "host",     "admin_port", "region",
        "seed",    "policy",  "coordinator", "topology", "limits",     "http_port",
        "workers", "spaces",  "routes",      "faults",   NULL};
    const char *role = reader_text(reader, root, "role", 1, TEXT_BYTES_MAX);
    config->coordinator = role && strcmp(role, "coordinator") == 0;
    if (role && !config->coordinator && strcmp(role, "node") != 0)
        reader_mistake(reader, JSON_FIELD(root, "role"), "\"%.40s\" is not node or coordinator",
                       role);
    reader_known(reader, root, config->coordinator ? coordinator_keys : node_keys);
}

static void read_root(struct config_reader *reader, const struct json_at *root,
                      struct config *config)
{
    read_role(reader, root, config);
    read_cluster(reader, root, config);
    config->data_path = reader_text_copy(reader, root, "data", 1, PATH_BYTES_MAX);
    config->host = reader_text_copy(reader, root, "host", 1, TEXT_BYTES_MAX);
    config->admin_port = reader_port(reader, root, "admin_port");
    config->seed = reader_integer(reader, root, "seed", 0, INT64_MAX);
    read_policy(reader, root, config);
    config_read_topology(reader, root, config);
    config->region = read_region(reader, root, &config->topology);
    read_coordinator(reader, root, config);
    if (config->coordinator && config->region != config->topology.coordinator_region)
        reader_mistake(reader, JSON_FIELD(root, "region"),
                       "must be the same as coordinator.region");
    config_read_limits(reader, root, &config->limits);
    if (reader_has(root, "faults")) {
        struct json_at at = reader_object(reader, root, "faults");
        config_read_faults(reader, &at, config, &config->faults);
    }
    if (!config->coordinator)
        read_node_part(reader, root, config);
}

static enum err parse(const char *path, struct bytes text, json_t **ret_document,
                      struct errmsg *reterr_why)
{
    json_error_t error;
    json_t *document = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, &error);
    if (!document && reader_json_err(&error) == ERR_MEMORY)
        return err_say(ERR_MEMORY, reterr_why, "%.200s: %s", path, err_text(ERR_MEMORY));
    if (!document)
        return err_say(ERR_INVALID, reterr_why, "%.200s:%d:%d: %s", path, error.line, error.column,
                       error.text);
    *ret_document = document;
    return OK;
}

/* Read a document into a zeroed config. */
static enum err read_document(const char *path, const json_t *document, struct config *config,
                              struct errmsg *reterr_why)
{
    struct config_reader reader = {0};
    struct json_at root = {.value = json_is_object(document) ? document : NULL};
    config->path = reader_copy(&reader, path);
    if (root.value)
        read_root(&reader, &root, config);
    else
        reader_mistake(&reader, &root, "must be an object");
    enum err err = reader_verdict(&reader, path, reterr_why);
    reader_finish(&reader);
    return err;
}

enum err config_parse(const char *path, struct bytes text, struct config *ret_config,
                      struct errmsg *reterr_why)
{
    struct config config = {0};
    json_t *document = NULL;
    enum err err = parse(path, text, &document, reterr_why);
    if (!err)
        err = read_document(path, document, &config, reterr_why);
    json_decref(document);
    if (err)
        config_finish(&config);
    else
        *ret_config = config;
    return err;
}

enum err config_read(const char *path, struct config *ret_config, struct errmsg *reterr_why)
{
    struct buf text = {0};
    enum err err = file_read(path, CONFIG_FILE_BYTES_MAX, &text, reterr_why);
    if (!err)
        err = config_parse(path, buf_bytes(&text), ret_config, reterr_why);
    buf_finish(&text);
    return err;
}

static void finish_workers(struct config *config)
{
    for (size_t i = 0; i < config->worker_count; i++) {
        struct config_worker *worker = &config->workers[i];
        for (size_t k = 0; k < worker->binding_count; k++)
            free(worker->bindings[k].name);
        free(worker->bindings);
        free(worker->name);
        free(worker->bundle_path);
        free(worker->vars_json);
    }
    free(config->workers);
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; texts && i < count; i++)
        free(texts[i]);
    free(texts);
}

void config_finish(struct config *config)
{
    finish_workers(config);
    config_faults_finish(&config->faults);
    for (size_t i = 0; i < config->space_count; i++) {
        free(config->spaces[i].unique_key);
        free(config->spaces[i].class_name);
    }
    free(config->spaces);
    for (size_t i = 0; i < config->route_count; i++)
        free(config->routes[i].pattern);
    free(config->routes);
    size_t region_count = config->topology.region_count;
    free_texts(config->region_urls, region_count);
    free_texts(config->cities, region_count);
    free_texts(config->countries, region_count);
    topology_finish(&config->topology);
    free(config->coordinator_url);
    free(config->topology_name);
    free(config->host);
    free(config->data_path);
    free(config->path);
    sodium_memzero(config, sizeof *config); /* it held the cluster's key */
}
