#include "sim/plan_reader.h"

#include <stdlib.h>

/* What happens in it: one command for each kind of step. */

/* "A->B" */
static enum err read_way(struct plan_reader *reader, char *word)
{
    char *arrow = strstr(word, "->");
    if (!arrow)
        return plan_complain(reader, "A->B is needed", word);
    *arrow = 0;
    enum err err = plan_read_process(reader, word, &reader->step.process);
    return err ? err : plan_read_process(reader, arrow + 2, &reader->step.peer);
}

static enum err keep(struct plan_reader *reader)
{
    return plan_add(reader->plan, &reader->step);
}

/* One step for each process that is named. */
static enum err on_start(struct plan_reader *reader)
{
    enum err err = OK;
    reader->step.process = STEP_ALL;
    if (reader->word_count == 1)
        return keep(reader);
    for (size_t i = 1; !err && i < reader->word_count; i++) {
        err = plan_read_process(reader, reader->words[i], &reader->step.process);
        if (!err)
            err = keep(reader);
        reader->step.at_us = 0;
    }
    return err;
}

static enum err read_moment(struct plan_reader *reader, size_t at)
{
    struct step *step = &reader->step;
    if (at >= reader->word_count)
        return plan_complain(reader, "after what", reader->words[0]);
    step->kind = STEP_CRASH_AT;
    if (!moment_parse(reader->words[at], &step->moment))
        return plan_complain(reader, "no such moment", reader->words[at]);
    if (step->moment != MOMENT_SENT)
        return OK;
    if (at + 1 < reader->word_count && msg_type_parse(reader->words[at + 1], &step->type))
        return OK;
    return plan_complain(reader, "a type of message is needed", reader->words[at]);
}

static enum err on_crash(struct plan_reader *reader)
{
    enum err err = plan_read_process(reader, reader->words[1], &reader->step.process);
    if (!err && reader->word_count == 4 && word_is(reader->words[2], "keeping"))
        err = plan_read_number(reader, reader->words[3], &reader->step.amount);
    else if (!err && reader->word_count > 2)
        err = word_is(reader->words[2], "after")
                  ? read_moment(reader, 3)
                  : plan_complain(reader, "unknown word", reader->words[2]);
    return err ? err : keep(reader);
}

static enum err on_process(struct plan_reader *reader)
{
    enum err err = plan_read_process(reader, reader->words[1], &reader->step.process);
    return err ? err : keep(reader);
}

static enum err on_suspend(struct plan_reader *reader)
{
    reader->step.kind = STEP_STOP;
    reader->step.amount = 1;
    return on_process(reader);
}

static enum err on_way(struct plan_reader *reader)
{
    enum err err = read_way(reader, reader->words[1]);
    return err ? err : keep(reader);
}

static enum err read_two(struct plan_reader *reader)
{
    enum err err = plan_read_process(reader, reader->words[1], &reader->step.process);
    return err ? err : plan_read_process(reader, reader->words[2], &reader->step.peer);
}

static enum err on_cut(struct plan_reader *reader)
{
    if (reader->word_count == 2) {
        reader->step.kind = STEP_CUT_WAY;
        return on_way(reader);
    }
    enum err err = read_two(reader);
    return err ? err : keep(reader);
}

static enum err on_heal(struct plan_reader *reader)
{
    if (reader->word_count == 2 && word_is(reader->words[1], "all")) {
        reader->step.kind = STEP_HEAL_ALL;
        return keep(reader);
    }
    enum err err = reader->word_count == 3
                       ? read_two(reader)
                       : plan_complain(reader, "heal A B, or all", reader->words[1]);
    return err ? err : keep(reader);
}

static enum err on_delay(struct plan_reader *reader)
{
    enum err err = plan_read_ms(reader, reader->words[2], &reader->step.amount);
    return err ? err : on_way(reader);
}

static enum err on_ms(struct plan_reader *reader)
{
    enum err err = plan_read_ms(reader, reader->words[1], &reader->step.amount);
    return err ? err : keep(reader);
}

static enum err on_disk(struct plan_reader *reader)
{
    enum err err = plan_read_process(reader, reader->words[1], &reader->step.process);
    if (!err && !disk_state_parse(reader->words[2], &reader->step.disk))
        err = plan_complain(reader, "well, slow MS, full or failing", reader->words[2]);
    if (!err && reader->word_count > 3)
        err = plan_read_ms(reader, reader->words[3], &reader->step.amount);
    return err ? err : keep(reader);
}

static enum err on_clock(struct plan_reader *reader)
{
    char *end;
    long long ppm = strtoll(reader->words[2], &end, 10);
    if (*end || ppm < -500000 || ppm > 500000)
        return plan_complain(reader, "from -500000 to 500000 ppm", reader->words[2]);
    reader->step.amount = (uint64_t)(int64_t)ppm;
    return on_process(reader);
}

static enum err on_jump(struct plan_reader *reader)
{
    enum err err = plan_read_ms(reader, reader->words[2], &reader->step.amount);
    return err ? err : on_process(reader);
}

static enum err on_unique(struct plan_reader *reader)
{
    enum err err = plan_read_object(reader, reader->words[1], &reader->step.object);
    if (!err)
        err = plan_read_region(reader, reader->words[2], &reader->step.process);
    if (err)
        return err;
    reader->plan->objects[reader->step.object].unique = true;
    return keep(reader);
}

static enum err read_asked(struct plan_reader *reader, const char *word)
{
    struct step_work *work = &reader->step.work;
    work->kind = WORK_ASK;
    if (work->ask_count == STEP_ASKS_MAX)
        return plan_complain(reader, "too many to ask", word);
    return plan_read_object(reader, word, &work->asks[work->ask_count++]);
}

static enum err read_body(struct plan_reader *reader, const char *word)
{
    enum { body_bytes_max = 64 << 20 };
    struct step_work *work = &reader->step.work;
    work->kind = WORK_ECHO;
    enum err err = plan_read_number(reader, word, &work->body_bytes);
    return !err && work->body_bytes > body_bytes_max ? plan_complain(reader, "too large", word)
                                                     : err;
}

static enum err on_call(struct plan_reader *reader)
{
    struct step *step = &reader->step;
    enum err err = plan_read_region(reader, reader->words[1], &step->process);
    if (!err)
        err = plan_read_object(reader, reader->words[2], &step->object);
    for (size_t i = 3; !err && i < reader->word_count; i++) {
        const char *word = reader->words[i];
        const char *value = i + 1 < reader->word_count ? reader->words[i + 1] : NULL;
        if (work_parse(word, &step->work.kind))
            continue;
        i++;
        if (value && word_is(word, "hint"))
            err = hint_parse(bytes_of(value), &step->hint)
                      ? OK
                      : plan_complain(reader, "no such hint", value);
        else if (value && word_is(word, "body"))
            err = read_body(reader, value);
        else if (value && word_is(word, "slow"))
            err = plan_read_ms(reader, value, &step->work.slow_us);
        else if (value && word_is(word, "ask"))
            err = read_asked(reader, value);
        else
            err = plan_complain(reader, "unknown word", word);
    }
    return err ? err : keep(reader);
}

static enum err on_locate(struct plan_reader *reader)
{
    enum err err = plan_read_region(reader, reader->words[1], &reader->step.process);
    if (!err)
        err = plan_read_object(reader, reader->words[2], &reader->step.object);
    return err ? err : keep(reader);
}

static enum err on_stats(struct plan_reader *reader)
{
    enum err err = plan_read_region(reader, reader->words[1], &reader->step.process);
    return err ? err : keep(reader);
}

const struct plan_command plan_step_commands[] = {
    {"start", 1, on_start, STEP_START},
    {"crash", 2, on_crash, STEP_CRASH},
    {"wipe", 2, on_process, STEP_WIPE},
    {"backup", 2, on_process, STEP_BACKUP},
    {"restore", 2, on_process, STEP_RESTORE},
    {"newest", 2, on_process, STEP_NEWEST},
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
    {0},
};
