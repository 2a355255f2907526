#include "common/config_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The process that a field names: a region's code, or "coordinator". */
static size_t read_peer(struct config_reader *reader, const struct json_at *object,
                        const struct config *config)
{
    const struct topology *topology = &config->topology;
    size_t self = config->coordinator ? topology->region_count : config->region;
    const char *code = reader_text(reader, object, "to", 1, TEXT_BYTES_MAX);
    if (!code)
        return 0;
    size_t peer = strcmp(code, "coordinator") == 0 ? topology->region_count
                                                   : topology_find(topology, bytes_of(code));
    if (peer == REGION_NONE)
        reader_mistake(reader, JSON_FIELD(object, "to"),
                       "\"%.40s\" is none of the topology's regions", code);
    else if (peer == self)
        reader_mistake(reader, JSON_FIELD(object, "to"), "this is the process itself");
    return peer;
}

static void read_links(struct config_reader *reader, const struct json_at *object,
                       const struct config *config, struct config_faults *ret_faults)
{
    static const char *const keys[] = {"to", "cut", "delay_ms", NULL};
    struct json_at list = reader_list(reader, object, "links");
    ret_faults->links = reader_array(reader, reader_count(&list), sizeof *ret_faults->links);
    ret_faults->link_count = ret_faults->links ? reader_count(&list) : 0;
    for (size_t i = 0; i < ret_faults->link_count; i++) {
        struct config_link_fault *link = &ret_faults->links[i];
        struct json_at at = reader_object_item(reader, &list, i);
        reader_known(reader, &at, keys);
        link->peer = read_peer(reader, &at, config);
        link->cut = reader_bool(reader, &at, "cut");
        link->extra_delay_us = (uint64_t)llround(reader_us(reader, &at, "delay_ms", 0));
    }
}

void config_read_faults(struct config_reader *reader, const struct json_at *object,
                        const struct config *config, struct config_faults *ret_faults)
{
    static const char *const keys[] = {"disk_full", "links", NULL};
    reader_known(reader, object, keys);
    ret_faults->disk_full = reader_bool(reader, object, "disk_full");
    read_links(reader, object, config, ret_faults);
}

enum err config_faults_parse(const struct config *config, struct bytes text,
                             struct config_faults *ret_faults, struct errmsg *reterr_why)
{
    json_error_t error;
    json_t *document = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, &error);
    if (!document && reader_json_err(&error) == ERR_MEMORY)
        return err_say(ERR_MEMORY, reterr_why, "faults: %s", err_text(ERR_MEMORY));
    if (!document)
        return err_say(ERR_INVALID, reterr_why, "faults: %s", error.text);
    struct config_reader reader = {0};
    struct config_faults faults = {0};
    struct json_at root = {.value = json_is_object(document) ? document : NULL};
    if (root.value)
        config_read_faults(&reader, &root, config, &faults);
    else
        reader_mistake(&reader, &root, "must be an object");
    enum err err = reader_verdict(&reader, "faults", reterr_why);
    reader_finish(&reader);
    json_decref(document);
    if (err)
        config_faults_finish(&faults);
    else
        *ret_faults = faults;
    return err;
}

void config_faults_finish(struct config_faults *faults)
{
    free(faults->links);
    *faults = (struct config_faults){0};
}
