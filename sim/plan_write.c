#include "sim/plan_text.h"
#include "sim/plan_words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* Writing a plan as text. */

/* Microseconds as milliseconds with three decimals. */
struct ms {
    char text[32];
};

static struct ms ms_of(uint64_t us)
{
    struct ms ms;
    int size =
        snprintf(ms.text, sizeof ms.text, "%" PRIu64 ".%03u", us / 1000, (unsigned)(us % 1000));
    while (ms.text[size - 1] == '0')
        ms.text[--size] = 0;
    if (ms.text[size - 1] == '.')
        ms.text[--size] = 0;
    return ms;
}

static enum err add(struct buf *text, const char *format, ...) PRINTF_LIKE(2, 3);
static enum err add(struct buf *text, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    return buf_append(text, line, (size_t)size < sizeof line ? (size_t)size : sizeof line - 1);
}

/* ---- steps ---- */

static const char *process_name(const struct plan *plan, uint16_t process)
{
    return process < plan->topology.region_count ? plan->topology.regions[process].code : "coord";
}

static void print_call(const struct plan *plan, const struct step *step, char *text, size_t size)
{
    const struct step_work *work = &step->work;
    size_t used = (size_t)snprintf(text, size, "call %s %s", process_name(plan, step->process),
                                   plan->objects[step->object].name);
    if (step->hint)
        used += (size_t)snprintf(text + used, size - used, " hint %s", hint_name(step->hint));
    if (work->kind == WORK_ECHO)
        used += (size_t)snprintf(text + used, size - used, " body %" PRIu64, work->body_bytes);
    else if (*work_name(work->kind) && work->kind != WORK_READ)
        used += (size_t)snprintf(text + used, size - used, " %s", work_name(work->kind));
    for (size_t i = 0; i < work->ask_count; i++)
        used += (size_t)snprintf(text + used, size - used, " ask %s",
                                 plan->objects[work->asks[i]].name);
    if (work->slow_us)
        snprintf(text + used, size - used, " slow %s", ms_of(work->slow_us).text);
}

static void print_crash(const struct plan *plan, const struct step *step, char *text, size_t size)
{
    const char *name = process_name(plan, step->process);
    if (step->kind == STEP_CRASH_AT)
        snprintf(text, size, "crash %s after %s%s%s", name, moment_name(step->moment),
                 step->moment == MOMENT_SENT ? " " : "",
                 step->moment == MOMENT_SENT ? msg_type_name(step->type) : "");
    else if (step->amount)
        snprintf(text, size, "crash %s keeping %" PRIu64, name, step->amount);
    else
        snprintf(text, size, "crash %s", name);
}

static void print_disk(const struct plan *plan, const struct step *step, char *text, size_t size)
{
    const char *name = process_name(plan, step->process), *state = disk_state_name(step->disk);
    if (step->disk == DISK_SLOW)
        snprintf(text, size, "disk %s %s %s", name, state, ms_of(step->amount).text);
    else
        snprintf(text, size, "disk %s %s", name, state);
}

void step_print(const struct plan *plan, const struct step *step, char *text, size_t size)
{
    const char *process = process_name(plan, step->process), *peer = process_name(plan, step->peer);
    const char *object = plan->object_count ? plan->objects[step->object].name : "";
    struct ms amount = ms_of(step->amount);
    const char *amount_ms = amount.text;
    switch (step->kind) {
    case STEP_START:
        snprintf(text, size, "start%s%s", step->process == STEP_ALL ? "" : " ",
                 step->process == STEP_ALL ? "" : process);
        return;
    case STEP_CRASH:
    case STEP_CRASH_AT: print_crash(plan, step, text, size); return;
    case STEP_WIPE: snprintf(text, size, "wipe %s", process); return;
    case STEP_BACKUP: snprintf(text, size, "backup %s", process); return;
    case STEP_RESTORE: snprintf(text, size, "restore %s", process); return;
    case STEP_NEWEST: snprintf(text, size, "newest %s", process); return;
    case STEP_TWIN: snprintf(text, size, "twin %s", process); return;
    case STEP_STOP:
        snprintf(text, size, "%s %s", step->amount ? "suspend" : "stop", process);
        return;
    case STEP_WAKE: snprintf(text, size, "wake %s", process); return;
    case STEP_CUT: snprintf(text, size, "cut %s %s", process, peer); return;
    case STEP_CUT_WAY: snprintf(text, size, "cut %s->%s", process, peer); return;
    case STEP_HOLD: snprintf(text, size, "hold %s->%s", process, peer); return;
    case STEP_HEAL: snprintf(text, size, "heal %s %s", process, peer); return;
    case STEP_HEAL_ALL: snprintf(text, size, "heal all"); return;
    case STEP_DELAY: snprintf(text, size, "delay %s->%s %s", process, peer, amount_ms); return;
    case STEP_JITTER: snprintf(text, size, "jitter %s", amount_ms); return;
    case STEP_REPEAT: snprintf(text, size, "repeat %s->%s", process, peer); return;
    case STEP_STALE: snprintf(text, size, "stale %s->%s", process, peer); return;
    case STEP_DISK: print_disk(plan, step, text, size); return;
    case STEP_CLOCK:
        snprintf(text, size, "clock %s %" PRId64, process, (int64_t)step->amount);
        return;
    case STEP_JUMP: snprintf(text, size, "jump %s %s", process, amount_ms); return;
    case STEP_UNIQUE: snprintf(text, size, "unique %s %s", object, process); return;
    case STEP_CALL: print_call(plan, step, text, size); return;
    case STEP_LOCATE: snprintf(text, size, "locate %s %s", process, object); return;
    case STEP_RUN: snprintf(text, size, "run %s", amount_ms); return;
    case STEP_SETTLE: snprintf(text, size, "settle"); return;
    case STEP_STATS: snprintf(text, size, "stats %s", process); return;
    case STEP_KIND_COUNT: break;
    }
    snprintf(text, size, "#");
}

static enum err write_steps(const struct plan *plan, struct buf *text)
{
    enum err err = add(text, "\n");
    for (size_t i = 0; !err && i < plan->step_count; i++) {
        const struct step *step = &plan->steps[i];
        char line[512];
        step_print(plan, step, line, sizeof line);
        if (step->at_us)
            err = add(text, "at %s ", ms_of(step->at_us).text);
        if (!err)
            err = add(text, "%s\n", line);
    }
    return err;
}

/* ---- what the cluster is ---- */

static enum err write_region(const struct region *region, struct buf *text)
{
    enum err err =
        add(text, "region %s %s%s", region->code, region->hint ? hint_name(region->hint) : "none",
            region->hosts ? "" : " entry-only");
    if (!err && region->jurisdictions)
        err = add(text, " in");
    for (int i = 1; !err && i < JURISDICTION_COUNT; i++)
        if (region->jurisdictions & 1u << i)
            err = add(text, " %s", jurisdiction_name((enum jurisdiction)i));
    return err ? err : add(text, "\n");
}

static enum err write_jitter(const struct jitter *jitter, struct buf *text)
{
    enum err err = OK;
    if (jitter->delay.kind == DELAY_LOGNORMAL)
        err = add(text, "jitter_mean %s %.17g\n", ms_of((uint64_t)jitter->delay.mean_us).text,
                  jitter->delay.sigma);
    if (!err && jitter->spike_probability > 0)
        err = add(text, "jitter_spikes %.17g %s %s\n", jitter->spike_probability,
                  ms_of((uint64_t)jitter->spike_low_us).text,
                  ms_of((uint64_t)jitter->spike_high_us).text);
    return err;
}

static enum err write_topology(const struct topology *topology, struct buf *text)
{
    enum err err = OK;
    for (size_t i = 0; !err && i < topology->region_count; i++)
        err = write_region(&topology->regions[i], text);
    for (size_t i = 0; !err && i < topology->region_count; i++)
        for (size_t j = i; !err && j < topology->region_count; j++)
            if (i != j || topology_rtt_us(topology, i, i) != 500)
                err = add(text, "rtt %s %s %s\n", topology->regions[i].code,
                          topology->regions[j].code, ms_of(topology_rtt_us(topology, i, j)).text);
    return err ? err : write_jitter(&topology->jitter, text);
}

static enum err write_check(const struct plan *plan, struct buf *text)
{
    const struct delay *check = &plan->config.check;
    enum err err =
        add(text, "coordinator %s", plan->topology.regions[plan->topology.coordinator_region].code);
    if (!err && check->kind != DELAY_NONE)
        err = add(text, " %s", ms_of((uint64_t)check->low_us).text);
    if (!err && check->kind == DELAY_UNIFORM)
        err = add(text, " %s", ms_of((uint64_t)check->high_us).text);
    return err ? err : add(text, "\n");
}

static enum err write_limits(const struct plan *plan, struct buf *text)
{
    struct plan places = *plan;
    enum err err = OK;
    for (size_t i = 0; !err && plan_limit_words[i]; i++) {
        const char *word = plan_limit_words[i];
        uint64_t *us = plan_limit_us(&places, word);
        err = us ? add(text, "limits %s %s\n", word, ms_of(*us).text)
                 : add(text, "limits %s %zu\n", word, *plan_limit_count(&places, word));
    }
    return err;
}

static enum err write_objects(const struct plan *plan, struct buf *text)
{
    enum err err = OK;
    for (size_t i = 0; !err && i < plan->object_count; i++) {
        const struct plan_object *object = &plan->objects[i];
        err = add(text, "object %s%s%s%s\n", object->name, object->unique ? " unique" : "",
                  object->jurisdiction ? " in " : "", jurisdiction_name(object->jurisdiction));
    }
    return err;
}

enum err plan_write(const struct plan *plan, struct buf *text)
{
    enum err err = write_topology(&plan->topology, text);
    if (!err)
        err = write_check(plan, text);
    if (!err)
        err = write_limits(plan, text);
    if (!err && plan->config.push)
        err = add(text, "push\n");
    if (!err)
        err = add(text, "seed %" PRIu64 "\n%s", plan->config.seed, plan->calm ? "calm\n" : "");
    if (!err)
        err = write_objects(plan, text);
    if (!err && plan->expectation == EXPECT_WELL)
        err = add(text, "expect all well\n");
    if (!err && plan->expectation == EXPECT_LIMIT)
        err = add(text, "expect a limit\n");
    if (!err && plan->expectation == EXPECT_BROKEN)
        err = add(text, "expect broken %s\n", plan->invariant);
    return err ? err : write_steps(plan, text);
}
