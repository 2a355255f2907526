#include "proto/print.h"

#include <inttypes.h>
#include <stdio.h>

const char *msg_type_name(enum msg_type type)
{
    switch (type) {
    case MSG_JOIN: return "JOIN";
    case MSG_WELCOME: return "WELCOME";
    case MSG_REFUSED: return "REFUSED";
    case MSG_CLAIM: return "CLAIM";
    case MSG_PLACED: return "PLACED";
    case MSG_LOCATE: return "LOCATE";
    case MSG_LOCATED: return "LOCATED";
    case MSG_FETCH: return "FETCH";
    case MSG_REPLY: return "REPLY";
    case MSG_BODY: return "BODY";
    case MSG_CREDIT: return "CREDIT";
    }
    return "UNKNOWN";
}

/* Four digits tell ids apart in a trace; they are random there. */
#define ID_FORMAT   "%02x%02x"
#define ID_ARGS(id) (id).bytes[0], (id).bytes[1]

static const char *direction_name(enum body_direction direction)
{
    return direction == BODY_OF_REQUEST ? "request" : "reply";
}

static const char *outcome_name(enum outcome_kind kind)
{
    switch (kind) {
    case OUTCOME_RESPONSE: return "response";
    case OUTCOME_THROWN: return "thrown";
    case OUTCOME_FAILED: return "failed";
    }
    return "unknown";
}

void msg_print(const struct msg *msg, char *ret_text, size_t text_bytes)
{
    const char *type = msg_type_name(msg->type);
    switch (msg->type) {
    case MSG_JOIN:
        snprintf(ret_text, text_bytes, "%s %s number %u, seen %" PRIu64, type, msg->join.code,
                 msg->join.number, msg->join.seen_seq);
        return;
    case MSG_WELCOME:
        snprintf(ret_text, text_bytes, "%s number %u, seq %" PRIu64, type, msg->welcome.number,
                 msg->welcome.seq);
        return;
    case MSG_REFUSED:
        snprintf(ret_text, text_bytes, "%s %.*s", type, (int)msg->refused.why.size,
                 (const char *)msg->refused.why.data);
        return;
    case MSG_CLAIM:
        snprintf(ret_text, text_bytes, "%s " ID_FORMAT "%s%s%s%s", type,
                 ID_ARGS(msg->claim.object.id), msg->claim.hint ? " hint " : "",
                 hint_name(msg->claim.hint), msg->claim.object.jurisdiction ? " jurisdiction " : "",
                 jurisdiction_name(msg->claim.object.jurisdiction));
        return;
    case MSG_PLACED:
        if (msg->placed.home_number)
            snprintf(ret_text, text_bytes, "%s " ID_FORMAT " at %u, seq %" PRIu64, type,
                     ID_ARGS(msg->placed.id), msg->placed.home_number, msg->placed.seq);
        else
            snprintf(ret_text, text_bytes, "%s " ID_FORMAT " nowhere: %s", type,
                     ID_ARGS(msg->placed.id), fail_name(msg->placed.fail));
        return;
    case MSG_LOCATE:
        snprintf(ret_text, text_bytes, "%s #%" PRIu64 " " ID_FORMAT, type, msg->locate.call,
                 ID_ARGS(msg->locate.id));
        return;
    case MSG_LOCATED:
        snprintf(ret_text, text_bytes, "%s #%" PRIu64 " " ID_FORMAT " at %u", type,
                 msg->located.call, ID_ARGS(msg->located.id), msg->located.home_number);
        return;
    case MSG_FETCH:
        snprintf(ret_text, text_bytes, "%s #%" PRIu64 " " ID_FORMAT " at %u, body %zu of %" PRIu64,
                 type, msg->fetch.call, ID_ARGS(msg->fetch.object.id), msg->fetch.home_number,
                 msg->fetch.body.size, msg->fetch.body_size);
        return;
    case MSG_REPLY:
        snprintf(ret_text, text_bytes, "%s #%" PRIu64 " %s%s%s, body %zu of %" PRIu64, type,
                 msg->reply.call, outcome_name(msg->reply.kind), msg->reply.fail ? " " : "",
                 msg->reply.fail ? fail_name(msg->reply.fail) : "", msg->reply.body.size,
                 msg->reply.body_size);
        return;
    case MSG_BODY:
        snprintf(ret_text, text_bytes, "%s #%" PRIu64 " of %s, %zu bytes", type, msg->body.call,
                 direction_name(msg->body.direction), msg->body.part.size);
        return;
    case MSG_CREDIT:
        snprintf(ret_text, text_bytes, "%s #%" PRIu64 " of %s, %" PRIu64 " bytes", type,
                 msg->credit.call, direction_name(msg->credit.direction), msg->credit.bytes);
        return;
    }
    snprintf(ret_text, text_bytes, "%s", type);
}
