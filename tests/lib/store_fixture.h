#ifndef TERRELLA_TESTS_LIB_STORE_FIXTURE_H
#define TERRELLA_TESTS_LIB_STORE_FIXTURE_H

#include "common/store_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A store in a directory of its own, whose commits wait or fail as a test wishes, and short words
 * for the stories about it. Texts stand for keys and values. */

enum { TABLE_SORTED, TABLE_LOG, TABLE_OTHER, TABLE_COUNT };

extern const struct store_table fixture_tables[TABLE_COUNT];

struct fixture {
    uv_loop_t loop;
    char *path;
    size_t map_bytes;
    struct store *store;
    uint64_t marks[64]; /* reported, in order */
    size_t mark_count;
    uint64_t next_mark;
    struct buf value;

    /* Shared with the writer thread: */
    uv_sem_t gate, entered; /* a gated commit posts `entered` and waits for `gate` */
    _Atomic bool gated;
    _Atomic int failures_left; /* commits that are to fail */
    int failure_code;
    bool fail_after_commit; /* the commit works, but says that it does not */
    bool fail_when_closing; /* the first commit waits for store_close, then fails */
};

/* For cmocka; the small map is the smallest that the store makes. */
int set_up(void **state);
int set_up_small_map(void **state);
int tear_down(void **state);

void open_store(struct fixture *fixture);
void close_store(struct fixture *fixture);
void reopen(struct fixture *fixture);

/* Remembers the mark in `marks`. */
void on_durable(void *owner, uint64_t mark);

void put(struct fixture *fixture, const char *key, const char *value);
void drop(struct fixture *fixture, const char *key);
void append(struct fixture *fixture, const char *value);

/* Mark what was put, with the next number. */
void mark(struct fixture *fixture);

/* The value of a key, or "-". */
const char *get(struct fixture *fixture, const char *key);

/* "a=1 b=2": at most `count_max` records between two keys. */
const char *list(struct fixture *fixture, const char *first, const char *end, bool backwards,
                 size_t count_max);
const char *list_all(struct fixture *fixture);

/* "1=x 2=y": the appended table. */
const char *list_appended(struct fixture *fixture);

/* Hand over what was put, and come back while the writer is inside its commit. */
void begin_commit(struct fixture *fixture);
void let_commits_go(struct fixture *fixture);

/* Run until all is durable: until then the store keeps the loop alive. */
void settle(struct fixture *fixture);

#define STORY(test)           cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define STORY_SMALL_MAP(test) cmocka_unit_test_setup_teardown(test, set_up_small_map, tear_down)

#endif
