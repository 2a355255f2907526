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
    case MSG_CANCEL: return "CANCEL";
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

/* "3 of 5", "3 of unknown". */
static void print_extent(struct bytes body, uint64_t rest_bytes, char ret_text[64])
{
    if (rest_bytes == BODY_REST_UNKNOWN)
        snprintf(ret_text, 64, "%zu of unknown", body.size);
    else
        snprintf(ret_text, 64, "%zu of %" PRIu64, body.size, body.size + rest_bytes);
}

static const char *step_suffix(enum body_step step)
{
    switch (step) {
    case BODY_MORE: return "";
    case BODY_LAST: return ", the last";
    case BODY_BROKEN: return ", broken";
    }
    return "";
}

void msg_print(const struct msg *msg, char *ret_text, size_t text_bytes)
{
    const char *type = msg_type_name(msg->type);
    char extent[64];
    switch (msg->type) {
    case MSG_JOIN:
        snprintf(ret_text, text_bytes, "%s %s number %u, seen %" PRIu64, type, msg->join.code,
                 msg->join.number, msg->join.seen.seq);
        return;
    case MSG_WELCOME:
        snprintf(ret_text, text_bytes, "%s number %u, seq %" PRIu64, type, msg->welcome.number,
                 msg->welcome.log.seq);
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
                     ID_ARGS(msg->placed.id), msg->placed.home_number, msg->placed.log.seq);
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
        print_extent(msg->fetch.body, msg->fetch.rest_bytes, extent);
        snprintf(ret_text, text_bytes, "%s #%" PRIu64 " " ID_FORMAT " at %u, body %s", type,
                 msg->fetch.call, ID_ARGS(msg->fetch.object.id), msg->fetch.home_number, extent);
        return;
    case MSG_REPLY:
        print_extent(msg->reply.body, msg->reply.rest_bytes, extent);
        snprintf(ret_text, text_bytes, "%s #%" PRIu64 " %s%s%s, body %s", type, msg->reply.call,
                 outcome_name(msg->reply.kind), msg->reply.fail ? " " : "",
                 msg->reply.fail ? fail_name(msg->reply.fail) : "", extent);
        return;
    case MSG_BODY:
        snprintf(ret_text, text_bytes, "%s #%" PRIu64 " of %s, %zu bytes%s%s%s", type,
                 msg->body.call, direction_name(msg->body.direction), msg->body.part.size,
                 step_suffix(msg->body.step), msg->body.fail ? " " : "",
                 msg->body.fail ? fail_name(msg->body.fail) : "");
        return;
    case MSG_CREDIT:
        snprintf(ret_text, text_bytes, "%s #%" PRIu64 " of %s, %" PRIu64 " bytes", type,
                 msg->credit.call, direction_name(msg->credit.direction), msg->credit.bytes);
        return;
    case MSG_CANCEL:
        snprintf(ret_text, text_bytes, "%s #%" PRIu64 " of %s%s%s", type, msg->cancel.call,
                 direction_name(msg->cancel.direction), msg->cancel.fail ? " " : "",
                 msg->cancel.fail ? fail_name(msg->cancel.fail) : "");
        return;
    }
    snprintf(ret_text, text_bytes, "%s", type);
}
