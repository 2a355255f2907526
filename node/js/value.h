#ifndef TERRELLA_NODE_JS_VALUE_H
#define TERRELLA_NODE_JS_VALUE_H

#include "common/bytes.h"
#include "node/js/jsc.h"
#include "proto/body.h"

#include <stdbool.h>
#include <stdint.h>

/* Strings and bytes between C and JavaScript. The engine's own conversions cut text at the first
 * thing they do not like, so these are used everywhere. */

/* What becomes of a surrogate without its other half: three bytes of its own, which come back as
 * it was (names, storage keys), or U+FFFD (everything else). */
enum lone_surrogate { LONE_REPLACED, LONE_KEPT };

/* A string of UTF-8, to be released; what is not well formed becomes U+FFFD. NULL when memory is
 * out. */
JSStringRef string_of_text(struct bytes text, enum lone_surrogate lone);

/* A string value of UTF-8; what is not well formed becomes U+FFFD. NULL when memory is out. */
JSValueRef value_of_text(JSContextRef context, struct bytes text, enum lone_surrogate lone);

/* The same for text known to be ASCII and terminated by a zero. */
JSValueRef value_of_ascii(JSContextRef context, const char *text);

/* Append a string value as UTF-8. Values that are no strings are converted first, which may throw.
 * Errors: ERR_MEMORY, ERR_SCRIPT (`*exception` is set). */
MUST_USE enum err value_to_text(JSContextRef context, JSValueRef value, enum lone_surrogate lone,
                                struct buf *buf, JSValueRef *exception);

/* How a body with more to follow is shown: nothing, for it is read as it comes, and how long it will be
 * (negative: nobody knows). Of a whole body: the body, and undefined. */
JSValueRef value_of_start(JSContextRef context, struct bytes body, uint64_t rest_bytes);
JSValueRef value_of_rest(JSContextRef context, struct bytes body, uint64_t rest_bytes);

/* The opposite: how many bytes follow, of undefined or a number. */
uint64_t value_rest(JSContextRef context, JSValueRef value);

/* The bytes of an ArrayBuffer or a view of one, borrowed until script runs again.
 * False when `value` is neither. */
bool value_bytes(JSContextRef context, JSValueRef value, struct bytes *ret_bytes);

/* Append a body: null or undefined is nothing, strings as UTF-8 in which lone surrogates are kept
 * (workerd does so), else bytes. Errors: ERR_MEMORY,
 * ERR_INVALID. */
MUST_USE enum err value_to_body(JSContextRef context, JSValueRef value, struct buf *buf);

/* A new ArrayBuffer with a copy of `bytes`. */
JSValueRef value_of_bytes(JSContextRef context, struct bytes bytes);

/* An object that holds `state` (JSObjectGetPrivate) and gives it to `free_state` when it is collected. */
JSValueRef value_of_state(JSContextRef context, const char *name,
                          JSObjectFinalizeCallback free_state, void *state);

uint64_t value_number(JSContextRef context, JSValueRef value);

/* Throw an Error, TypeError or RangeError, by name. Returns undefined. */
JSValueRef value_throw(JSContextRef context, const char *name, const char *message,
                       JSValueRef *exception);

#endif
