#include "sim/plan_text.h"

#include "sim/plan_reader.h"

#include <stdlib.h>

static const struct plan_command *find_command(const struct plan_command *table, const char *name)
{
    for (; table->name; table++)
        if (word_is(table->name, name))
            return table;
    return NULL;
}

static enum err read_words(struct plan_reader *reader)
{
    reader->step = (struct step){0};
    if (word_is(reader->words[0], "at") && reader->word_count > 2) {
        enum err err = plan_read_ms(reader, reader->words[1], &reader->step.at_us);
        if (err)
            return err;
        reader->words += 2;
        reader->word_count -= 2;
    }
    const struct plan_command *command = find_command(plan_cluster_commands, reader->words[0]);
    if (!command)
        command = find_command(plan_step_commands, reader->words[0]);
    if (!command || reader->word_count < command->words_min)
        return plan_complain(reader, "unknown command, or words missing", reader->words[0]);
    reader->step.kind = command->kind;
    return command->read(reader);
}

static enum err read_line(struct plan_reader *reader, char *line)
{
    char *rest = NULL;
    reader->words = reader->line_words;
    reader->word_count = 0;
    reader->line_number++;
    line[strcspn(line, "#")] = 0;
    for (char *word = strtok_r(line, " \t\r\n", &rest); word;
         word = strtok_r(NULL, " \t\r\n", &rest)) {
        if (reader->word_count == PLAN_LINE_WORDS_MAX)
            return plan_complain(reader, "too many words", word);
        reader->words[reader->word_count++] = word;
    }
    return reader->word_count ? read_words(reader) : OK;
}

static enum err settle_topology(struct plan_reader *reader)
{
    struct topology *topology = &reader->plan->topology;
    struct jitter jitter = topology->jitter;
    size_t count = reader->region_count;
    if (count == 0)
        return err_say(ERR_INVALID, reader->why, "there is no region");
    enum err err = topology_init(topology, count);
    if (err)
        return err;
    topology->jitter = jitter;
    topology->coordinator_region = reader->coordinator_region;
    memcpy(topology->regions, reader->regions, count * sizeof *topology->regions);
    for (size_t i = 0; i < count; i++)
        memcpy(topology->rtt_us + i * count, reader->rtt_us + i * PLAN_REGIONS_MAX,
               count * sizeof *topology->rtt_us);
    return OK;
}

static enum err read_lines(struct plan_reader *reader, char *text)
{
    enum err err = OK;
    for (char *next = text; !err && next && *next;) {
        char *line = next;
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        if (word_is(line, "----"))
            break;
        err = read_line(reader, line);
    }
    return err ? err : settle_topology(reader);
}

enum err plan_read(const char *text, struct plan *ret_plan, struct errmsg *reterr_why)
{
    char *copy = strdup(text);
    struct plan_reader reader = {
        .plan = ret_plan,
        .regions = calloc(PLAN_REGIONS_MAX, sizeof *reader.regions),
        .rtt_us = calloc((size_t)PLAN_REGIONS_MAX * PLAN_REGIONS_MAX, sizeof *reader.rtt_us),
        .why = reterr_why};
    plan_init(ret_plan);
    enum err err = copy && reader.regions && reader.rtt_us ? read_lines(&reader, copy) : ERR_MEMORY;
    free(copy);
    free(reader.regions);
    free(reader.rtt_us);
    return err;
}
