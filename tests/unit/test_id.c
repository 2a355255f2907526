#include "common/id.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t cluster_key[KEY_BYTES] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                               11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                               22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
static const uint8_t other_cluster_key[KEY_BYTES] = {1};
static const uint8_t random_bytes[ID_RANDOM_BYTES] = {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16,
                                                      0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d};

static struct id_keys keys_of(const char *unique_key, enum jurisdiction jurisdiction)
{
    struct id_keys keys;
    id_keys_derive(cluster_key, bytes_of(unique_key), jurisdiction, &keys);
    return keys;
}

static void assert_id(struct object_id id, const char *expected)
{
    char text[ID_TEXT_BYTES];
    id_print(&id, text);
    assert_string_equal(text, expected);
}

static void assert_named(const char *unique_key, enum jurisdiction jurisdiction, struct bytes name,
                         const char *expected)
{
    struct id_keys keys = keys_of(unique_key, jurisdiction);
    struct object_id id = id_from_name(&keys, name);
    assert_id(id, expected);
    assert_int_equal(id_verify(&keys, &id), ID_NAMED);
}

static void names_give_the_ids_that_workerd_gives(void **state)
{
    (void)state;
    static const struct {
        const char *unique_key;
        struct bytes name;
        const char *id;
    } vectors[] = {
        {"key-a", {"foo", 3}, "5f617b5c84bdedd0f8e3a78468018ebb7c656e9be5d4b11a68968b5f8b998d65"},
        {"key-a", {"", 0}, "34af4bc1e06d5110d0e7a1679cc2d3833d4d43720dbd84372e0af3aac09e4667"},
        {"key-b", {"foo", 3}, "a02382d2b15bee193fc8cd25fe47c761a1d425831f446dcbefffe8974eb741d4"},
        {"e", {"a", 1}, "a4fc37113542ecd5b9fab454a5dbc2cc3f3481be411523ea157b3eca4b8157b3"},
        {"ключ-🔑", {"😀", 4}, "1d80be7cd0f21ec6264bac3c4e7b80452e15a376c6c67935d8296a14b7108300"},
        /* the one code unit U+D800 */
        {"key-a",
         {"\xed\xa0\x80", 3},
         "0369f2c4cffd3e5335b1ba98709ceae7b5ca8740ee9a0147fafbbabb5ef8d214"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        assert_named(vectors[i].unique_key, JURISDICTION_NONE, vectors[i].name, vectors[i].id);
    /* An empty span without memory is the empty name too. */
    assert_named("key-a", JURISDICTION_NONE, (struct bytes){0}, vectors[1].id);
}

/* The expected ids below were computed from the definition in id.h with Python's hmac module. */

static void a_name_may_hold_a_zero_or_a_mebibyte(void **state)
{
    (void)state;
    assert_named("key-a", JURISDICTION_NONE, BYTES_LITERAL("a\0b"),
                 "2a1b0e355d26143c0443abacf6b17516de366e984bc5cb790b413b21c8febf5c");
    size_t size = 1 << 20;
    char *name = malloc(size);
    assert_non_null(name);
    memset(name, 'x', size);
    assert_named("key-a", JURISDICTION_NONE, (struct bytes){name, size},
                 "ff1b5ce716e0fcb66f8d31a7360868468e00f0296d06f8fe74903e02baca50f6");
    free(name);
}

static void a_jurisdiction_gives_other_ids(void **state)
{
    (void)state;
    assert_named("key-a", JURISDICTION_EU, bytes_of("foo"),
                 "5ec3d2ccdf7eed8794a5bd5c8f553919a37b438a5899840547eca3061f0ab212");
    for (int made = 0; made < JURISDICTION_COUNT; made++)
        for (int asked = 0; asked < JURISDICTION_COUNT; asked++) {
            struct id_keys made_keys = keys_of("key-a", (enum jurisdiction)made);
            struct id_keys asked_keys = keys_of("key-a", (enum jurisdiction)asked);
            struct object_id named = id_from_name(&made_keys, bytes_of("foo"));
            struct object_id unique = id_unique(&made_keys, 5, random_bytes);
            assert_int_equal(id_verify(&asked_keys, &named), made == asked ? ID_NAMED : ID_FOREIGN);
            assert_int_equal(id_verify(&asked_keys, &unique),
                             made == asked ? ID_UNIQUE : ID_FOREIGN);
        }
}

static void a_unique_id_carries_its_birth_number(void **state)
{
    (void)state;
    struct id_keys keys = keys_of("key-a", JURISDICTION_NONE);
    struct object_id id = id_unique(&keys, 0x0102, random_bytes);
    assert_id(id, "0102101112131415161718191a1b1c1dc24dfcb03da52cfb4c26e32b9be6c1d2");
    const uint16_t births[] = {1, 255, 256, BIRTH_NUMBER_MAX};
    for (size_t i = 0; i < sizeof births / sizeof births[0]; i++) {
        id = id_unique(&keys, births[i], random_bytes);
        assert_int_equal(id_verify(&keys, &id), ID_UNIQUE);
        assert_int_equal(id_birth_number(&id), births[i]);
    }
}

static void another_namespace_is_foreign(void **state)
{
    (void)state;
    struct id_keys mine = keys_of("key-a", JURISDICTION_NONE);
    struct id_keys other = keys_of("key-b", JURISDICTION_NONE);
    struct object_id named = id_from_name(&other, bytes_of("foo"));
    struct object_id unique = id_unique(&other, 5, random_bytes);
    assert_int_equal(id_verify(&mine, &named), ID_FOREIGN);
    assert_int_equal(id_verify(&mine, &unique), ID_FOREIGN);
}

static void another_cluster_cannot_make_unique_ids(void **state)
{
    (void)state;
    struct id_keys mine = keys_of("key-a", JURISDICTION_NONE), other;
    id_keys_derive(other_cluster_key, bytes_of("key-a"), JURISDICTION_NONE, &other);
    struct object_id unique = id_unique(&other, 5, random_bytes);
    assert_int_equal(id_verify(&mine, &unique), ID_FOREIGN);
    assert_int_equal(id_verify(&other, &unique), ID_UNIQUE);
    /* Names depend on the namespace alone: they are the same everywhere. */
    struct object_id named = id_from_name(&other, bytes_of("foo"));
    assert_int_equal(id_verify(&mine, &named), ID_NAMED);
}

static void one_flipped_bit_is_refused(void **state)
{
    (void)state;
    struct id_keys keys = keys_of("key-a", JURISDICTION_NONE);
    struct object_id ids[] = {id_unique(&keys, 5, random_bytes),
                              id_from_name(&keys, bytes_of("foo"))};
    for (size_t i = 0; i < 2; i++)
        for (int bit = 0; bit < 8 * OBJECT_ID_BYTES; bit++) {
            struct object_id id = ids[i];
            id.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(id_verify(&keys, &id), ID_FOREIGN);
            assert_false(id_equal(&id, &ids[i]));
        }
    struct object_id zero = {{0}};
    assert_int_equal(id_verify(&keys, &zero), ID_FOREIGN);
}

static void printing_and_parsing_are_inverse(void **state)
{
    (void)state;
    struct id_keys keys = keys_of("key-a", JURISDICTION_NONE);
    struct object_id id = id_unique(&keys, 5, random_bytes), back;
    char text[ID_TEXT_BYTES];
    id_print(&id, text);
    assert_int_equal(strlen(text), 64);
    assert_true(id_parse(bytes_of(text), &back));
    assert_true(id_equal(&id, &back));
    for (char *digit = text; *digit; digit++)
        *digit = (char)toupper((unsigned char)*digit);
    assert_true(id_parse(bytes_of(text), &back));
    assert_true(id_equal(&id, &back));
}

static void only_64_digits_parse(void **state)
{
    (void)state;
    struct object_id id;
    char text[66];
    memset(text, 'a', sizeof text);
    for (size_t size = 0; size <= sizeof text; size++)
        assert_int_equal(id_parse((struct bytes){text, size}, &id), size == 64);
    assert_false(id_parse((struct bytes){0}, &id));
    static const char wrong[] = {'g', 'G', ' ', '\n', 0, '-', 'x', '/', ':', '@', '`', '\xff'};
    for (size_t i = 0; i < sizeof wrong; i++)
        for (size_t place = 0; place < 64; place += 21) {
            text[place] = wrong[i];
            assert_false(id_parse((struct bytes){text, 64}, &id));
            text[place] = 'a';
        }
}

static void jurisdictions_have_names(void **state)
{
    (void)state;
    enum jurisdiction jurisdiction;
    assert_string_equal(jurisdiction_name(JURISDICTION_NONE), "");
    assert_string_equal(jurisdiction_name(JURISDICTION_FEDRAMP_HIGH), "fedramp-high");
    for (int i = 1; i < JURISDICTION_COUNT; i++) {
        const char *name = jurisdiction_name((enum jurisdiction)i);
        assert_true(jurisdiction_parse(bytes_of(name), &jurisdiction));
        assert_int_equal(jurisdiction, i);
    }
    const char *const wrong[] = {"", "e", "EU", "eu ", "fedramp-", "none"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(jurisdiction_parse(bytes_of(wrong[i]), &jurisdiction));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_give_the_ids_that_workerd_gives),
        cmocka_unit_test(a_name_may_hold_a_zero_or_a_mebibyte),
        cmocka_unit_test(a_jurisdiction_gives_other_ids),
        cmocka_unit_test(a_unique_id_carries_its_birth_number),
        cmocka_unit_test(another_namespace_is_foreign),
        cmocka_unit_test(another_cluster_cannot_make_unique_ids),
        cmocka_unit_test(one_flipped_bit_is_refused),
        cmocka_unit_test(printing_and_parsing_are_inverse),
        cmocka_unit_test(only_64_digits_parse),
        cmocka_unit_test(jurisdictions_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
