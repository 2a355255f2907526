#ifndef TERRELLA_COMMON_ERR_H
#define TERRELLA_COMMON_ERR_H

#include <stdbool.h>

/* What went wrong outside the program: a disk, memory, a limit, somebody's input. A refusal that
 * the protocol knows is not an error; see proto/fail.h for those. */

#define ERR_LIST(X)                          \
    X(ERR_MEMORY, "out of memory")           \
    X(ERR_FULL, "a limit is reached")        \
    X(ERR_INVALID, "not well formed")        \
    X(ERR_NOT_FOUND, "not found")            \
    X(ERR_BUSY, "in use by another process") \
    X(ERR_CORRUPT, "stored data is damaged") \
    X(ERR_IO, "input or output failed")      \
    X(ERR_SCRIPT, "a script failed")

enum err {
    OK = 0,
#define X(code, text) code,
    ERR_LIST(X)
#undef X
};

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_index) \
    __attribute__((format(printf, format_index, first_index)))

/* The general text of an error; never NULL. */
const char *err_text(enum err err);

/* The story of one failure, told for the person who can act. Filled where the cause is known,
 * prefixed on the way up. Zero-initialise it; longer texts are cut at the end. */
struct errmsg {
    char text[512];
};

/* Set the text. `why` may be NULL. Returns `err`, so that a caller can write
 * `return err_say(ERR_IO, why, "...")`. */
enum err err_say(enum err err, struct errmsg *why, const char *format, ...) PRINTF_LIKE(3, 4);

/* Put "prefix: " before the text that is there. `why` may be NULL. Returns `err`. */
enum err err_prefix(enum err err, struct errmsg *why, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
