#include "sim/plan_text.h"

#include "sim/plan_words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Reading. Each command is one line of a table: how many words it needs, and what takes them. */

enum { WORDS_MAX = 64 };

struct reader {
    struct plan *plan;
    struct region *regions;
    uint32_t *rtt_us; /* REGIONS_MAX x REGIONS_MAX, until the number of regions is known */
    size_t region_count, coordinator_region;
    char *line_words[WORDS_MAX];
    char **words; /* those of the command: what follows "at MS" */
    size_t word_count;
    struct step step; /* of this line */
    struct errmsg *why;
    int line_number;
};

static enum err complain(struct reader *reader, const char *what, const char *word)
{
    return err_say(ERR_INVALID, reader->why, "line %d: %s: %s", reader->line_number, what, word);
}

/* ---- words ---- */

static enum err read_process(struct reader *reader, const char *word, uint16_t *ret_process)
{
    for (size_t i = 0; i < reader->region_count; i++)
        if (strcmp(reader->regions[i].code, word) == 0) {
            *ret_process = (uint16_t)i;
            return OK;
        }
    if (strcmp(word, "coord") != 0)
        return complain(reader, "no such process", word);
    *ret_process = (uint16_t)reader->region_count;
    return OK;
}

static enum err read_region(struct reader *reader, const char *word, uint16_t *ret_region)
{
    enum err err = read_process(reader, word, ret_region);
    return !err && *ret_region == reader->region_count
               ? complain(reader, "a region is needed", word)
               : err;
}

static enum err read_number(struct reader *reader, const char *word, uint64_t *ret_number)
{
    char *end;
    *ret_number = strtoull(word, &end, 10);
    return end == word || *end || *word == '-' ? complain(reader, "not a whole number", word) : OK;
}

/* Milliseconds with up to three decimals, as microseconds. */
static enum err read_ms(struct reader *reader, const char *word, uint64_t *ret_us)
{
    char *end;
    double ms = strtod(word, &end);
    if (end == word || *end || !(ms >= 0 && ms < 1e15))
        return complain(reader, "not a number of milliseconds", word);
    *ret_us = (uint64_t)(ms * 1000 + 0.5);
    return OK;
}

static enum err read_object(struct reader *reader, const char *word, uint16_t *ret_object)
{
    enum err err = plan_object(reader->plan, word, ret_object);
    return err == ERR_INVALID ? complain(reader, "the name is too long", word) : err;
}

/* "A->B" */
static enum err read_way(struct reader *reader, char *word)
{
    char *arrow = strstr(word, "->");
    if (!arrow)
        return complain(reader, "A->B is needed", word);
    *arrow = 0;
    enum err err = read_process(reader, word, &reader->step.process);
    return err ? err : read_process(reader, arrow + 2, &reader->step.peer);
}

static bool is(const char *word, const char *wanted)
{
    return strcmp(word, wanted) == 0;
}

/* ---- what the cluster is ---- */

static enum err read_jurisdictions(struct reader *reader, size_t from, uint32_t *ret_bits)
{
    *ret_bits = 0;
    for (size_t i = from; i < reader->word_count; i++) {
        enum jurisdiction jurisdiction;
        if (!jurisdiction_parse(bytes_of(reader->words[i]), &jurisdiction))
            return complain(reader, "no such jurisdiction", reader->words[i]);
        *ret_bits |= 1u << jurisdiction;
    }
    return OK;
}

static enum err on_region(struct reader *reader)
{
    if (reader->region_count == PLAN_REGIONS_MAX)
        return complain(reader, "too many regions", reader->words[1]);
    struct region *region = &reader->regions[reader->region_count];
    char **words = reader->words;
    *region = (struct region){.hosts = true};
    if (strlen(words[1]) > REGION_CODE_BYTES_MAX || is(words[1], "coord"))
        return complain(reader, "not a region's code", words[1]);
    strcpy(region->code, words[1]);
    if (!is(words[2], "none") && !hint_parse(bytes_of(words[2]), &region->hint))
        return complain(reader, "no such hint", words[2]);
    size_t next = 3;
    if (next < reader->word_count && is(words[next], "entry-only"))
        region->hosts = false, next++;
    if (next < reader->word_count && !is(words[next], "in"))
        return complain(reader, "unknown word", words[next]);
    reader->rtt_us[reader->region_count * PLAN_REGIONS_MAX + reader->region_count] = 500;
    reader->region_count++;
    return read_jurisdictions(reader, next + 1, &region->jurisdictions);
}

static enum err on_rtt(struct reader *reader)
{
    uint16_t a, b;
    uint64_t us = 0;
    enum err err = read_region(reader, reader->words[1], &a);
    if (!err)
        err = read_region(reader, reader->words[2], &b);
    if (!err)
        err = read_ms(reader, reader->words[3], &us);
    if (!err)
        reader->rtt_us[a * PLAN_REGIONS_MAX + b] = reader->rtt_us[b * PLAN_REGIONS_MAX + a] =
            (uint32_t)us;
    return err;
}

static enum err on_coordinator(struct reader *reader)
{
    uint16_t region = 0;
    uint64_t low_us = 0, high_us = 0;
    struct delay *check = &reader->plan->config.check;
    enum err err = read_region(reader, reader->words[1], &region);
    reader->coordinator_region = region;
    if (!err && reader->word_count > 2)
        err = read_ms(reader, reader->words[2], &low_us);
    if (!err && reader->word_count > 3)
        err = read_ms(reader, reader->words[3], &high_us);
    if (reader->word_count > 3)
        *check = (struct delay){
            .kind = DELAY_UNIFORM, .low_us = (double)low_us, .high_us = (double)high_us};
    else if (reader->word_count > 2)
        *check = (struct delay){.kind = DELAY_FIXED, .low_us = (double)low_us};
    return err;
}

static enum err read_fraction(struct reader *reader, const char *word, double *ret_number)
{
    char *end;
    *ret_number = strtod(word, &end);
    return end == word || *end || !(*ret_number >= 0 && *ret_number <= 10)
               ? complain(reader, "not a number from 0 to 10", word)
               : OK;
}

static enum err on_jitter_mean(struct reader *reader)
{
    uint64_t us = 0;
    double sigma = 1;
    enum err err = read_ms(reader, reader->words[1], &us);
    if (!err && reader->word_count > 2)
        err = read_fraction(reader, reader->words[2], &sigma);
    reader->plan->topology.jitter.delay =
        (struct delay){.kind = DELAY_LOGNORMAL, .mean_us = (double)us, .sigma = sigma};
    return err;
}

static enum err on_jitter_spikes(struct reader *reader)
{
    struct jitter *jitter = &reader->plan->topology.jitter;
    uint64_t low_us = 0, high_us = 0;
    enum err err = read_fraction(reader, reader->words[1], &jitter->spike_probability);
    if (!err)
        err = read_ms(reader, reader->words[2], &low_us);
    if (!err)
        err = read_ms(reader, reader->words[3], &high_us);
    jitter->spike_low_us = (double)low_us;
    jitter->spike_high_us = (double)high_us;
    return err;
}

static enum err on_push(struct reader *reader)
{
    reader->plan->config.push = true;
    return OK;
}

static enum err on_limits(struct reader *reader)
{
    const char *word = reader->words[1], *value = reader->words[2];
    uint64_t *us = plan_limit_us(reader->plan, word);
    size_t *count = plan_limit_count(reader->plan, word);
    uint64_t number = 0;
    if (us)
        return read_ms(reader, value, us);
    if (!count)
        return complain(reader, "unknown limit", word);
    enum err err = read_number(reader, value, &number);
    *count = (size_t)number;
    return err;
}

static enum err on_seed(struct reader *reader)
{
    return read_number(reader, reader->words[1], &reader->plan->config.seed);
}

static enum err on_object(struct reader *reader)
{
    uint16_t number;
    enum err err = read_object(reader, reader->words[1], &number);
    if (err)
        return err;
    struct plan_object *object = &reader->plan->objects[number];
    for (size_t i = 2; i < reader->word_count; i++)
        if (is(reader->words[i], "unique"))
            object->unique = true;
        else if (!is(reader->words[i], "in") || ++i == reader->word_count ||
                 !jurisdiction_parse(bytes_of(reader->words[i]), &object->jurisdiction))
            return complain(reader, "[unique] [in JURISDICTION]", reader->words[1]);
    return OK;
}

static enum err on_calm(struct reader *reader)
{
    reader->plan->calm = true;
    return OK;
}

static enum err on_expect(struct reader *reader)
{
    const char *what = reader->words[2];
    if (is(reader->words[1], "all") && is(what, "well")) {
        reader->plan->expectation = EXPECT_WELL;
        return OK;
    }
    if (!is(reader->words[1], "broken") || strlen(what) >= sizeof reader->plan->invariant)
        return complain(reader, "all well, or broken and an invariant", what);
    reader->plan->expectation = EXPECT_BROKEN;
    strcpy(reader->plan->invariant, what);
    return OK;
}

/* ---- steps ---- */

static enum err keep(struct reader *reader)
{
    return plan_add(reader->plan, &reader->step);
}

/* One step for each process that is named. */
static enum err on_start(struct reader *reader)
{
    enum err err = OK;
    reader->step.process = STEP_ALL;
    if (reader->word_count == 1)
        return keep(reader);
    for (size_t i = 1; !err && i < reader->word_count; i++) {
        err = read_process(reader, reader->words[i], &reader->step.process);
        if (!err)
            err = keep(reader);
        reader->step.at_us = 0;
    }
    return err;
}

static enum err read_moment(struct reader *reader, size_t at)
{
    struct step *step = &reader->step;
    if (at >= reader->word_count)
        return complain(reader, "after what", reader->words[0]);
    step->kind = STEP_CRASH_AT;
    if (!moment_parse(reader->words[at], &step->moment))
        return complain(reader, "no such moment", reader->words[at]);
    if (step->moment != MOMENT_SENT)
        return OK;
    if (at + 1 < reader->word_count && msg_type_parse(reader->words[at + 1], &step->type))
        return OK;
    return complain(reader, "a type of message is needed", reader->words[at]);
}

static enum err on_crash(struct reader *reader)
{
    enum err err = read_process(reader, reader->words[1], &reader->step.process);
    if (!err && reader->word_count == 4 && is(reader->words[2], "keeping"))
        err = read_number(reader, reader->words[3], &reader->step.amount);
    else if (!err && reader->word_count > 2)
        err = is(reader->words[2], "after") ? read_moment(reader, 3)
                                            : complain(reader, "unknown word", reader->words[2]);
    return err ? err : keep(reader);
}

static enum err on_process(struct reader *reader)
{
    enum err err = read_process(reader, reader->words[1], &reader->step.process);
    return err ? err : keep(reader);
}

static enum err on_suspend(struct reader *reader)
{
    reader->step.kind = STEP_STOP;
    reader->step.amount = 1;
    return on_process(reader);
}

static enum err on_way(struct reader *reader)
{
    enum err err = read_way(reader, reader->words[1]);
    return err ? err : keep(reader);
}

static enum err read_two(struct reader *reader)
{
    enum err err = read_process(reader, reader->words[1], &reader->step.process);
    return err ? err : read_process(reader, reader->words[2], &reader->step.peer);
}

static enum err on_cut(struct reader *reader)
{
    if (reader->word_count == 2) {
        reader->step.kind = STEP_CUT_WAY;
        return on_way(reader);
    }
    enum err err = read_two(reader);
    return err ? err : keep(reader);
}

static enum err on_heal(struct reader *reader)
{
    if (reader->word_count == 2 && is(reader->words[1], "all")) {
        reader->step.kind = STEP_HEAL_ALL;
        return keep(reader);
    }
    enum err err = reader->word_count == 3 ? read_two(reader)
                                           : complain(reader, "heal A B, or all", reader->words[1]);
    return err ? err : keep(reader);
}

static enum err on_delay(struct reader *reader)
{
    enum err err = read_ms(reader, reader->words[2], &reader->step.amount);
    return err ? err : on_way(reader);
}

static enum err on_ms(struct reader *reader)
{
    enum err err = read_ms(reader, reader->words[1], &reader->step.amount);
    return err ? err : keep(reader);
}

static enum err on_disk(struct reader *reader)
{
    enum err err = read_process(reader, reader->words[1], &reader->step.process);
    if (!err && !disk_state_parse(reader->words[2], &reader->step.disk))
        err = complain(reader, "well, slow MS, full or failing", reader->words[2]);
    if (!err && reader->word_count > 3)
        err = read_ms(reader, reader->words[3], &reader->step.amount);
    return err ? err : keep(reader);
}

static enum err on_clock(struct reader *reader)
{
    char *end;
    long long ppm = strtoll(reader->words[2], &end, 10);
    if (*end || ppm < -500000 || ppm > 500000)
        return complain(reader, "from -500000 to 500000 ppm", reader->words[2]);
    reader->step.amount = (uint64_t)(int64_t)ppm;
    return on_process(reader);
}

static enum err on_jump(struct reader *reader)
{
    enum err err = read_ms(reader, reader->words[2], &reader->step.amount);
    return err ? err : on_process(reader);
}

static enum err on_unique(struct reader *reader)
{
    enum err err = read_object(reader, reader->words[1], &reader->step.object);
    if (!err)
        err = read_region(reader, reader->words[2], &reader->step.process);
    if (err)
        return err;
    reader->plan->objects[reader->step.object].unique = true;
    return keep(reader);
}

static enum err read_asked(struct reader *reader, const char *word)
{
    struct step_work *work = &reader->step.work;
    work->kind = WORK_ASK;
    if (work->ask_count == STEP_ASKS_MAX)
        return complain(reader, "too many to ask", word);
    return read_object(reader, word, &work->asks[work->ask_count++]);
}

static enum err read_body(struct reader *reader, const char *word)
{
    enum { body_bytes_max = 64 << 20 };
    struct step_work *work = &reader->step.work;
    work->kind = WORK_ECHO;
    enum err err = read_number(reader, word, &work->body_bytes);
    return !err && work->body_bytes > body_bytes_max ? complain(reader, "too large", word) : err;
}

static enum err on_call(struct reader *reader)
{
    struct step *step = &reader->step;
    enum err err = read_region(reader, reader->words[1], &step->process);
    if (!err)
        err = read_object(reader, reader->words[2], &step->object);
    for (size_t i = 3; !err && i < reader->word_count; i++) {
        const char *word = reader->words[i];
        const char *value = i + 1 < reader->word_count ? reader->words[i + 1] : NULL;
        if (work_parse(word, &step->work.kind))
            continue;
        i++;
        if (value && is(word, "hint"))
            err = hint_parse(bytes_of(value), &step->hint)
                      ? OK
                      : complain(reader, "no such hint", value);
        else if (value && is(word, "body"))
            err = read_body(reader, value);
        else if (value && is(word, "slow"))
            err = read_ms(reader, value, &step->work.slow_us);
        else if (value && is(word, "ask"))
            err = read_asked(reader, value);
        else
            err = complain(reader, "unknown word", word);
    }
    return err ? err : keep(reader);
}

static enum err on_locate(struct reader *reader)
{
    enum err err = read_region(reader, reader->words[1], &reader->step.process);
    if (!err)
        err = read_object(reader, reader->words[2], &reader->step.object);
    return err ? err : keep(reader);
}

static enum err on_stats(struct reader *reader)
{
    enum err err = read_region(reader, reader->words[1], &reader->step.process);
    return err ? err : keep(reader);
}

static const struct command {
    const char *name;
    size_t words_min;
    enum err (*read)(struct reader *reader);
    enum step_kind kind; /* STEP_KIND_COUNT: it says what the cluster is */
} commands[] = {
    {"region", 3, on_region, STEP_KIND_COUNT},
    {"rtt", 4, on_rtt, STEP_KIND_COUNT},
    {"coordinator", 2, on_coordinator, STEP_KIND_COUNT},
    {"jitter_mean", 2, on_jitter_mean, STEP_KIND_COUNT},
    {"jitter_spikes", 4, on_jitter_spikes, STEP_KIND_COUNT},
    {"limits", 3, on_limits, STEP_KIND_COUNT},
    {"push", 1, on_push, STEP_KIND_COUNT},
    {"seed", 2, on_seed, STEP_KIND_COUNT},
    {"object", 2, on_object, STEP_KIND_COUNT},
    {"calm", 1, on_calm, STEP_KIND_COUNT},
    {"expect", 3, on_expect, STEP_KIND_COUNT},
    {"start", 1, on_start, STEP_START},
    {"crash", 2, on_crash, STEP_CRASH},
    {"wipe", 2, on_process, STEP_WIPE},
    {"backup", 2, on_process, STEP_BACKUP},
    {"restore", 2, on_process, STEP_RESTORE},
    {"twin", 2, on_process, STEP_TWIN},
    {"stop", 2, on_process, STEP_STOP},
    {"suspend", 2, on_suspend, STEP_STOP},
    {"wake", 2, on_process, STEP_WAKE},
    {"cut", 2, on_cut, STEP_CUT},
    {"hold", 2, on_way, STEP_HOLD},
    {"heal", 2, on_heal, STEP_HEAL},
    {"delay", 3, on_delay, STEP_DELAY},
    {"jitter", 2, on_ms, STEP_JITTER},
    {"repeat", 2, on_way, STEP_REPEAT},
    {"stale", 2, on_way, STEP_STALE},
    {"disk", 3, on_disk, STEP_DISK},
    {"clock", 3, on_clock, STEP_CLOCK},
    {"jump", 3, on_jump, STEP_JUMP},
    {"unique", 3, on_unique, STEP_UNIQUE},
    {"call", 3, on_call, STEP_CALL},
    {"locate", 3, on_locate, STEP_LOCATE},
    {"run", 2, on_ms, STEP_RUN},
    {"settle", 1, keep, STEP_SETTLE},
    {"stats", 2, on_stats, STEP_STATS},
};

/* ---- lines ---- */

static enum err read_words(struct reader *reader)
{
    reader->step = (struct step){0};
    if (is(reader->words[0], "at") && reader->word_count > 2) {
        enum err err = read_ms(reader, reader->words[1], &reader->step.at_us);
        if (err)
            return err;
        reader->words += 2;
        reader->word_count -= 2;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (is(reader->words[0], commands[i].name) && reader->word_count >= commands[i].words_min) {
            reader->step.kind = commands[i].kind;
            return commands[i].read(reader);
        }
    return complain(reader, "unknown command, or words missing", reader->words[0]);
}

static enum err read_line(struct reader *reader, char *line)
{
    char *rest = NULL;
    reader->words = reader->line_words;
    reader->word_count = 0;
    reader->line_number++;
    line[strcspn(line, "#")] = 0;
    for (char *word = strtok_r(line, " \t\r\n", &rest); word;
         word = strtok_r(NULL, " \t\r\n", &rest)) {
        if (reader->word_count == WORDS_MAX)
            return complain(reader, "too many words", word);
        reader->words[reader->word_count++] = word;
    }
    return reader->word_count ? read_words(reader) : OK;
}

static enum err settle_topology(struct reader *reader)
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

static enum err read_lines(struct reader *reader, char *text)
{
    enum err err = OK;
    for (char *next = text; !err && next && *next;) {
        char *line = next;
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        if (is(line, "----"))
            break;
        err = read_line(reader, line);
    }
    return err ? err : settle_topology(reader);
}

enum err plan_read(const char *text, struct plan *ret_plan, struct errmsg *reterr_why)
{
    char *copy = strdup(text);
    struct reader reader = {
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
