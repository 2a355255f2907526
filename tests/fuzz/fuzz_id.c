/* Any text is safe where an id, a name or a jurisdiction is expected, and none passes for an id of
 * this cluster that this cluster did not make. The first byte chooses which bit of a good id to
 * turn, and so do the first bytes of the text for the random part of a unique one. */
#include "common/check.h"
#include "common/id.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_made(const struct id_keys *keys, const struct id_keys *others,
                       const struct object_id *id, enum id_kind kind, unsigned bit)
{
    struct object_id bent = *id, again;
    char text[ID_TEXT_BYTES];
    CHECK(id_verify(keys, id) == kind);
    CHECK(id_verify(others, id) == ID_FOREIGN);
    id_print(id, text);
    CHECK(id_parse(bytes_of(text), &again) && id_equal(id, &again));
    bent.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    CHECK(id_verify(keys, &bent) == ID_FOREIGN && !id_equal(id, &bent));
}

static void check_text(const struct id_keys *keys, struct bytes text)
{
    struct object_id id, again;
    char printed[ID_TEXT_BYTES];
    enum jurisdiction jurisdiction;
    if (jurisdiction_parse(text, &jurisdiction))
        CHECK(bytes_equal(text, bytes_of(jurisdiction_name(jurisdiction))));
    if (!id_parse(text, &id))
        return;
    CHECK(text.size == ID_TEXT_BYTES - 1);
    CHECK(id_verify(keys, &id) == ID_FOREIGN);
    id_print(&id, printed);
    CHECK(id_parse(bytes_of(printed), &again) && id_equal(&id, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t cluster_key[KEY_BYTES] = {1, 2, 3};
    struct id_keys keys, others;
    uint8_t random[ID_RANDOM_BYTES] = {0};
    if (size < 1)
        return 0;
    struct bytes text = {.data = data + 1, .size = size - 1};
    id_keys_derive(cluster_key, bytes_of("fuzz-Counter"), JURISDICTION_NONE, &keys);
    id_keys_derive(cluster_key, text, JURISDICTION_EU, &others);
    check_text(&keys, text);

    struct object_id id = id_from_name(&keys, text);
    check_made(&keys, &others, &id, ID_NAMED, data[0]);
    memcpy(random, text.data, text.size < sizeof random ? text.size : sizeof random);
    uint16_t birth_number = (uint16_t)(data[0] + 1);
    id = id_unique(&keys, birth_number, random);
    check_made(&keys, &others, &id, ID_UNIQUE, data[0]);
    CHECK(id_birth_number(&id) == birth_number);
    return 0;
}
