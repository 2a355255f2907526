#ifndef TERRELLA_NODE_JS_RECENT_H
#define TERRELLA_NODE_JS_RECENT_H

#include "common/bytes.h"
#include "node/js/jsc.h"

/* Strings that JavaScript was given lately. Heads repeat, and to make a string of bytes costs more
 * than to compare it with one that exists. What is met a second time in a row in its place is kept,
 * protected; there are few places, and only short text is looked at. */

enum { RECENT_COUNT = 32, RECENT_BYTES_MAX = 1024 };

struct recent {
    struct {
        struct buf text;
        JSValueRef value; /* NULL: met once */
    } places[RECENT_COUNT];
};

/* As value_of_text() with LONE_REPLACED. */
JSValueRef recent_value(struct recent *recent, JSContextRef context, struct bytes text);

/* Let go of all; any context of the group will do. */
void recent_finish(struct recent *recent, JSContextRef context);

#endif
