#ifndef TERRELLA_NODE_JS_HEAD_H
#define TERRELLA_NODE_JS_HEAD_H

#include "common/bytes.h"
#include "node/js/js.h"

/* Heads of requests and responses, packed: lines of UTF-8, each ended by LF but the last.
 *
 *     request:   method, URL, request.cf as JSON ("" for the region's own), redirect mode ("" for
 *                "follow"), then name and value by turns
 *     response:  status, reason, then name and value by turns
 *
 * Names are in lower case. The prelude packs and unpacks the same in request.js and response.js. */

/* The head of most responses. Between the prelude and C undefined stands for it. */
#define HEAD_OF_TEXT "200\nOK\ncontent-type\ntext/plain;charset=UTF-8"

/* Append a user's request. Control characters become spaces, so that lines stay lines. Errors:
 * ERR_MEMORY. */
MUST_USE enum err head_pack_request(const struct js_http *request, struct buf *buf);

#endif
