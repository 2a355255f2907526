/* Any bytes are safe as a configuration file, and as the faults that the status port takes: they
 * are read, or refused with a reason. */
#include "common/check.h"
#include "common/config.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_refused(const struct errmsg *why)
{
    CHECK(why->text[0] && memchr(why->text, 0, sizeof why->text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = {.data = data, .size = size};
    struct config config = {.topology.region_count = 0};
    struct config_faults faults;
    struct errmsg why = {0};
    enum err err = config_parse("fuzz", text, &config, &why);
    if (err)
        check_refused(&why);
    else
        CHECK(config.region < config.topology.region_count);
    config_finish(&config);

    struct region regions[2] = {{.code = "SYD"}, {.code = "LHR"}};
    config = (struct config){.topology = {.region_count = 2, .regions = regions}};
    why = (struct errmsg){0};
    if (config_faults_parse(&config, text, &faults, &why)) {
        check_refused(&why);
        return 0;
    }
    for (size_t i = 0; i < faults.link_count; i++)
        CHECK(faults.links[i].peer <= 2);
    config_faults_finish(&faults);
    return 0;
}
