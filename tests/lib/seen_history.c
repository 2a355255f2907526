#include "tests/lib/seen_history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { DEADLINE_US = 10000000 };

static void see(struct seen_history *history, struct seen seen)
{
    seen.now_us = seen.clock_us = history->now_us += 10;
    checker_see(history->checker, &seen);
}

void see_message(struct seen_history *history, enum seen_kind kind, size_t process, size_t peer,
                 const struct msg *msg)
{
    struct seen seen = {.kind = kind, .process = process};
    seen.peer = peer;
    seen.msg = msg;
    see(history, seen);
}

/* ---- the beginning ---- */

static void make_topology(struct topology *topology)
{
    static const struct region regions[] = {
        {.code = "IAD", .hint = HINT_ENAM, .hosts = true, .jurisdictions = 1u << JURISDICTION_US},
        {.code = "LHR", .hint = HINT_WEUR, .hosts = true, .jurisdictions = 1u << JURISDICTION_EU},
        {.code = "GRU", .hint = HINT_SAM},
    };
    enum err err = topology_init(topology, COORDINATOR);
    assert_int_equal(err, OK);
    memcpy(topology->regions, regions, sizeof regions);
}

static void welcome_all(struct seen_history *history)
{
    struct buf births = {0};
    for (size_t i = 0; i < COORDINATOR; i++) {
        struct birth birth = {.number = (uint16_t)(i + 1)};
        strcpy(birth.code, history->topology.regions[i].code);
        enum err err = birth_append(&births, &birth);
        assert_int_equal(err, OK);
    }
    for (size_t i = 0; i < COORDINATOR; i++) {
        struct msg welcome = {.type = MSG_WELCOME, .from_boot = 1, .to_boot = 1};
        welcome.welcome.number = (uint16_t)(i + 1);
        welcome.welcome.births = buf_bytes(&births);
        see_stepped(history, COORDINATOR);
        see_message(history, SEEN_SENT, COORDINATOR, i, &welcome);
        see_message(history, SEEN_ARRIVED, i, COORDINATOR, &welcome);
        see_joined(history, i, (uint16_t)(i + 1));
    }
    buf_finish(&births);
}

void seen_history_begin(struct seen_history *history, size_t cache_entry_count_max)
{
    *history = (struct seen_history){0};
    make_topology(&history->topology);
    struct checker_config config = {.topology = &history->topology,
                                    .fetch_deadline_us = DEADLINE_US,
                                    .cache_entry_count_max = cache_entry_count_max};
    enum err err = checker_create(&config, &history->checker);
    assert_int_equal(err, OK);
    for (size_t i = 0; i <= COORDINATOR; i++)
        see_started(history, i);
    welcome_all(history);
}

void seen_history_end(struct seen_history *history)
{
    checker_destroy(history->checker);
    topology_finish(&history->topology);
}

struct object_ref named_object(uint8_t number)
{
    struct object_ref object = {.kind = ID_NAMED};
    memset(object.id.bytes, number, sizeof object.id.bytes);
    return object;
}

struct object_ref unique_object(uint16_t birth_number, uint8_t number)
{
    struct object_ref object = named_object(number);
    object.kind = ID_UNIQUE;
    object.id.bytes[0] = (uint8_t)(birth_number >> 8);
    object.id.bytes[1] = (uint8_t)birth_number;
    return object;
}

/* ---- what is seen ---- */

void see_started(struct seen_history *history, size_t process)
{
    see(history, (struct seen){.kind = SEEN_STARTED, .process = process});
}

void see_crashed(struct seen_history *history, size_t process)
{
    see(history, (struct seen){.kind = SEEN_CRASHED, .process = process});
}

void see_wiped(struct seen_history *history, size_t process)
{
    see(history, (struct seen){.kind = SEEN_WIPED, .process = process});
}

void see_restored(struct seen_history *history, size_t process, bool older, uint64_t boot,
                  uint64_t length)
{
    struct seen seen = {.kind = SEEN_RESTORED, .process = process};
    seen.restored.older = older;
    seen.restored.boot = boot;
    seen.restored.length = length;
    see(history, seen);
}

void see_made(struct seen_history *history, size_t region, struct object_ref object)
{
    struct seen seen = {.kind = SEEN_MADE, .process = region};
    seen.id = object.id;
    see(history, seen);
}

void see_joined(struct seen_history *history, size_t region, uint16_t number)
{
    struct seen seen = {.kind = SEEN_JOINED, .process = region};
    seen.number = number;
    see(history, seen);
}

uint64_t see_called(struct seen_history *history, size_t region, struct object_ref object,
                    enum hint hint, bool writes)
{
    struct seen seen = {.kind = SEEN_CALLED, .process = region};
    seen.call = (struct seen_call){
        .token = ++history->last_token, .object = object, .hint = hint, .writes = writes};
    see(history, seen);
    return history->last_token;
}

static void see_claim(struct seen_history *history, enum seen_kind kind, size_t process,
                      size_t peer, struct object_ref object, enum hint hint)
{
    struct msg msg = {
        .type = MSG_CLAIM, .from_boot = 1, .to_boot = 1, .claim = {.object = object, .hint = hint}};
    see_message(history, kind, process, peer, &msg);
}

void see_claim_sent(struct seen_history *history, size_t region, size_t arbiter,
                    struct object_ref object, enum hint hint)
{
    see_claim(history, SEEN_SENT, region, arbiter, object, hint);
}

void see_claim_arrived(struct seen_history *history, size_t arbiter, size_t region,
                       struct object_ref object, enum hint hint)
{
    see_claim(history, SEEN_ARRIVED, arbiter, region, object, hint);
}

static void see_placed(struct seen_history *history, enum seen_kind kind, size_t process,
                       size_t peer, struct object_ref object, uint16_t home_number)
{
    struct msg msg = {.type = MSG_PLACED,
                      .from_boot = 1,
                      .to_boot = 1,
                      .placed = {.id = object.id, .home_number = home_number}};
    see_message(history, kind, process, peer, &msg);
}

void see_placed_sent(struct seen_history *history, size_t arbiter, size_t region,
                     struct object_ref object, uint16_t home_number)
{
    see_placed(history, SEEN_SENT, arbiter, region, object, home_number);
}

void see_placed_arrived(struct seen_history *history, size_t region, size_t arbiter,
                        struct object_ref object, uint16_t home_number)
{
    see_placed(history, SEEN_ARRIVED, region, arbiter, object, home_number);
}

void see_fetch_sent(struct seen_history *history, size_t region, size_t home,
                    struct object_ref object, uint16_t home_number)
{
    struct msg msg = {.type = MSG_FETCH,
                      .from_boot = 1,
                      .to_boot = 1,
                      .fetch = {.object = object, .home_number = home_number}};
    see_message(history, SEEN_SENT, region, home, &msg);
}

void see_stepped(struct seen_history *history, size_t process)
{
    see(history, (struct seen){.kind = SEEN_STEPPED, .process = process});
}

void see_durable(struct seen_history *history, size_t process, uint64_t op)
{
    struct seen seen = {.kind = SEEN_DURABLE, .process = process};
    seen.op = op;
    see(history, seen);
}

void see_link(struct seen_history *history, size_t process, size_t peer, bool up)
{
    struct seen seen = {.kind = SEEN_LINK, .process = process};
    seen.peer = peer;
    seen.up = up;
    see(history, seen);
}

void see_written(struct seen_history *history, size_t process, uint64_t op)
{
    struct seen seen = {.kind = SEEN_WRITTEN, .process = process};
    seen.op = op;
    see(history, seen);
}

void see_record(struct seen_history *history, size_t process, uint64_t op, struct object_ref object,
                uint16_t home_number)
{
    struct seen record = {.kind = SEEN_RECORD, .process = process};
    record.record.id = object.id;
    record.record.home_number = home_number;
    see_written(history, process, op);
    see(history, record);
}

void see_run(struct seen_history *history, size_t region, uint64_t token, struct object_ref object,
             uint64_t instance, uint64_t stored)
{
    struct seen seen = {.kind = SEEN_RUN, .process = region};
    seen.run = (struct seen_run){.token = token,
                                 .id = object.id,
                                 .instance = instance,
                                 .number = (uint16_t)(region + 1),
                                 .fresh = true,
                                 .stored = stored};
    see(history, seen);
}

void see_dropped(struct seen_history *history, size_t region, struct object_ref object,
                 uint64_t instance)
{
    struct seen seen = {.kind = SEEN_DROPPED, .process = region};
    seen.dropped.id = object.id;
    seen.dropped.instance = instance;
    see(history, seen);
}

static void see_answer(struct seen_history *history, size_t region, uint64_t token,
                       const struct outcome *outcome)
{
    struct seen seen = {.kind = SEEN_ANSWERED, .process = region};
    seen.answer.token = token;
    seen.answer.outcome = outcome;
    see(history, seen);
}

void see_response(struct seen_history *history, size_t region, uint64_t token, const char *digits)
{
    struct outcome outcome = {.kind = OUTCOME_RESPONSE, .body = bytes_of(digits)};
    see_answer(history, region, token, &outcome);
}

void see_failure(struct seen_history *history, size_t region, uint64_t token, enum fail fail)
{
    struct outcome outcome = {.kind = OUTCOME_FAILED, .fail = fail};
    see_answer(history, region, token, &outcome);
}

/* ---- the verdict ---- */

void expect_well(const struct seen_history *history)
{
    if (checker_broken(history->checker))
        fail_msg("%s", checker_broken(history->checker));
}

void expect_broken(const struct seen_history *history, const char *invariant)
{
    const char *broken = checker_broken(history->checker);
    assert_non_null(broken);
    if (strncmp(broken, invariant, strlen(invariant)) != 0 || broken[strlen(invariant)] != ' ')
        fail_msg("not %s, but %s", invariant, broken);
}
