#include "sim/check/state.h"

/* Older copies of data, put back. A node that starts on one, and has joined since it was made, is told so,
 * ends, and does nothing before; a coordinator decides nothing any more once it has met a node that
 * has seen another log. That is part of I6 and of I1.
 *
 * Nobody can tell as long as nobody who knows is heard: a node that gets no answer from the coordinator,
 * or has not joined since its copy was made; a coordinator that has met nobody who saw more. What
 * is done then may break any promise, so there the history has reached its limit, and ends. */

static bool is_coordinator(const struct checker *checker, size_t process)
{
    return process == checker->region_count;
}

static bool is_noticed(const struct checked_process *process)
{
    return process->welcomed_boot > process->copied_boot;
}

/* The log that the coordinator has now, and the one before a copy was put back, have only their first records
 * in common. */
static bool has_seen_another_log(const struct checker *checker, size_t node)
{
    const struct checked_log *seen = &checker->processes[node].log;
    return seen->older_branch != checker->older_branch && seen->seq > checker->common_length &&
           seen->data == checker->processes[node].data &&
           is_kept(checker, node, seen->life, seen->op);
}

static void see_restored(struct checker *checker, const struct seen *seen)
{
    struct checked_process *process = &checker->processes[seen->process];
    process->older = seen->restored.older;
    process->copied_boot = seen->restored.boot;
    if (!is_coordinator(checker, seen->process))
        return;
    if (seen->restored.older)
        checker->common_length = seen->restored.length;
    checker->branched |= seen->restored.older;
    checker->older_branch = seen->restored.older;
}

static void see_started(struct checker *checker, size_t index)
{
    checker->processes[index].is_told = false;
    if (is_coordinator(checker, index))
        checker->knower_joined = false;
}

/* A node learns how far the coordinator's log has come, and writes it down at once. */
static void see_log(struct checker *checker, size_t node, struct log_mark log)
{
    struct checked_process *process = &checker->processes[node];
    if (process->log.older_branch == checker->older_branch && log.seq <= process->log.seq)
        return;
    process->log = (struct checked_log){.older_branch = checker->older_branch,
                                        .seq = log.seq,
                                        .data = process->data,
                                        .life = process->life,
                                        .op = process->last_op + 1};
}

static void see_arrived(struct checker *checker, size_t index, size_t peer, const struct msg *msg)
{
    if (checker->step_is_stale)
        return;
    if (is_coordinator(checker, index)) {
        if (msg->type == MSG_JOIN && checker->branched && has_seen_another_log(checker, peer))
            checker->knower_joined = true;
        return;
    }
    if (!is_coordinator(checker, peer))
        return;
    if (msg->type == MSG_WELCOME || msg->type == MSG_REFUSED)
        checker->processes[index].is_told = true;
    if (msg->type == MSG_WELCOME)
        see_log(checker, index, msg->welcome.log);
    if (msg->type == MSG_PLACED)
        see_log(checker, index, msg->placed.log);
}

static void see_decision(struct checker *checker, size_t peer, const struct msg *msg)
{
    bool decides =
        msg->type == MSG_WELCOME || (msg->type == MSG_PLACED && msg->placed.home_number != 0);
    if (!decides)
        return;
    if (checker->knower_joined)
        broken(checker, "I1 one home",
               "coord goes on, and has met a node that has seen another log");
    if (msg->type == MSG_PLACED)
        return;
    struct checked_process *node = &checker->processes[peer];
    if (node->older && is_noticed(node))
        broken(checker, "I6 durable", "%s joins on an older copy of its data",
               name_of(checker, peer));
    if (node->older)
        limit_reached(checker);
    if (msg->to_boot > node->welcomed_boot)
        node->welcomed_boot = msg->to_boot;
}

static void see_act(struct checker *checker, size_t node)
{
    if (!checker->processes[node].older)
        return;
    if (checker->processes[node].is_told)
        broken(checker, "I6 durable", "%s works on an older copy of its data, and was told so",
               name_of(checker, node));
    else
        limit_reached(checker);
}

void copies_see(struct checker *checker, const struct seen *seen)
{
    struct checked_process *process = &checker->processes[seen->process];
    bool node = !is_coordinator(checker, seen->process);
    if (seen->kind == SEEN_RESTORED)
        see_restored(checker, seen);
    if (seen->kind == SEEN_COMPARED)
        checker->common_length = seen->common_length;
    if (seen->kind == SEEN_STARTED)
        see_started(checker, seen->process);
    if (seen->kind == SEEN_WIPED) {
        process->older = false;
        process->welcomed_boot = 0;
    }
    if (seen->kind == SEEN_ARRIVED)
        see_arrived(checker, seen->process, seen->peer, seen->msg);
    if (seen->kind == SEEN_SENT && !node)
        see_decision(checker, seen->peer, seen->msg);
    if (node && ((seen->kind == SEEN_SENT && seen->msg->type != MSG_JOIN) ||
                 seen->kind == SEEN_RUN || seen->kind == SEEN_RECORD))
        see_act(checker, seen->process);
}

/* Whether what has just been found broken is no wonder: a coordinator decides again what it has
 * forgotten. */
bool copies_excuse(const struct checker *checker, const char *invariant)
{
    bool decided_again = invariant[1] == '1' || invariant[1] == '5';
    return checker->branched && !checker->knower_joined && decided_again && invariant[2] == ' ';
}
