#include "sim/plan_words.h"

#include <string.h>

static const char *const moments[MOMENT_COUNT] = {
    [MOMENT_NONE] = "never",          [MOMENT_WRITE] = "write", [MOMENT_COMMIT] = "commit",
    [MOMENT_PERSISTED] = "persisted", [MOMENT_SENT] = "sent",   [MOMENT_RUN] = "run",
    [MOMENT_DONE] = "done",
};
static const char *const disk_states[DISK_STATE_COUNT] = {
    [DISK_WELL] = "well",
    [DISK_SLOW] = "slow",
    [DISK_FULL] = "full",
    [DISK_FAILING] = "failing",
};
static const char *const works[WORK_KIND_COUNT] = {
    [WORK_READ] = "read",   [WORK_WRITE] = "write", [WORK_ECHO] = "", [WORK_THROW] = "throw",
    [WORK_BREAK] = "abort", [WORK_NEVER] = "never", [WORK_ASK] = "",
};

static bool find(const char *const *words, int count, const char *word, int *ret_index)
{
    for (int i = 0; i < count; i++)
        if (*words[i] && strcmp(words[i], word) == 0) {
            *ret_index = i;
            return true;
        }
    return false;
}

bool moment_parse(const char *word, enum moment *ret_moment)
{
    int index;
    if (!find(moments, MOMENT_COUNT, word, &index))
        return false;
    *ret_moment = (enum moment)index;
    return true;
}

bool disk_state_parse(const char *word, enum disk_state *ret_state)
{
    int index;
    if (!find(disk_states, DISK_STATE_COUNT, word, &index))
        return false;
    *ret_state = (enum disk_state)index;
    return true;
}

bool work_parse(const char *word, enum work_kind *ret_work)
{
    int index;
    if (!find(works, WORK_KIND_COUNT, word, &index))
        return false;
    *ret_work = (enum work_kind)index;
    return true;
}

bool msg_type_parse(const char *word, enum msg_type *ret_type)
{
    for (int type = MSG_JOIN; type < MSG_TYPE_COUNT; type++)
        if (strcmp(msg_type_name((enum msg_type)type), word) == 0) {
            *ret_type = (enum msg_type)type;
            return true;
        }
    return false;
}

const char *moment_name(enum moment moment)
{
    return moments[moment];
}

const char *disk_state_name(enum disk_state state)
{
    return disk_states[state];
}

const char *work_name(enum work_kind work)
{
    return works[work];
}

const char *const plan_limit_words[] = {
    "deadline_ms", "wait_ms", "idle_ms", "service_ms", "disk_ms", "cache", "runs", "calls", NULL};

uint64_t *plan_limit_us(struct plan *plan, const char *word)
{
    struct world_config *config = &plan->config;
    uint64_t *const places[] = {&config->limits.fetch_deadline_us, &config->limits.peer_wait_us,
                                &config->limits.object_idle_us, &config->service_us,
                                &config->disk_us};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(plan_limit_words[i], word) == 0)
            return places[i];
    return NULL;
}

size_t *plan_limit_count(struct plan *plan, const char *word)
{
    struct node_limits *limits = &plan->config.limits;
    if (strcmp(word, "cache") == 0)
        return &limits->cache_entry_count_max;
    if (strcmp(word, "runs") == 0)
        return &limits->object_run_count_max;
    return strcmp(word, "calls") == 0 ? &limits->call_count_max : NULL;
}
