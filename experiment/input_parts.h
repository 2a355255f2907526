#ifndef TERRELLA_EXPERIMENT_INPUT_PARTS_H
#define TERRELLA_EXPERIMENT_INPUT_PARTS_H

#include "common/config_parts.h"
#include "experiment/input.h"

/* The reading of an experiment's file, shared by experiment/input*.c. */

#define INPUT_COUNT_MAX 1e12

/* Fields that may be left out. Texts are borrowed from the document. */
double input_number_or(struct config_reader *reader, const struct json_at *object, const char *key,
                       double min, double max, double fallback);
uint64_t input_count_or(struct config_reader *reader, const struct json_at *object, const char *key,
                        uint64_t fallback);
/* Of seconds. */
uint64_t input_us_or(struct config_reader *reader, const struct json_at *object, const char *key,
                     double fallback_s);
const char *input_text_or(struct config_reader *reader, const struct json_at *object,
                          const char *key, const char *fallback);
/* The place of a text among `words`, ended by NULL; 0 when it is left out, and after a mistake. */
size_t input_choice_or(struct config_reader *reader, const struct json_at *object, const char *key,
                       const char *const *words);

/* The field `workload`. Seed, topology, policy and market hints are there already. */
void input_read_workload(struct config_reader *reader, const struct json_at *root,
                         struct input *input);

#endif
