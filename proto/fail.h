#ifndef TERRELLA_PROTO_FAIL_H
#define TERRELLA_PROTO_FAIL_H

#include "common/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Refusals that the protocol knows: why a stub fetch ended without the object's own answer. The
 * calling Worker sees each as an Error; docs/ERRORS.md is the table for users.
 *
 * Columns: name, value on the wire (never reused), may it be retried safely (the handler surely
 * did not run), is the object overloaded. */

#define FAIL_LIST(X)                                \
    X(FAIL_COORDINATOR_UNREACHABLE, 1, true, false) \
    X(FAIL_COORDINATOR_REFUSED, 2, false, false)    \
    X(FAIL_NOT_JOINED, 3, true, false)              \
    X(FAIL_ARBITER_UNREACHABLE, 4, true, false)     \
    X(FAIL_HOME_UNREACHABLE, 5, true, false)        \
    X(FAIL_CONNECTION_LOST, 6, false, false)        \
    X(FAIL_DEADLINE, 7, false, false)               \
    X(FAIL_OVERLOADED, 8, false, true)              \
    X(FAIL_CODE_STOPPED, 9, false, false)           \
    X(FAIL_JURISDICTION, 10, false, false)          \
    X(FAIL_HOME_GONE, 11, false, false)             \
    X(FAIL_BIRTH_LOST, 12, false, false)            \
    X(FAIL_NAMESPACE_UNKNOWN, 13, false, false)     \
    X(FAIL_TOO_LARGE, 14, false, false)             \
    X(FAIL_BUSY, 15, true, false)                   \
    X(FAIL_STALLED, 16, false, false)               \
    X(FAIL_CONGESTED, 17, false, true)

enum fail {
    FAIL_NONE = 0,
#define X(name, value, retryable, overloaded) name = value,
    FAIL_LIST(X)
#undef X
};

bool fail_retryable(enum fail fail);
bool fail_overloaded(enum fail fail);

/* "COORDINATOR_UNREACHABLE" and so on; "NONE". */
const char *fail_name(enum fail fail);

/* Whether `value` from the wire is one of the list. */
bool fail_known(uint64_t value);

/* The message of the Error: what happened, between which regions, and what can be done.
 * `here` is the caller's region code, `there` the region that could not do it (may be empty). */
void fail_print(enum fail fail, const char *here, const char *there, char *ret_text,
                size_t text_bytes);

#endif
