/* Plays a scenario: commands over a virtual cluster, and the trace that they must give.
 *
 *   scenario FILE             exit 0 when the trace is the one in the file, else 1 and the difference
 *   scenario --update FILE    rewrite the file with the trace that came out
 *
 * A file has commands, a line "----", and the expected trace. Commands, one a line (# comments):
 *
 *   region CODE HINT [entry-only]    declare a region
 *   rtt CODE CODE MS                 round trip between two (0.5 within one, unless given)
 *   coordinator CODE [CHECK_MS]      where the coordinator stands, and its check
 *   limits WORD VALUE                deadline_ms, wait_ms, idle_ms, cache, runs, service_ms
 *   start [NAME...]                  start processes ("coord" is the coordinator), or all
 *   unique NAME REGION               make a unique id and call it NAME
 *   call REGION NAME [hint H] [write] [body BYTES]
 *                                    a Worker calls the object; an unknown NAME is a name-derived id
 *   locate REGION NAME               ask where the object lives, without making it
 *   run MS | settle                  let time pass; until nothing is pending
 *   crash NAME | wipe NAME           kill a process; empty the disk of a dead one
 *   cut A B | heal A B               cut the link between two processes, or mend it
 *   stats REGION                     print counters
 */
#include "sim/world.h"

#include "common/check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 16, IDS_MAX = 64 };

struct named_id {
    char name[64];
    struct object_ref ref;
};

struct scenario {
    struct topology topology;
    struct region regions[16];
    uint32_t rtt_us[16][16];
    struct world_config config;
    struct world *world; /* made at the first command that needs it */
    struct named_id ids[IDS_MAX];
    size_t id_count;
    uint64_t last_token;
    struct buf output;
    int line_number;
};

static void die(const struct scenario *scenario, const char *what, const char *word)
{
    fprintf(stderr, "scenario: line %d: %s: %s\n", scenario->line_number, what, word);
    exit(2);
}

static void must(enum err err)
{
    if (err) {
        fprintf(stderr, "scenario: %s\n", err_text(err));
        exit(2);
    }
}

static void say(struct scenario *scenario, uint64_t now_us, const char *line)
{
    char text[640];
    int size = snprintf(text, sizeof text, "[%8.1f] %s\n", (double)now_us / 1000, line);
    must(buf_append(&scenario->output, text, (size_t)size));
}

static void on_trace(void *owner, uint64_t now_us, const char *line)
{
    say(owner, now_us, line);
}

static void on_answer(void *owner, uint64_t token, const struct outcome *outcome)
{
    struct scenario *scenario = owner;
    char line[320];
    if (outcome->kind == OUTCOME_FAILED) {
        snprintf(line, sizeof line, "answer %" PRIu64 " failed: %s %s%s", token,
                 fail_name(outcome->fail), outcome->region,
                 fail_retryable(outcome->fail) ? ", retryable" : "");
    } else if (outcome->body.size > 32) {
        snprintf(line, sizeof line, "answer %" PRIu64 " of %zu bytes", token, outcome->body.size);
    } else {
        snprintf(line, sizeof line, "answer %" PRIu64 ": %.*s", token, (int)outcome->body.size,
                 (const char *)outcome->body.data);
    }
    say(scenario, world_now_us(scenario->world), line);
}

static struct world *world_of(struct scenario *scenario)
{
    if (!scenario->world) {
        struct topology *topology = &scenario->topology;
        size_t count = topology->region_count, coordinator = topology->coordinator_region;
        must(topology_init(topology, count));
        topology->coordinator_region = coordinator;
        memcpy(topology->regions, scenario->regions, count * sizeof *scenario->regions);
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < count; j++)
                topology->rtt_us[i * count + j] = scenario->rtt_us[i][j];
        scenario->config.topology = topology;
        struct world_events events = {.trace = on_trace, .answer = on_answer};
        must(world_create(&scenario->config, &events, scenario, &scenario->world));
    }
    return scenario->world;
}

static size_t process_of(const struct scenario *scenario, const char *name)
{
    if (strcmp(name, "coord") == 0)
        return scenario->topology.region_count;
    for (size_t i = 0; i < scenario->topology.region_count; i++)
        if (strcmp(scenario->regions[i].code, name) == 0)
            return i;
    die(scenario, "no such process", name);
    return 0;
}

static double number_of(const struct scenario *scenario, const char *word)
{
    char *end;
    double number = strtod(word, &end);
    if (end == word || *end || number < 0)
        die(scenario, "not a number", word);
    return number;
}

static struct object_ref *id_of(struct scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->id_count; i++)
        if (strcmp(scenario->ids[i].name, name) == 0)
            return &scenario->ids[i].ref;
    if (scenario->id_count == IDS_MAX)
        die(scenario, "too many ids", name);
    struct named_id *id = &scenario->ids[scenario->id_count++];
    snprintf(id->name, sizeof id->name, "%s", name);
    id->ref = (struct object_ref){
        .id = id_from_name(world_keys(world_of(scenario)), bytes_of(name)), .kind = ID_NAMED};
    return &id->ref;
}

/* ---- commands ---- */

static void do_region(struct scenario *scenario, char **words, size_t count)
{
    struct region *region = &scenario->regions[scenario->topology.region_count++];
    snprintf(region->code, sizeof region->code, "%s", words[1]);
    if (count < 3 || !hint_parse(bytes_of(words[2]), &region->hint))
        die(scenario, "region CODE HINT [entry-only]", words[1]);
    region->hosts = count < 4;
    size_t self = scenario->topology.region_count - 1;
    scenario->rtt_us[self][self] = 500;
}

static void do_rtt(struct scenario *scenario, char **words, size_t count)
{
    (void)count;
    size_t a = process_of(scenario, words[1]), b = process_of(scenario, words[2]);
    uint32_t rtt_us = (uint32_t)(number_of(scenario, words[3]) * 1000);
    scenario->rtt_us[a][b] = scenario->rtt_us[b][a] = rtt_us;
}

static void do_limits(struct scenario *scenario, char **words, size_t count)
{
    (void)count;
    struct node_limits *limits = &scenario->config.limits;
    double number = number_of(scenario, words[2]);
    uint64_t us = (uint64_t)(number * 1000);
    if (strcmp(words[1], "deadline_ms") == 0)
        limits->fetch_deadline_us = us;
    else if (strcmp(words[1], "wait_ms") == 0)
        limits->peer_wait_us = us;
    else if (strcmp(words[1], "idle_ms") == 0)
        limits->object_idle_us = us;
    else if (strcmp(words[1], "cache") == 0)
        limits->cache_entry_count_max = (size_t)number;
    else if (strcmp(words[1], "runs") == 0)
        limits->object_run_count_max = (size_t)number;
    else if (strcmp(words[1], "service_ms") == 0)
        scenario->config.service_us = us;
    else
        die(scenario, "unknown limit", words[1]);
}

static void do_start(struct scenario *scenario, char **words, size_t count)
{
    struct world *world = world_of(scenario);
    for (size_t i = 1; i < count; i++)
        must(world_start(world, process_of(scenario, words[i])));
    for (size_t i = scenario->topology.region_count + 1; count == 1 && i > 0; i--)
        must(world_start(world, i - 1));
}

static void do_call(struct scenario *scenario, char **words, size_t count)
{
    struct world *world = world_of(scenario);
    enum hint hint = HINT_NONE;
    struct bytes head = BYTES_LITERAL("read");
    struct buf body = {0};
    for (size_t i = 3; i < count; i++) {
        if (strcmp(words[i], "hint") == 0 && i + 1 < count) {
            if (!hint_parse(bytes_of(words[++i]), &hint))
                die(scenario, "no such hint", words[i]);
        } else if (strcmp(words[i], "write") == 0) {
            head = BYTES_LITERAL("write");
        } else if (strcmp(words[i], "body") == 0 && i + 1 < count) {
            size_t size = (size_t)number_of(scenario, words[++i]);
            head = BYTES_LITERAL("echo");
            CHECK(buf_reserve(&body, size + 1));
            memset(body.data, 'x', size);
            body.size = size;
        } else {
            die(scenario, "unknown word", words[i]);
        }
    }
    must(world_call(world, process_of(scenario, words[1]), ++scenario->last_token,
                    id_of(scenario, words[2]), hint, head, buf_bytes(&body)));
    buf_finish(&body);
}

static void do_stats(struct scenario *scenario, char **words, size_t count)
{
    (void)count;
    const char *name = words[1];
    struct world *world = world_of(scenario);
    struct node_stats stats = node_stats(world_node(world, process_of(scenario, name)));
    char line[256];
    size_t used = (size_t)snprintf(line, sizeof line,
                                   "%s has %" PRIu64 " objects, %" PRIu64 " instances, %" PRIu64
                                   " cached; sent",
                                   name, stats.objects, stats.instances, stats.cache_entries);
    for (int type = MSG_JOIN; type < MSG_TYPE_COUNT; type++)
        if (stats.sent[type])
            used += (size_t)snprintf(line + used, sizeof line - used, " %s %" PRIu64,
                                     msg_type_name((enum msg_type)type), stats.sent[type]);
    say(scenario, world_now_us(world), line);
}

static void do_unique(struct scenario *scenario, char **words, size_t count)
{
    (void)count;
    struct object_ref *ref = id_of(scenario, words[1]);
    size_t region = process_of(scenario, words[2]);
    *ref =
        (struct object_ref){.id = world_unique_id(world_of(scenario), region), .kind = ID_UNIQUE};
}

static void do_coordinator(struct scenario *scenario, char **words, size_t count)
{
    scenario->topology.coordinator_region = process_of(scenario, words[1]);
    if (count > 2)
        scenario->config.check =
            (struct delay){.kind = DELAY_FIXED, .low_us = number_of(scenario, words[2]) * 1000};
}

static void do_locate(struct scenario *scenario, char **words, size_t count)
{
    (void)count;
    struct world *world = world_of(scenario);
    must(world_locate(world, process_of(scenario, words[1]), id_of(scenario, words[2])));
}

static void do_run(struct scenario *scenario, char **words, size_t count)
{
    (void)count;
    struct world *world = world_of(scenario);
    uint64_t us = (uint64_t)(number_of(scenario, words[1]) * 1000);
    must(world_run(world, world_now_us(world) + us));
}

static void do_settle(struct scenario *scenario, char **words, size_t count)
{
    (void)words;
    (void)count;
    must(world_settle(world_of(scenario)));
}

static void do_crash(struct scenario *scenario, char **words, size_t count)
{
    (void)count;
    world_crash(world_of(scenario), process_of(scenario, words[1]));
}

static void do_wipe(struct scenario *scenario, char **words, size_t count)
{
    (void)count;
    world_wipe(world_of(scenario), process_of(scenario, words[1]));
}

static void do_cut(struct scenario *scenario, char **words, size_t count)
{
    (void)count;
    world_cut(world_of(scenario), process_of(scenario, words[1]), process_of(scenario, words[2]));
}

static void do_heal(struct scenario *scenario, char **words, size_t count)
{
    (void)count;
    must(world_heal(world_of(scenario), process_of(scenario, words[1]),
                    process_of(scenario, words[2])));
}

static const struct command {
    const char *name;
    size_t words_min;
    void (*play)(struct scenario *scenario, char **words, size_t count);
} command_table[] = {
    {"region", 3, do_region}, {"rtt", 4, do_rtt},       {"coordinator", 2, do_coordinator},
    {"limits", 3, do_limits}, {"start", 1, do_start},   {"unique", 3, do_unique},
    {"call", 3, do_call},     {"locate", 3, do_locate}, {"run", 2, do_run},
    {"settle", 1, do_settle}, {"crash", 2, do_crash},   {"wipe", 2, do_wipe},
    {"cut", 3, do_cut},       {"heal", 3, do_heal},     {"stats", 2, do_stats},
};

static void play(struct scenario *scenario, char **words, size_t count)
{
    for (size_t i = 0; i < sizeof command_table / sizeof *command_table; i++)
        if (strcmp(words[0], command_table[i].name) == 0 && count >= command_table[i].words_min) {
            command_table[i].play(scenario, words, count);
            return;
        }
    die(scenario, "unknown command, or words missing", words[0]);
}

static void play_line(struct scenario *scenario, char *line)
{
    char *words[WORDS_MAX], *rest = NULL;
    size_t count = 0;
    scenario->line_number++;
    line[strcspn(line, "#")] = 0;
    for (char *word = strtok_r(line, " \t\r\n", &rest); word && count < WORDS_MAX;
         word = strtok_r(NULL, " \t\r\n", &rest))
        words[count++] = word;
    if (count)
        play(scenario, words, count);
}

/* ---- files ---- */

static struct buf read_file(const char *path)
{
    struct buf text = {0};
    FILE *file = fopen(path, "r");
    char chunk[4096];
    size_t size;
    if (!file) {
        fprintf(stderr, "scenario: %s: %s\n", path, strerror(errno));
        exit(2);
    }
    while ((size = fread(chunk, 1, sizeof chunk, file)) > 0)
        must(buf_append(&text, chunk, size));
    fclose(file);
    must(buf_append(&text, "", 1));
    return text;
}

static void write_file(const char *path, const char *commands, size_t command_size,
                       struct bytes output)
{
    FILE *file = fopen(path, "w");
    if (!file || fwrite(commands, 1, command_size, file) != command_size ||
        fputs("----\n", file) < 0 || fwrite(output.data, 1, output.size, file) != output.size ||
        fclose(file) != 0) {
        fprintf(stderr, "scenario: %s: %s\n", path, strerror(errno));
        exit(2);
    }
}

/* The first line that differs, for people. */
static int compare(const char *path, const char *expected, const char *actual)
{
    int line = 1;
    const char *expected_line = expected, *actual_line = actual;
    if (strcmp(expected, actual) == 0)
        return 0;
    for (size_t i = 0; expected[i] == actual[i] && expected[i]; i++)
        if (expected[i] == '\n') {
            line++;
            expected_line = expected + i + 1;
            actual_line = actual + i + 1;
        }
    fprintf(stderr, "%s: trace line %d differs\n  expected: %.*s\n  came out: %.*s\n", path, line,
            (int)strcspn(expected_line, "\n"), expected_line, (int)strcspn(actual_line, "\n"),
            actual_line);
    return 1;
}

int main(int argument_count, char **arguments)
{
    bool update = argument_count == 3 && strcmp(arguments[1], "--update") == 0;
    if (argument_count != 2 && !update) {
        fprintf(stderr, "usage: scenario [--update] FILE\n");
        return 2;
    }
    const char *path = arguments[argument_count - 1];
    struct scenario scenario = {.config = {.seed = 1,
                                           .disk_us = 1000,
                                           .service_us = 1000,
                                           .limits = {.fetch_deadline_us = 30000000,
                                                      .peer_wait_us = 2000000,
                                                      .object_idle_us = 10000000,
                                                      .cache_entry_count_max = 1000,
                                                      .object_run_count_max = 100,
                                                      .call_count_max = 1000,
                                                      .body_bytes_max = 100 << 20}}};
    struct buf text = read_file(path);
    char *divider = strstr((char *)text.data, "----\n");
    size_t command_size = divider ? (size_t)(divider - (char *)text.data) : text.size - 1;
    char *commands = strndup((char *)text.data, command_size), *next = commands;
    while (next && *next) {
        char *line = next;
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        play_line(&scenario, line);
    }
    free(commands);
    must(buf_append(&scenario.output, "", 1));
    int status = 0;
    if (update)
        write_file(path, (char *)text.data, command_size,
                   (struct bytes){.data = scenario.output.data, .size = scenario.output.size - 1});
    else
        status =
            compare(path, divider ? divider + strlen("----\n") : "", (char *)scenario.output.data);
    world_destroy(scenario.world);
    topology_finish(&scenario.topology);
    buf_finish(&scenario.output);
    buf_finish(&text);
    return status;
}
