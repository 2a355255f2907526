#include "common/config_parts.h"

#include <math.h>
#include <string.h>

static void read_bindings(struct config_reader *reader, const struct json_at *worker_at,
                          size_t space_count, struct config_worker *ret_worker)
{
    static const char *const keys[] = {"name", "space", NULL};
    struct json_at list = reader_list(reader, worker_at, "bindings");
    size_t count = reader_count(&list);
    ret_worker->bindings = reader_array(reader, count, sizeof *ret_worker->bindings);
    if (!ret_worker->bindings)
        return;
    ret_worker->binding_count = count;
    for (size_t i = 0; i < count; i++) {
        struct config_binding *binding = &ret_worker->bindings[i];
        struct json_at at = reader_object_item(reader, &list, i);
        reader_known(reader, &at, keys);
        binding->name = reader_text_copy(reader, &at, "name", 1, TEXT_BYTES_MAX);
        for (size_t k = 0; k < i && binding->name; k++)
            if (ret_worker->bindings[k].name &&
                strcmp(ret_worker->bindings[k].name, binding->name) == 0)
                reader_mistake(reader, JSON_FIELD(&at, "name"), "\"%.40s\" is there twice",
                               binding->name);
        if (space_count > 0)
            binding->space = reader_integer(reader, &at, "space", 0, space_count - 1);
        else
            reader_mistake(reader, &at, "there are no spaces to bind");
    }
}

static void read_worker(struct config_reader *reader, const struct json_at *at, size_t index,
                        size_t space_count, struct config *config)
{
    static const char *const keys[] = {"name", "bundle", "vars", "cpu_limit_ms", "bindings", NULL};
    struct config_worker *worker = &config->workers[index];
    reader_known(reader, at, keys);
    worker->name = reader_text_copy(reader, at, "name", 1, TEXT_BYTES_MAX);
    for (size_t i = 0; i < index && worker->name; i++)
        if (config->workers[i].name && strcmp(config->workers[i].name, worker->name) == 0)
            reader_mistake(reader, JSON_FIELD(at, "name"), "\"%.40s\" is there twice",
                           worker->name);
    worker->bundle_path = reader_text_copy(reader, at, "bundle", 1, PATH_BYTES_MAX);
    struct json_at vars = reader_object(reader, at, "vars");
    if (vars.value && !(worker->vars_json = json_dumps(vars.value, JSON_COMPACT)))
        reader->memory_out = true;
    worker->cpu_limit_us = (uint64_t)llround(reader_us(reader, at, "cpu_limit_ms", 1));
    read_bindings(reader, at, space_count, worker);
}

static void read_workers(struct config_reader *reader, const struct json_at *list,
                         size_t space_count, struct config *config)
{
    config->workers = reader_array(reader, reader_count(list), sizeof *config->workers);
    config->worker_count = config->workers ? reader_count(list) : 0;
    for (size_t i = 0; i < config->worker_count; i++) {
        struct json_at at = reader_object_item(reader, list, i);
        read_worker(reader, &at, i, space_count, config);
    }
}

static void read_space(struct config_reader *reader, const struct json_at *at, size_t index,
                       struct config *config)
{
    static const char *const keys[] = {"unique_key", "class_name", "worker", "sqlite", NULL};
    struct config_space *space = &config->spaces[index];
    reader_known(reader, at, keys);
    space->unique_key = reader_text_copy(reader, at, "unique_key", 1, NAMESPACE_NAME_BYTES_MAX);
    for (size_t i = 0; i < index && space->unique_key; i++)
        if (config->spaces[i].unique_key &&
            strcmp(config->spaces[i].unique_key, space->unique_key) == 0)
            reader_mistake(reader, JSON_FIELD(at, "unique_key"), "\"%.40s\" is there twice",
                           space->unique_key);
    space->sqlite = reader_has(at, "sqlite") && reader_bool(reader, at, "sqlite");
    space->class_name = reader_text_copy(reader, at, "class_name", 1, TEXT_BYTES_MAX);
    if (config->worker_count > 0)
        space->worker = reader_integer(reader, at, "worker", 0, config->worker_count - 1);
    else
        reader_mistake(reader, at, "there are no workers that could have its class");
}

static void read_spaces(struct config_reader *reader, const struct json_at *list,
                        struct config *config)
{
    config->spaces = reader_array(reader, reader_count(list), sizeof *config->spaces);
    config->space_count = config->spaces ? reader_count(list) : 0;
    for (size_t i = 0; i < config->space_count; i++) {
        struct json_at at = reader_object_item(reader, list, i);
        read_space(reader, &at, i, config);
    }
}

static void read_routes(struct config_reader *reader, const struct json_at *list,
                        struct config *config)
{
    static const char *const keys[] = {"pattern", "worker", NULL};
    config->routes = reader_array(reader, reader_count(list), sizeof *config->routes);
    config->route_count = config->routes ? reader_count(list) : 0;
    for (size_t i = 0; i < config->route_count; i++) {
        struct json_at at = reader_object_item(reader, list, i);
        reader_known(reader, &at, keys);
        char *pattern = reader_text_copy(reader, &at, "pattern", 2, TEXT_BYTES_MAX);
        if (pattern && !strchr(pattern, '/'))
            reader_mistake(reader, JSON_FIELD(&at, "pattern"), "must be HOST/PATH");
        config->routes[i].pattern = pattern;
        if (config->worker_count > 0)
            config->routes[i].worker =
                reader_integer(reader, &at, "worker", 0, config->worker_count - 1);
        else
            reader_mistake(reader, &at, "there are no workers that could answer");
    }
}

void config_read_workers(struct config_reader *reader, const struct json_at *root,
                         struct config *config)
{
    struct json_at workers = reader_list(reader, root, "workers");
    struct json_at spaces = reader_list(reader, root, "spaces");
    read_workers(reader, &workers, reader_count(&spaces), config);
    read_spaces(reader, &spaces, config);
    if (reader_has(root, "routes")) {
        struct json_at routes = reader_list(reader, root, "routes");
        read_routes(reader, &routes, config);
    }
}
