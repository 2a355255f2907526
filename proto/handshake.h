#ifndef TERRELLA_PROTO_HANDSHAKE_H
#define TERRELLA_PROTO_HANDSHAKE_H

#include "common/bytes.h"
#include "common/limits.h"

#include <stdbool.h>
#include <stdint.h>

/* How two processes prove to each other who they are, before a link carries a message. Pure: no
 * socket, no clock, and nonces come from the caller.
 *
 * Each side says HELLO on the pipe that it dialled, and again whenever what it has to say changes:
 *
 *   A: my nonce is a, I have not heard you            B: my nonce is b, I answer a
 *   A: my nonce is a, I answer b, I accept you        B: my nonce is b, I answer a, I accept you
 *
 * A pipe speaks for its peer once it has answered the nonce of this process. The link is up once
 * each side has accepted the other. A nonce is drawn for each pipe dialled, so a recorded HELLO
 * answers nothing. On the wire a HELLO has a fixed size:
 *
 *   kind 1 | version 1 | cluster id 16 | sender 24 | receiver 24 | boot 8, big-endian |
 *   nonce 16 | answer 16, zeroes: none | accepted 1 | HMAC-SHA-256 of all before 32
 *
 * under the key HMAC-SHA-256(cluster key, "terrella link hello"). */

enum {
    LINK_CODE_BYTES = 24, /* a process's name, padded with zeroes, at least one */
    NONCE_BYTES = 16,
    HELLO_VERSION = 1,
    HELLO_BYTES = 1 + 1 + CLUSTER_ID_BYTES + 2 * LINK_CODE_BYTES + 8 + 2 * NONCE_BYTES + 1 + 32,
};

/* What all HELLOs of this process have in common. */
struct hello_scope {
    uint8_t cluster_id[CLUSTER_ID_BYTES];
    uint8_t mac_key[KEY_BYTES];
    char code[LINK_CODE_BYTES];
    uint64_t boot;
};

struct hello {
    char code[LINK_CODE_BYTES];  /* the process at the other end: receiver or sender */
    uint64_t boot;               /* the sender's */
    uint8_t nonce[NONCE_BYTES];  /* the sender's, for the receiver to answer */
    uint8_t answer[NONCE_BYTES]; /* the receiver's nonce as the sender heard it; zeroes: not yet */
    bool accepted;               /* the sender takes the receiver's pipe for proven */
};

/* `code` is shorter than LINK_CODE_BYTES, `boot` at least 1. */
void hello_scope_init(struct hello_scope *scope, const uint8_t *cluster_id,
                      const uint8_t *cluster_key, const char *code, uint64_t boot);

/* Write the frame of a HELLO from this process to hello->code; its boot is the scope's. */
void hello_encode(const struct hello_scope *scope, const struct hello *hello,
                  uint8_t ret_frame[HELLO_BYTES]);

enum hello_verdict {
    HELLO_GOOD,
    HELLO_MALFORMED,
    HELLO_FOREIGN,     /* of another cluster */
    HELLO_FORGED,      /* not made under this cluster's key */
    HELLO_MISDIRECTED, /* meant for another process */
};

/* A HELLO's text for people, such as "a HELLO of another cluster". */
const char *hello_verdict_text(enum hello_verdict verdict);

/* Read any bytes as a HELLO to this process; `ret_hello` is written only when they are good. */
enum hello_verdict hello_decode(const struct hello_scope *scope, struct bytes frame,
                                struct hello *ret_hello);

/* One side's view of the handshake with one peer. Zeroed memory is one not begun. */
struct handshake {
    bool begun; /* there is a nonce to answer */
    uint8_t nonce[NONCE_BYTES];
    bool heard; /* there is a nonce of the peer's to answer */
    uint8_t peer_nonce[NONCE_BYTES];
    uint64_t peer_boot;
    bool proven;   /* the peer answered our nonce */
    bool accepted; /* the peer says that we answered its nonce */
};

/* A pipe to the peer is open: prove the peer with this fresh nonce, which is not all zeroes. What
 * was heard from the peer before stays; nothing is proven yet. */
void handshake_begin(struct handshake *handshake, const uint8_t nonce[NONCE_BYTES]);

/* Forget the peer's nonce: the pipe that it came by is gone. Nothing is proven yet. */
void handshake_unhear(struct handshake *handshake);

/* What to say now to the peer called `code`; only once begun. */
struct hello handshake_say(const struct handshake *handshake, const char *code);

enum handshake_step {
    HANDSHAKE_NOTED,   /* nothing is proven yet; what we have to say may have changed */
    HANDSHAKE_PROVEN,  /* this pipe speaks for the peer */
    HANDSHAKE_UP,      /* and the peer has accepted us too */
    HANDSHAKE_REFUSED, /* a proven pipe that suddenly speaks for another session */
};

/* Hear a good HELLO: of any pipe while nothing is proven, then only of the pipe that proved it. An
 * answer to another nonce than ours counts as none. */
enum handshake_step handshake_hear(struct handshake *handshake, const struct hello *hello);

/* Does this HELLO claim to answer a nonce? */
bool hello_answers(const struct hello *hello);

#endif
