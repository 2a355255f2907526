#ifndef TERRELLA_PROCESS_HTTP_TEXT_H
#define TERRELLA_PROCESS_HTTP_TEXT_H

#include "common/bytes.h"

#include <stdbool.h>

/* The small words of HTTP's grammar (RFC 9110), shared by reading and writing. */

/* One or more token characters: a method, a header's name. */
bool http_is_token(struct bytes bytes);

/* Nothing that could end a line or a text early: no CR, LF or NUL. */
bool http_is_one_line(struct bytes bytes);

/* host[:port] without user information; empty is fine. The form of the port is not checked. */
bool http_is_authority(struct bytes bytes);

/* Digits only, at least one. */
bool http_is_number(struct bytes bytes);

/* Equal without regard to the case of ASCII letters. */
bool http_same_name(struct bytes a, struct bytes b);

/* `bytes` without spaces and tabs at both ends. */
struct bytes http_trim(struct bytes bytes);

/* The usual reason phrase of a status, "Unknown" when there is none. */
struct bytes http_reason(unsigned status);

#endif
