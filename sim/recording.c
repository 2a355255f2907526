#include "sim/recording.h"

#include "sim/explain.h"

#include <errno.h>
#include <string.h>

static enum err open_file(const char *path, FILE **ret_file, struct errmsg *reterr_why)
{
    *ret_file = path ? fopen(path, "w") : NULL;
    return path && !*ret_file ? err_say(ERR_IO, reterr_why, "%s: %s", path, strerror(errno)) : OK;
}

enum err recording_open(struct recording *recording, const struct recording_paths *paths,
                        const struct plan *plan, const char *title, struct errmsg *reterr_why)
{
    *recording = (struct recording){.plan = plan, .process = SIZE_MAX};
    enum err err = open_file(paths->record, &recording->record_file, reterr_why);
    if (!err)
        err = open_file(paths->page, &recording->page_file, reterr_why);
    if (!err)
        err = open_file(paths->history, &recording->history_file, reterr_why);
    if (recording->record_file)
        record_begin(&recording->record, recording->record_file, &plan->topology, title);
    if (recording->page_file) {
        explain_begin(recording->page_file);
        record_begin(&recording->page, recording->page_file, &plan->topology, title);
    }
    if (recording->history_file)
        history_begin(&recording->history, recording->history_file, &plan->topology,
                      plan->config.limits.fetch_deadline_us);
    return err;
}

/* ---- what the run tells ---- */

static void on_seen(void *owner, const struct seen *seen)
{
    struct recording *recording = owner;
    recording->process = seen->process;
    if (recording->record_file)
        record_see(&recording->record, seen);
    if (recording->page_file)
        record_see(&recording->page, seen);
    if (recording->history_file)
        history_see(&recording->history, seen);
}

static void on_told(void *owner, const struct told *told)
{
    struct recording *recording = owner;
    if (recording->record_file)
        record_tell(&recording->record, told);
    if (recording->page_file)
        record_tell(&recording->page, told);
}

static void on_step(void *owner, uint64_t now_us, const struct step *step)
{
    struct recording *recording = owner;
    if (recording->record_file)
        record_step(&recording->record, now_us, recording->plan, step);
    if (recording->page_file)
        record_step(&recording->page, now_us, recording->plan, step);
}

static void on_named(void *owner, const struct object_id *id, const char *name)
{
    struct recording *recording = owner;
    if (recording->record_file)
        record_name(&recording->record, id, name);
    if (recording->page_file)
        record_name(&recording->page, id, name);
}

struct run_events recording_events(struct recording *recording)
{
    struct run_events events = {.owner = recording};
    if (recording->record_file || recording->page_file || recording->history_file)
        events.seen = on_seen;
    if (recording->record_file || recording->page_file) {
        events.tell = on_told;
        events.step = on_step;
        events.named = on_named;
    }
    return events;
}

/* ---- the end ---- */

static void add_broken(const struct recording *recording, struct record *record,
                       const struct run_result *result)
{
    if (result->verdict != RUN_WELL)
        record_broken(record, result->ended_us, result->broken.text, NULL,
                      result->verdict == RUN_UNSAFE ? recording->process : SIZE_MAX);
}

static bool close_file(FILE *file)
{
    bool written = !file || !ferror(file);
    return (!file || fclose(file) == 0) && written;
}

enum err recording_close(struct recording *recording, const struct run_result *result,
                         struct errmsg *reterr_why)
{
    if (recording->record_file)
        add_broken(recording, &recording->record, result);
    if (recording->page_file) {
        add_broken(recording, &recording->page, result);
        explain_end(recording->page_file);
    }
    if (recording->history_file)
        history_finish(&recording->history);
    bool written = close_file(recording->record_file);
    written &= close_file(recording->page_file);
    written &= close_file(recording->history_file);
    recording->record_file = recording->page_file = recording->history_file = NULL;
    return written ? OK : err_say(ERR_IO, reterr_why, "writing failed: %s", strerror(errno));
}
