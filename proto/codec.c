#include "proto/codec.h"

#include <msgpack/pack.h>
#include <string.h>

/* Each message's fields are listed once, for both directions: a coder either packs what the
 * pointers show or fills it in. Every function returns false to stop. */
struct coder {
    struct buf *out; /* encoding when set */
    msgpack_packer packer;
    const uint8_t *in; /* decoding: what is left */
    size_t left;
};

static int pack_write(void *data, const char *bytes, size_t size)
{
    return buf_append(data, bytes, size) == OK ? 0 : -1;
}

/* ---- reading ---- */

static bool take(struct coder *coder, void *ret_bytes, size_t size)
{
    if (coder->left < size)
        return false;
    memcpy(ret_bytes, coder->in, size);
    coder->in += size;
    coder->left -= size;
    return true;
}

static bool take_big_endian(struct coder *coder, size_t size, uint64_t *ret_value)
{
    uint8_t bytes[8];
    if (!take(coder, bytes, size))
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    *ret_value = value;
    return true;
}

static bool take_u64(struct coder *coder, uint64_t *ret_value)
{
    uint8_t tag;
    if (!take(coder, &tag, 1))
        return false;
    if (tag <= 0x7f) {
        *ret_value = tag;
        return true;
    }
    if (tag < 0xcc || tag > 0xcf)
        return false;
    return take_big_endian(coder, (size_t)1 << (tag - 0xcc), ret_value);
}

static bool take_span(struct coder *coder, struct bytes *ret_bytes)
{
    uint8_t tag;
    uint64_t size;
    if (!take(coder, &tag, 1))
        return false;
    if (tag == 0xc0) { /* nil */
        *ret_bytes = (struct bytes){0};
        return true;
    }
    if (tag < 0xc4 || tag > 0xc6 || !take_big_endian(coder, (size_t)1 << (tag - 0xc4), &size))
        return false;
    if (size > coder->left)
        return false;
    *ret_bytes = (struct bytes){.data = coder->in, .size = (size_t)size};
    coder->in += size;
    coder->left -= (size_t)size;
    return true;
}

/* ---- one field, either way ---- */

static bool code_u64(struct coder *coder, uint64_t *value)
{
    if (coder->out)
        return msgpack_pack_uint64(&coder->packer, *value) == 0;
    return take_u64(coder, value);
}

static bool code_bounded(struct coder *coder, uint64_t *value, uint64_t most)
{
    return code_u64(coder, value) && *value <= most;
}

static bool code_u16(struct coder *coder, uint16_t *value)
{
    uint64_t wide = *value;
    if (!code_bounded(coder, &wide, UINT16_MAX))
        return false;
    *value = (uint16_t)wide;
    return true;
}

static bool code_bytes(struct coder *coder, struct bytes *bytes, size_t most)
{
    if (!coder->out)
        return take_span(coder, bytes) && bytes->size <= most;
    if (!bytes->data && bytes->size == 0)
        return msgpack_pack_nil(&coder->packer) == 0;
    return bytes->size <= most && msgpack_pack_bin(&coder->packer, bytes->size) == 0 &&
           msgpack_pack_bin_body(&coder->packer, bytes->data, bytes->size) == 0;
}

static bool code_fixed(struct coder *coder, void *data, size_t size)
{
    struct bytes bytes = {.data = data, .size = size};
    if (!code_bytes(coder, &bytes, size) || bytes.size != size)
        return false;
    if (!coder->out)
        memcpy(data, bytes.data, size);
    return true;
}

static bool code_region(struct coder *coder, char code[REGION_CODE_BYTES_MAX + 1])
{
    struct bytes bytes = coder->out ? bytes_of(code) : (struct bytes){0};
    if (!code_bytes(coder, &bytes, REGION_CODE_BYTES_MAX) || bytes.size == 0)
        return false;
    if (!coder->out) {
        if (memchr(bytes.data, 0, bytes.size))
            return false;
        memcpy(code, bytes.data, bytes.size);
        code[bytes.size] = 0;
    }
    return true;
}

static bool code_fail(struct coder *coder, enum fail *fail)
{
    uint64_t wide = *fail;
    if (!code_u64(coder, &wide) || (wide != FAIL_NONE && !fail_known(wide)))
        return false;
    *fail = (enum fail)wide;
    return true;
}

static bool code_id(struct coder *coder, struct object_id *id)
{
    return code_fixed(coder, id->bytes, sizeof id->bytes);
}

static bool code_object(struct coder *coder, struct object_ref *object)
{
    uint64_t kind = object->kind, jurisdiction = object->jurisdiction;
    if (!code_id(coder, &object->id) || !code_bounded(coder, &kind, ID_UNIQUE) || kind == 0 ||
        !code_bounded(coder, &jurisdiction, JURISDICTION_COUNT - 1))
        return false;
    object->kind = (enum id_kind)kind;
    object->jurisdiction = (enum jurisdiction)jurisdiction;
    return true;
}

static bool code_direction(struct coder *coder, enum body_direction *direction)
{
    uint64_t wide = *direction;
    if (!code_bounded(coder, &wide, BODY_OF_REPLY) || wide == 0)
        return false;
    *direction = (enum body_direction)wide;
    return true;
}

/* ---- the messages ---- */

static bool code_mark(struct coder *coder, struct log_mark *mark)
{
    return code_u64(coder, &mark->seq) && code_u64(coder, &mark->hash);
}

static bool code_lives(struct coder *coder, struct lives *lives)
{
    uint8_t bytes[LIVES_BYTES];
    lives_write(lives, bytes);
    if (!code_fixed(coder, bytes, sizeof bytes))
        return false;
    *lives = lives_read(bytes);
    return true;
}

static bool code_join(struct coder *coder, struct msg_join *join)
{
    return code_region(coder, join->code) &&
           code_fixed(coder, join->incarnation, sizeof join->incarnation) &&
           code_lives(coder, &join->lives) && code_u16(coder, &join->number) &&
           code_fixed(coder, join->seen_incarnation, sizeof join->seen_incarnation) &&
           code_mark(coder, &join->seen);
}

static bool code_welcome(struct coder *coder, struct msg_welcome *welcome)
{
    return code_u16(coder, &welcome->number) && welcome->number != 0 &&
           code_fixed(coder, welcome->incarnation, sizeof welcome->incarnation) &&
           code_mark(coder, &welcome->log) &&
           code_bytes(coder, &welcome->births, MESSAGE_BYTES_MAX);
}

static bool code_refused(struct coder *coder, struct msg_refused *refused)
{
    uint64_t outdated = refused->outdated;
    if (!code_bounded(coder, &outdated, 1))
        return false;
    refused->outdated = outdated != 0;
    return code_bytes(coder, &refused->why, sizeof((struct errmsg *)0)->text);
}

static bool code_claim(struct coder *coder, struct msg_claim *claim)
{
    uint64_t hint = claim->hint;
    if (!code_object(coder, &claim->object) || !code_bounded(coder, &hint, HINT_COUNT - 1))
        return false;
    claim->hint = (enum hint)hint;
    return true;
}

static bool code_placed(struct coder *coder, struct msg_placed *placed)
{
    return code_id(coder, &placed->id) && code_u16(coder, &placed->home_number) &&
           code_fail(coder, &placed->fail) && code_mark(coder, &placed->log) &&
           (placed->home_number == 0) == (placed->fail != FAIL_NONE);
}

static bool code_locate(struct coder *coder, struct msg_locate *locate)
{
    return code_u64(coder, &locate->call) && code_id(coder, &locate->id);
}

static bool code_located(struct coder *coder, struct msg_located *located)
{
    return code_u64(coder, &located->call) && code_id(coder, &located->id) &&
           code_u16(coder, &located->home_number);
}

static bool code_fetch(struct coder *coder, struct msg_fetch *fetch)
{
    return code_u64(coder, &fetch->call) && code_u16(coder, &fetch->home_number) &&
           code_object(coder, &fetch->object) &&
           code_bytes(coder, &fetch->space, NAMESPACE_NAME_BYTES_MAX) &&
           code_bytes(coder, &fetch->name, OBJECT_NAME_BYTES_MAX) &&
           code_u64(coder, &fetch->budget_us) && code_u64(coder, &fetch->request_id) &&
           code_bytes(coder, &fetch->head, HEAD_BYTES_MAX) &&
           code_bytes(coder, &fetch->body, BODY_PART_BYTES_MAX) &&
           code_u64(coder, &fetch->rest_bytes);
}

static bool code_reply(struct coder *coder, struct msg_reply *reply)
{
    uint64_t kind = reply->kind;
    if (!code_u64(coder, &reply->call) || !code_bounded(coder, &kind, OUTCOME_FAILED) || kind == 0)
        return false;
    reply->kind = (enum outcome_kind)kind;
    return code_fail(coder, &reply->fail) &&
           (reply->kind == OUTCOME_FAILED) == (reply->fail != FAIL_NONE) &&
           code_bytes(coder, &reply->head, HEAD_BYTES_MAX) &&
           code_bytes(coder, &reply->body, BODY_PART_BYTES_MAX) &&
           code_u64(coder, &reply->rest_bytes);
}

static bool code_body(struct coder *coder, struct msg_body *body)
{
    uint64_t step = body->step;
    if (!code_u64(coder, &body->call) || !code_direction(coder, &body->direction) ||
        !code_bounded(coder, &step, BODY_BROKEN) || step == 0 || !code_fail(coder, &body->fail))
        return false;
    body->step = (enum body_step)step;
    bool broken = body->step == BODY_BROKEN;
    return (broken || body->fail == FAIL_NONE) &&
           code_bytes(coder, &body->part, broken ? HEAD_BYTES_MAX : BODY_PART_BYTES_MAX) &&
           (body->step != BODY_MORE || body->part.size != 0);
}

static bool code_credit(struct coder *coder, struct msg_credit *credit)
{
    return code_u64(coder, &credit->call) && code_direction(coder, &credit->direction) &&
           code_u64(coder, &credit->bytes);
}

static bool code_cancel(struct coder *coder, struct msg_cancel *cancel)
{
    return code_u64(coder, &cancel->call) && code_direction(coder, &cancel->direction) &&
           code_fail(coder, &cancel->fail);
}

static bool code_msg(struct coder *coder, struct msg *msg)
{
    switch (msg->type) {
    case MSG_JOIN: return code_join(coder, &msg->join);
    case MSG_WELCOME: return code_welcome(coder, &msg->welcome);
    case MSG_REFUSED: return code_refused(coder, &msg->refused);
    case MSG_CLAIM: return code_claim(coder, &msg->claim);
    case MSG_PLACED: return code_placed(coder, &msg->placed);
    case MSG_LOCATE: return code_locate(coder, &msg->locate);
    case MSG_LOCATED: return code_located(coder, &msg->located);
    case MSG_FETCH: return code_fetch(coder, &msg->fetch);
    case MSG_REPLY: return code_reply(coder, &msg->reply);
    case MSG_BODY: return code_body(coder, &msg->body);
    case MSG_CREDIT: return code_credit(coder, &msg->credit);
    case MSG_CANCEL: return code_cancel(coder, &msg->cancel);
    }
    return false;
}

/* Array length, with the three fields of the envelope. */
static unsigned field_count(enum msg_type type)
{
    switch (type) {
    case MSG_JOIN: return 3 + 7;
    case MSG_WELCOME: return 3 + 5;
    case MSG_REFUSED: return 3 + 2;
    case MSG_CLAIM: return 3 + 4;
    case MSG_PLACED: return 3 + 5;
    case MSG_LOCATE: return 3 + 2;
    case MSG_LOCATED: return 3 + 3;
    case MSG_FETCH: return 3 + 12;
    case MSG_REPLY: return 3 + 6;
    case MSG_BODY: return 3 + 5;
    case MSG_CREDIT: return 3 + 3;
    case MSG_CANCEL: return 3 + 3;
    }
    return 0;
}

enum err msg_encode(const struct msg *msg, struct buf *out)
{
    struct coder coder = {.out = out};
    struct msg copy = *msg;
    msgpack_packer_init(&coder.packer, out, pack_write);
    bool packed = msgpack_pack_array(&coder.packer, field_count(msg->type)) == 0 &&
                  msgpack_pack_uint64(&coder.packer, msg->type) == 0 &&
                  code_u64(&coder, &copy.from_boot) && code_u64(&coder, &copy.to_boot) &&
                  code_msg(&coder, &copy);
    return packed ? OK : ERR_MEMORY;
}

enum err msg_decode(struct bytes bytes, struct msg *ret_msg)
{
    struct coder coder = {.in = bytes.data, .left = bytes.size};
    struct msg msg = {0};
    uint8_t tag;
    uint64_t type;
    if (!take(&coder, &tag, 1) || (tag & 0xf0) != 0x90 || !take_u64(&coder, &type) ||
        type < MSG_JOIN || type > MSG_CANCEL)
        return ERR_INVALID;
    msg.type = (enum msg_type)type;
    if ((tag & 0x0fu) != field_count(msg.type) || !code_u64(&coder, &msg.from_boot) ||
        !code_u64(&coder, &msg.to_boot) || !code_msg(&coder, &msg) || coder.left != 0)
        return ERR_INVALID;
    *ret_msg = msg;
    return OK;
}
