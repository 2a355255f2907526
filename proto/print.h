#ifndef TERRELLA_PROTO_PRINT_H
#define TERRELLA_PROTO_PRINT_H

#include "proto/msg.h"

/* A message as one line for people and for the traces of tests; `ret_text` always ends in a zero.
 */
void msg_print(const struct msg *msg, char *ret_text, size_t text_bytes);

/* "CLAIM", "PLACED", ... */
const char *msg_type_name(enum msg_type type);

enum { MSG_TYPE_COUNT = MSG_CANCEL + 1 };

#endif
