#ifndef TERRELLA_TESTS_LIB_SEEN_HISTORY_H
#define TERRELLA_TESTS_LIB_SEEN_HISTORY_H

#include "sim/check/check.h"

/* Histories made by hand, one thing seen after another, for tests of the checkers. Three regions:
 * IAD (enam, jurisdiction us) with birth number 1, LHR (weur, eu) with 2, and GRU (sam), which is
 * entry-only, with 3. All have joined, the links are up, and nothing else has happened. */

enum { IAD, LHR, GRU, COORDINATOR };

struct seen_history {
    struct topology topology;
    struct checker *checker;
    uint64_t now_us;
    uint64_t last_token;
};

void seen_history_begin(struct seen_history *history, size_t cache_entry_count_max);
void seen_history_end(struct seen_history *history);

/* Objects numbered from 1: named ones, and unique ones born at a number. */
struct object_ref named_object(uint8_t number);
struct object_ref unique_object(uint16_t birth_number, uint8_t number);

void see_started(struct seen_history *history, size_t process);
void see_crashed(struct seen_history *history, size_t process);
void see_wiped(struct seen_history *history, size_t process);
/* Its data is an older copy from now on, of boot `boot` and a log of `length`; or the newest again. */
void see_restored(struct seen_history *history, size_t process, bool older, uint64_t boot,
                  uint64_t length);
void see_made(struct seen_history *history, size_t region, struct object_ref object);
void see_joined(struct seen_history *history, size_t region, uint16_t number);

/* A call is made; its token. */
uint64_t see_called(struct seen_history *history, size_t region, struct object_ref object,
                    enum hint hint, bool writes);
void see_claim_sent(struct seen_history *history, size_t region, size_t arbiter,
                    struct object_ref object, enum hint hint);
void see_claim_arrived(struct seen_history *history, size_t arbiter, size_t region,
                       struct object_ref object, enum hint hint);
void see_placed_sent(struct seen_history *history, size_t arbiter, size_t region,
                     struct object_ref object, uint16_t home_number);
void see_placed_arrived(struct seen_history *history, size_t region, size_t arbiter,
                        struct object_ref object, uint16_t home_number);
void see_fetch_sent(struct seen_history *history, size_t region, size_t home,
                    struct object_ref object, uint16_t home_number);

/* Any message, SENT or ARRIVED at `process`. */
void see_message(struct seen_history *history, enum seen_kind kind, size_t process, size_t peer,
                 const struct msg *msg);
/* Some other step begins. */
void see_stepped(struct seen_history *history, size_t process);
void see_durable(struct seen_history *history, size_t process, uint64_t op);
void see_link(struct seen_history *history, size_t process, size_t peer, bool up);
void see_written(struct seen_history *history, size_t process, uint64_t op);
/* A home is written under an operation. */
void see_record(struct seen_history *history, size_t process, uint64_t op, struct object_ref object,
                uint16_t home_number);
void see_run(struct seen_history *history, size_t region, uint64_t token, struct object_ref object,
             uint64_t instance, uint64_t stored);
void see_dropped(struct seen_history *history, size_t region, struct object_ref object,
                 uint64_t instance);
/* A Response with these digits; a failure. */
void see_response(struct seen_history *history, size_t region, uint64_t token, const char *digits);
void see_failure(struct seen_history *history, size_t region, uint64_t token, enum fail fail);

/* Nothing is broken so far; or this is, such as "I1". */
void expect_well(const struct seen_history *history);
void expect_broken(const struct seen_history *history, const char *invariant);

#endif
