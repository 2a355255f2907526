#ifndef TERRELLA_COMMON_ID_H
#define TERRELLA_COMMON_ID_H

#include "common/bytes.h"
#include "common/limits.h"

#include <stdbool.h>
#include <stdint.h>

/* Ids of Durable Objects: 32 bytes, printed as 64 lower-case digits.
 *
 *   name-derived   base = first 16 bytes of HMAC-SHA-256(K, name)
 *                  id   = base, first 16 bytes of HMAC-SHA-256(K, base)
 *   unique         base = birth number (2 bytes, big-endian), 14 random bytes
 *                  id   = base, first 16 bytes of HMAC-SHA-256(U, base)
 *
 * K = SHA-256(unique key of the namespace), so name-derived ids agree with workerd byte for byte.
 * A jurisdiction is part of the hashed unique key: SHA-256(key | 0x00 | "jurisdiction=" | code).
 * U = HMAC-SHA-256(cluster key, "terrella unique id" | 0x00 | K): nobody outside the cluster can
 * make a unique id, and each id says authentically which kind it is and which node was its birth
 * place. Nothing here draws random numbers; the caller brings them. */

struct object_id {
    uint8_t bytes[OBJECT_ID_BYTES];
};

enum id_kind {
    ID_FOREIGN = 0, /* not made for this namespace and jurisdiction, or not made by this cluster */
    ID_NAMED = 1,
    ID_UNIQUE = 2,
};

enum jurisdiction {
    JURISDICTION_NONE = 0,
    JURISDICTION_EU = 1,
    JURISDICTION_US = 2,
    JURISDICTION_FEDRAMP = 3,
    JURISDICTION_FEDRAMP_HIGH = 4,
    JURISDICTION_COUNT = 5,
};

/* "eu", "us", "fedramp", "fedramp-high"; "" for none. */
const char *jurisdiction_name(enum jurisdiction jurisdiction);

/* Find a jurisdiction by name; false for anything else, also for "". */
bool jurisdiction_parse(struct bytes name, enum jurisdiction *ret_jurisdiction);

/* The secrets of one namespace within one jurisdiction. */
struct id_keys {
    uint8_t name_key[KEY_BYTES];   /* K above */
    uint8_t unique_key[KEY_BYTES]; /* U above */
};

/* Derive the keys of a namespace. `unique_key` is the namespace's own name, such as
 * "counter-Counter", as UTF-8. */
void id_keys_derive(const uint8_t cluster_key[KEY_BYTES], struct bytes unique_key,
                    enum jurisdiction jurisdiction, struct id_keys *ret_keys);

/* The id of a name. `name` is UTF-8 in which a lone surrogate is its own three bytes; any length.
 */
struct object_id id_from_name(const struct id_keys *keys, struct bytes name);

enum { ID_RANDOM_BYTES = 14 };

/* A unique id born at node `birth_number` (1 to BIRTH_NUMBER_MAX) from fresh secure random bytes.
 */
struct object_id id_unique(const struct id_keys *keys, uint16_t birth_number,
                           const uint8_t random[ID_RANDOM_BYTES]);

/* Which kind of id of this namespace and jurisdiction `id` is. Takes the same time whatever the
 * answer. */
enum id_kind id_verify(const struct id_keys *keys, const struct object_id *id);

/* The birth number that a unique id carries; only meaningful after id_verify said ID_UNIQUE. */
uint16_t id_birth_number(const struct object_id *id);

/* Constant-time comparison. */
bool id_equal(const struct object_id *a, const struct object_id *b);

enum { ID_TEXT_BYTES = 2 * OBJECT_ID_BYTES + 1 };

void id_print(const struct object_id *id, char ret_text[ID_TEXT_BYTES]);

/* Parse exactly 64 hexadecimal digits of either case; nothing is said about where the id is from.
 */
bool id_parse(struct bytes text, struct object_id *ret_id);

#endif
