#ifndef TERRELLA_NODE_JS_SUBTLE_H
#define TERRELLA_NODE_JS_SUBTLE_H

#include "node/js/openssl.h"
#include "node/js/value.h"

/* What the natives of crypto.subtle share. Values are what prelude/lazy/subtle.js gives. */

enum { NAME_SIZE = 64 };

/* Throw that OpenSSL is not installed. Returns undefined. */
JSValueRef no_library(JSContextRef context, JSValueRef *exception);

/* A short name, cut when it is longer than any that is known; empty for what is no string. */
void name_of(JSContextRef context, JSValueRef value, char ret_name[NAME_SIZE]);

/* Borrowed bytes of a buffer or view; none, but never NULL, for anything else. */
struct bytes bytes_or_none(JSContextRef context, JSValueRef value);

/* The digest of a name; NULL when there is none. */
const EVP_MD *digest_of(JSContextRef context, JSValueRef value);

/* An ArrayBuffer, or null when it went wrong. */
JSValueRef bytes_or_null(JSContextRef context, bool good, const struct buf *buf);

#endif
