#include "proto/fail.h"

#include <stdio.h>

bool fail_retryable(enum fail fail)
{
    switch (fail) {
    case FAIL_NONE: return false;
#define X(name, value, retryable, overloaded) \
    case name: return retryable;
        FAIL_LIST(X)
#undef X
    }
    return false;
}

bool fail_overloaded(enum fail fail)
{
    switch (fail) {
    case FAIL_NONE: return false;
#define X(name, value, retryable, overloaded) \
    case name: return overloaded;
        FAIL_LIST(X)
#undef X
    }
    return false;
}

const char *fail_name(enum fail fail)
{
    switch (fail) {
    case FAIL_NONE: return "NONE";
#define X(name, value, retryable, overloaded) \
    case name: return #name + sizeof "FAIL_" - 1;
        FAIL_LIST(X)
#undef X
    }
    return "UNKNOWN";
}

bool fail_known(uint64_t value)
{
    switch (value) {
#define X(name, number, retryable, overloaded) case number:
        FAIL_LIST(X)
#undef X
        return true;
    default: return false;
    }
}

/* %1$s is the caller's region, %2$s the one that could not. */
static const char *fail_format(enum fail fail)
{
    switch (fail) {
    case FAIL_NONE: return "No failure between %1$s and %2$s.";
    case FAIL_COORDINATOR_UNREACHABLE:
        return "Region %1$s cannot reach the coordinator in %2$s, which must check that this name "
               "has no Durable Object yet. Nothing was run; try again.";
    case FAIL_COORDINATOR_REFUSED:
        return "Region %1$s and the coordinator in %2$s do not accept each other, so no Durable "
               "Object can be found by name. See the log of region %1$s for the reason.";
    case FAIL_NOT_JOINED:
        return "Region %1$s has not joined the cluster yet: the coordinator in %2$s has not given "
               "it a birth number. Nothing was run; try again.";
    case FAIL_ARBITER_UNREACHABLE:
        return "Region %1$s cannot reach region %2$s, where this unique id was made and where "
               "alone its first use can be decided. Nothing was run; try again.";
    case FAIL_HOME_UNREACHABLE:
        return "Region %1$s cannot reach region %2$s, the home of this Durable Object. Nothing was "
               "run; try again.";
    case FAIL_CONNECTION_LOST:
        return "Network connection lost. Region %1$s lost region %2$s, the home of this Durable "
               "Object, after the request was sent: it may have run.";
    case FAIL_DEADLINE:
        return "Region %1$s gave up at the deadline: this Durable Object in region %2$s has not "
               "answered in time. It may have run.";
    case FAIL_OVERLOADED:
        return "Durable Object is overloaded. Too many requests for the same object in region "
               "%2$s wait already; this one from region %1$s was not run.";
    case FAIL_CODE_STOPPED:
        return "Code in region %2$s was stopped because it exceeded its CPU time or memory limit "
               "(called from region %1$s).";
    case FAIL_JURISDICTION:
        return "No region of this topology may host this Durable Object: none obeys its "
               "jurisdiction (asked from region %1$s, decided in region %2$s).";
    case FAIL_HOME_GONE:
        return "The home of this Durable Object is gone: the data of region %2$s in which it lived "
               "was lost or is not part of this run (asked from region %1$s).";
    case FAIL_BIRTH_LOST:
        return "This unique id was made in region %2$s by a node whose data was lost or is not "
               "part of this run, so its first use cannot be decided (asked from region %1$s).";
    case FAIL_NAMESPACE_UNKNOWN:
        return "Region %2$s does not know the Durable Object namespace that region %1$s asked for: "
               "the two run with different Workers.";
    case FAIL_TOO_LARGE:
        return "The head of the request or response between region %1$s and region %2$s is larger "
               "than 128 KiB.";
    case FAIL_BUSY:
        return "Region %2$s has too much under way to take one more request from region %1$s. "
               "Nothing was run; try again.";
    case FAIL_STALLED:
        return "A body between region %1$s and a Durable Object was given up in region %2$s: "
               "nobody went on reading it.";
    case FAIL_CONGESTED:
        return "A body between region %1$s and a Durable Object was given up in region %2$s: too "
               "much waits there to be read.";
    }
    return "Unknown failure between %1$s and %2$s.";
}

/* -Wformat-nonliteral is not asked for: both arguments are strings in every format above. */
void fail_print(enum fail fail, const char *here, const char *there, char *ret_text,
                size_t text_bytes)
{
    snprintf(ret_text, text_bytes, fail_format(fail), here, there);
}
