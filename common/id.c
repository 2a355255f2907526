#include "common/id.h"

#include "common/check.h"

#include <sodium.h>
#include <string.h>

enum { BASE_BYTES = 16, MAC_BYTES = OBJECT_ID_BYTES - BASE_BYTES };

static const char *const jurisdiction_names[JURISDICTION_COUNT] = {
    [JURISDICTION_NONE] = "",
    [JURISDICTION_EU] = "eu",
    [JURISDICTION_US] = "us",
    [JURISDICTION_FEDRAMP] = "fedramp",
    [JURISDICTION_FEDRAMP_HIGH] = "fedramp-high",
};

const char *jurisdiction_name(enum jurisdiction jurisdiction)
{
    CHECK(jurisdiction < JURISDICTION_COUNT);
    return jurisdiction_names[jurisdiction];
}

bool jurisdiction_parse(struct bytes name, enum jurisdiction *ret_jurisdiction)
{
    for (int i = JURISDICTION_NONE + 1; i < JURISDICTION_COUNT; i++)
        if (bytes_equal(name, bytes_of(jurisdiction_names[i]))) {
            *ret_jurisdiction = (enum jurisdiction)i;
            return true;
        }
    return false;
}

/* SHA-256(unique key), or SHA-256(unique key | 0x00 | "jurisdiction=" | code). */
static void derive_name_key(struct bytes unique_key, enum jurisdiction jurisdiction,
                            uint8_t ret_key[KEY_BYTES])
{
    static const char label[] = "\0jurisdiction=";
    crypto_hash_sha256_state hash;
    crypto_hash_sha256_init(&hash);
    crypto_hash_sha256_update(&hash, unique_key.data, unique_key.size);
    if (jurisdiction != JURISDICTION_NONE) {
        const char *name = jurisdiction_name(jurisdiction);
        crypto_hash_sha256_update(&hash, (const uint8_t *)label, sizeof label - 1);
        crypto_hash_sha256_update(&hash, (const uint8_t *)name, strlen(name));
    }
    crypto_hash_sha256_final(&hash, ret_key);
}

static void hmac(const uint8_t key[KEY_BYTES], struct bytes first, struct bytes second,
                 uint8_t ret_digest[crypto_auth_hmacsha256_BYTES])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key, KEY_BYTES);
    crypto_auth_hmacsha256_update(&state, first.data, first.size);
    crypto_auth_hmacsha256_update(&state, second.data, second.size);
    crypto_auth_hmacsha256_final(&state, ret_digest);
}

void id_keys_derive(const uint8_t cluster_key[KEY_BYTES], struct bytes unique_key,
                    enum jurisdiction jurisdiction, struct id_keys *ret_keys)
{
    derive_name_key(unique_key, jurisdiction, ret_keys->name_key);
    hmac(cluster_key, BYTES_LITERAL("terrella unique id\0"),
         (struct bytes){ret_keys->name_key, KEY_BYTES}, ret_keys->unique_key);
}

/* What the second half of an id with this base must be under `key`. */
static void base_mac(const uint8_t key[KEY_BYTES], const uint8_t base[BASE_BYTES],
                     uint8_t ret_mac[MAC_BYTES])
{
    uint8_t digest[crypto_auth_hmacsha256_BYTES];
    hmac(key, (struct bytes){base, BASE_BYTES}, (struct bytes){0}, digest);
    memcpy(ret_mac, digest, MAC_BYTES);
}

struct object_id id_from_name(const struct id_keys *keys, struct bytes name)
{
    struct object_id id;
    uint8_t digest[crypto_auth_hmacsha256_BYTES];
    hmac(keys->name_key, name, (struct bytes){0}, digest);
    memcpy(id.bytes, digest, BASE_BYTES);
    base_mac(keys->name_key, id.bytes, id.bytes + BASE_BYTES);
    return id;
}

struct object_id id_unique(const struct id_keys *keys, uint16_t birth_number,
                           const uint8_t random[ID_RANDOM_BYTES])
{
    CHECK(birth_number != 0);
    struct object_id id;
    id.bytes[0] = (uint8_t)(birth_number >> 8);
    id.bytes[1] = (uint8_t)birth_number;
    memcpy(id.bytes + 2, random, ID_RANDOM_BYTES);
    base_mac(keys->unique_key, id.bytes, id.bytes + BASE_BYTES);
    return id;
}

enum id_kind id_verify(const struct id_keys *keys, const struct object_id *id)
{
    uint8_t named_mac[MAC_BYTES], unique_mac[MAC_BYTES];
    base_mac(keys->name_key, id->bytes, named_mac);
    base_mac(keys->unique_key, id->bytes, unique_mac);
    int named = 1 + sodium_memcmp(id->bytes + BASE_BYTES, named_mac, MAC_BYTES);
    int unique = 1 + sodium_memcmp(id->bytes + BASE_BYTES, unique_mac, MAC_BYTES);
    /* No branch on secrets: each is 0 or 1, and both together cannot be made on purpose. */
    return (enum id_kind)(named * (1 - unique) * ID_NAMED + unique * ID_UNIQUE);
}

uint16_t id_birth_number(const struct object_id *id)
{
    return (uint16_t)(id->bytes[0] << 8 | id->bytes[1]);
}

bool id_equal(const struct object_id *a, const struct object_id *b)
{
    return sodium_memcmp(a->bytes, b->bytes, OBJECT_ID_BYTES) == 0;
}

void id_print(const struct object_id *id, char ret_text[ID_TEXT_BYTES])
{
    hex_print((struct bytes){id->bytes, OBJECT_ID_BYTES}, ret_text);
}

bool id_parse(struct bytes text, struct object_id *ret_id)
{
    return hex_parse(text, ret_id->bytes, OBJECT_ID_BYTES);
}
