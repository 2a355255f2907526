#ifndef TERRELLA_SIM_PLAN_WORDS_H
#define TERRELLA_SIM_PLAN_WORDS_H

#include "sim/plan.h"

/* The words that a plan's text has for things: what reading and writing share. */

enum { PLAN_REGIONS_MAX = 512 };

/* false: there is no such word. */
bool moment_parse(const char *word, enum moment *ret_moment);
bool msg_type_parse(const char *word, enum msg_type *ret_type);
bool disk_state_parse(const char *word, enum disk_state *ret_state);
bool work_parse(const char *word, enum work_kind *ret_work);

const char *moment_name(enum moment moment);
const char *disk_state_name(enum disk_state state);
/* "" for what is told in another way. */
const char *work_name(enum work_kind work);

/* Where a limit is kept that is called by this word; NULL: there is none of this kind. */
uint64_t *plan_limit_us(struct plan *plan, const char *word);
size_t *plan_limit_count(struct plan *plan, const char *word);

/* All words of limits, ended by NULL. */
extern const char *const plan_limit_words[];

#endif
