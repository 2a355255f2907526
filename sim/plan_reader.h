#ifndef TERRELLA_SIM_PLAN_READER_H
#define TERRELLA_SIM_PLAN_READER_H

#include "sim/plan_words.h"

#include <string.h>

/* What the commands of a plan's text share: the line at hand, the plan that grows, and the reading
 * of single words. The language is at the head of sim/plan_text.h. */

enum { PLAN_LINE_WORDS_MAX = 64 };

struct plan_reader {
    struct plan *plan;
    struct region *regions;
    uint32_t *rtt_us; /* PLAN_REGIONS_MAX squared, until the number of regions is known */
    size_t region_count, coordinator_region;
    char *line_words[PLAN_LINE_WORDS_MAX];
    char **words; /* those of the command: what follows "at MS" */
    size_t word_count;
    struct step step; /* of this line */
    struct errmsg *why;
    int line_number;
};

/* How many words a command needs, and what takes them. A table of commands ends by a NULL name. */
struct plan_command {
    const char *name;
    size_t words_min;
    enum err (*read)(struct plan_reader *reader);
    enum step_kind kind; /* of a step */
};

extern const struct plan_command plan_cluster_commands[];
extern const struct plan_command plan_step_commands[];

/* ERR_INVALID, with the line's number, what is wrong, and the word. */
MUST_USE enum err plan_complain(struct plan_reader *reader, const char *what, const char *word);

/* One word as what it has to be. Errors: ERR_INVALID; plan_read_object() also ERR_MEMORY. */
MUST_USE enum err plan_read_process(struct plan_reader *reader, const char *word,
                                    uint16_t *ret_process);
MUST_USE enum err plan_read_region(struct plan_reader *reader, const char *word,
                                   uint16_t *ret_region);
MUST_USE enum err plan_read_number(struct plan_reader *reader, const char *word,
                                   uint64_t *ret_number);
MUST_USE enum err plan_read_object(struct plan_reader *reader, const char *word,
                                   uint16_t *ret_object);
/* Milliseconds with up to three decimals, as microseconds. */
MUST_USE enum err plan_read_ms(struct plan_reader *reader, const char *word, uint64_t *ret_us);

static inline bool word_is(const char *word, const char *wanted)
{
    return strcmp(word, wanted) == 0;
}

#endif
