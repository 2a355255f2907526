#include "sim/plan_reader.h"

#include <stdlib.h>

enum err plan_complain(struct plan_reader *reader, const char *what, const char *word)
{
    return err_say(ERR_INVALID, reader->why, "line %d: %s: %s", reader->line_number, what, word);
}

enum err plan_read_process(struct plan_reader *reader, const char *word, uint16_t *ret_process)
{
    for (size_t i = 0; i < reader->region_count; i++)
        if (strcmp(reader->regions[i].code, word) == 0) {
            *ret_process = (uint16_t)i;
            return OK;
        }
    if (strcmp(word, "coord") != 0)
        return plan_complain(reader, "no such process", word);
    *ret_process = (uint16_t)reader->region_count;
    return OK;
}

enum err plan_read_region(struct plan_reader *reader, const char *word, uint16_t *ret_region)
{
    enum err err = plan_read_process(reader, word, ret_region);
    return !err && *ret_region == reader->region_count
               ? plan_complain(reader, "a region is needed", word)
               : err;
}

enum err plan_read_number(struct plan_reader *reader, const char *word, uint64_t *ret_number)
{
    char *end;
    *ret_number = strtoull(word, &end, 10);
    return end == word || *end || *word == '-' ? plan_complain(reader, "not a whole number", word)
                                               : OK;
}

enum err plan_read_ms(struct plan_reader *reader, const char *word, uint64_t *ret_us)
{
    char *end;
    double ms = strtod(word, &end);
    if (end == word || *end || !(ms >= 0 && ms < 1e15))
        return plan_complain(reader, "not a number of milliseconds", word);
    *ret_us = (uint64_t)(ms * 1000 + 0.5);
    return OK;
}

enum err plan_read_object(struct plan_reader *reader, const char *word, uint16_t *ret_object)
{
    enum err err = plan_object(reader->plan, word, ret_object);
    return err == ERR_INVALID ? plan_complain(reader, "the name is too long", word) : err;
}
