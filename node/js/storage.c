#include "node/js/engine.h"

#include "node/js/storage_key.h"
#include "node/js/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ctx.storage over the node's store. Reads see what was put before, durable or not, and nothing
 * here waits: what depends on a write is held back by the node until the write is durable. */

/* The instance of a storage object, and, unless `ret_key` is NULL, the record's key: the user's is in
 * js->text. False: *exception is set. */
static bool begin(JSContextRef context, const JSValueRef values[], struct instance **ret_instance,
                  struct storage_key *ret_key, JSValueRef *exception)
{
    struct js *js = engine_here;
    *ret_instance = instance_find(js, value_number(context, values[0]));
    if (!*ret_instance) {
        value_throw(context, "Error", "This Durable Object was reset; its storage is not at hand.",
                    exception);
        return false;
    }
    if (!ret_key)
        return true;
    js->text.size = 0;
    if (value_to_text(context, values[1], LONE_KEPT, &js->text, exception))
        return false;
    if (js->text.size <= STORAGE_KEY_BYTES_MAX) {
        storage_key_make(&(*ret_instance)->id, buf_bytes(&js->text), ret_key);
        return true;
    }
    char message[128];
    snprintf(message, sizeof message,
             "Keys cannot be larger than %d bytes. A key of size %zu was provided.",
             STORAGE_KEY_BYTES_MAX, js->text.size);
    value_throw(context, "RangeError", message, exception);
    return false;
}

static JSValueRef fail(JSContextRef context, enum err err, JSValueRef *exception)
{
    char message[128];
    snprintf(message, sizeof message, "The node's storage failed: %s.",
             err == ERR_FULL ? "too much waits to be written" : err_text(err));
    return value_throw(context, "Error", message, exception);
}

static struct bytes bytes_of_key(const struct storage_key *key)
{
    return (struct bytes){key->data, key->size};
}

/* storageGet(instance, key): the value as text, or undefined. */
NATIVE(native_storageGet)
{
    (void)function, (void)self, (void)count;
    struct js *js = engine_here;
    struct instance *instance;
    struct storage_key key;
    if (!begin(context, values, &instance, &key, exception))
        return JSValueMakeUndefined(context);
    enum err err =
        store_get(js->config.store, js->config.storage_table, bytes_of_key(&key), &js->body);
    if (err == ERR_NOT_FOUND)
        return JSValueMakeUndefined(context);
    struct bytes user_key, value;
    if (err == OK && !storage_unpack(bytes_of_key(&key), buf_bytes(&js->body), &user_key, &value))
        err = ERR_CORRUPT;
    return err ? fail(context, err, exception) : value_of_text(context, value, LONE_REPLACED);
}

/* storagePut(instance, key, text, dry): with `dry` only the key is checked. */
NATIVE(native_storagePut)
{
    (void)function, (void)self, (void)count;
    struct js *js = engine_here;
    struct instance *instance;
    struct storage_key key;
    if (!begin(context, values, &instance, &key, exception))
        return JSValueMakeUndefined(context);
    if (JSValueToBoolean(context, values[3]))
        return JSValueMakeUndefined(context);
    js->body.size = 0;
    enum err err = storage_pack_key(buf_bytes(&js->text), &js->body);
    if (err == OK)
        err = value_to_text(context, values[2], LONE_REPLACED, &js->body, exception);
    if (err == ERR_SCRIPT)
        return JSValueMakeUndefined(context);
    if (err == OK)
        err = store_put(js->config.store, js->config.storage_table, bytes_of_key(&key),
                        buf_bytes(&js->body));
    if (err)
        return fail(context, err, exception);
    instance_wrote(instance);
    return JSValueMakeUndefined(context);
}

/* storageDelete(instance, key): whether it was there. */
NATIVE(native_storageDelete)
{
    (void)function, (void)self, (void)count;
    struct js *js = engine_here;
    struct instance *instance;
    struct storage_key key;
    if (!begin(context, values, &instance, &key, exception))
        return JSValueMakeUndefined(context);
    enum err err =
        store_get(js->config.store, js->config.storage_table, bytes_of_key(&key), &js->body);
    if (err == ERR_NOT_FOUND)
        return JSValueMakeBoolean(context, false);
    if (err == OK)
        err = store_delete(js->config.store, js->config.storage_table, bytes_of_key(&key));
    if (err)
        return fail(context, err, exception);
    instance_wrote(instance);
    return JSValueMakeBoolean(context, true);
}

struct pair {
    size_t key_start, key_size, value_size; /* in the arena: key, then value */
};

struct listing {
    struct bytes first, end, prefix; /* of the user's keys; `end` without data: no bound */
    bool reverse, whole_records, failed;
    size_t limit;
    struct buf arena;
    struct pair *entries;
    size_t count, capacity, group_start;
    struct storage_key last; /* of the record before */
};

static struct bytes entry_key(const struct listing *listing, const struct pair *entry)
{
    return (struct bytes){listing->arena.data + entry->key_start, entry->key_size};
}

static int compare_entries(const void *a, const void *b, void *data)
{
    const struct listing *listing = data;
    int order = storage_compare(entry_key(listing, a), entry_key(listing, b));
    return listing->reverse ? -order : order;
}

static void sort_group(struct listing *listing)
{
    if (listing->count - listing->group_start > 1)
        qsort_r(listing->entries + listing->group_start, listing->count - listing->group_start,
                sizeof *listing->entries, compare_entries, listing);
    listing->group_start = listing->count;
}

static bool wanted(const struct listing *listing, struct bytes key)
{
    struct bytes start = {key.data, listing->prefix.size};
    return storage_compare(key, listing->first) >= 0 &&
           (!listing->end.data || storage_compare(key, listing->end) < 0) &&
           key.size >= listing->prefix.size && bytes_equal(start, listing->prefix);
}

static bool add_entry(struct listing *listing, struct bytes key, struct bytes value)
{
    if (listing->count == listing->capacity) {
        size_t capacity = listing->capacity ? 2 * listing->capacity : 64;
        struct pair *entries = realloc(listing->entries, capacity * sizeof *entries);
        if (!entries)
            return false;
        listing->entries = entries;
        listing->capacity = capacity;
    }
    size_t start = listing->arena.size;
    if (buf_append(&listing->arena, key.data, key.size) ||
        buf_append(&listing->arena, value.data, value.size))
        return false;
    listing->entries[listing->count++] = (struct pair){start, key.size, value.size};
    return true;
}

static bool visit(void *data, struct bytes record_key, struct bytes record)
{
    struct listing *listing = data;
    struct bytes key, value;
    if (!storage_same_group(record_key, bytes_of_key(&listing->last))) {
        sort_group(listing);
        if (listing->count >= listing->limit)
            return false;
    }
    listing->last.size = record_key.size;
    memcpy(listing->last.data, record_key.data, record_key.size);
    if (!storage_unpack(record_key, record, &key, &value)) {
        listing->failed = true;
        return false;
    }
    if (!wanted(listing, key))
        return true;
    if (listing->whole_records) {
        key = record_key;
        value = (struct bytes){0};
    }
    listing->failed = !add_entry(listing, key, value);
    return !listing->failed;
}

static enum err scan(struct js *js, const struct object_id *id, struct listing *listing)
{
    struct storage_key first, end;
    bool prefix_first = storage_compare(listing->prefix, listing->first) > 0;
    storage_key_first(id, prefix_first ? listing->prefix : listing->first, &first);
    storage_key_end(id, listing->end, &end);
    enum err err = store_scan(js->config.store, js->config.storage_table, bytes_of_key(&first),
                              bytes_of_key(&end), listing->reverse, visit, listing);
    if (err)
        return err;
    if (listing->failed)
        return ERR_CORRUPT;
    sort_group(listing);
    if (listing->count > listing->limit)
        listing->count = listing->limit;
    return OK;
}

static void listing_finish(struct listing *listing)
{
    buf_finish(&listing->arena);
    free(listing->entries);
}

static JSValueRef listing_value(JSContextRef context, const struct listing *listing)
{
    JSObjectRef array = JSObjectMakeArray(context, 0, NULL, NULL);
    for (size_t i = 0; i < listing->count; i++) {
        const struct pair *entry = &listing->entries[i];
        struct bytes key = entry_key(listing, entry);
        struct bytes value = {(const uint8_t *)key.data + key.size, entry->value_size};
        JSObjectSetPropertyAtIndex(context, array, (unsigned)(2 * i),
                                   value_of_text(context, key, LONE_KEPT), NULL);
        JSObjectSetPropertyAtIndex(context, array, (unsigned)(2 * i + 1),
                                   value_of_text(context, value, LONE_REPLACED), NULL);
    }
    return array;
}

/* Text of an optional bound. False: *exception is set. */
static bool bound(JSContextRef context, JSValueRef value, struct buf *buf, struct bytes *ret_bytes,
                  JSValueRef *exception)
{
    if (JSValueIsUndefined(context, value))
        return true;
    if (value_to_text(context, value, LONE_KEPT, buf, exception) || !buf_reserve(buf, 1))
        return false;
    *ret_bytes = buf_bytes(buf);
    return true;
}

/* Keys that begin with `prefix` end below this: the prefix with its last byte counted up. */
static bool end_of_prefix(struct bytes prefix, struct buf *buf, struct bytes *ret_end)
{
    buf->size = 0;
    if (prefix.size == 0 || buf_append(buf, prefix.data, prefix.size))
        return false;
    while (buf->size && buf->data[buf->size - 1] == 0xff)
        buf->size--;
    if (buf->size == 0)
        return false;
    buf->data[buf->size - 1]++;
    *ret_end = buf_bytes(buf);
    return true;
}

/* storageList(instance, start, end, prefix, reverse, limit): keys and values by turns. */
NATIVE(native_storageList)
{
    (void)function, (void)self, (void)count;
    struct js *js = engine_here;
    struct instance *instance;
    if (!begin(context, values, &instance, NULL, exception))
        return JSValueMakeUndefined(context);
    struct listing listing = {.reverse = JSValueToBoolean(context, values[4]), .limit = SIZE_MAX};
    if (!JSValueIsUndefined(context, values[5]))
        listing.limit = value_number(context, values[5]);
    struct buf start = {0}, end = {0}, prefix = {0}, prefix_end = {0};
    JSValueRef value = JSValueMakeUndefined(context);
    if (bound(context, values[1], &start, &listing.first, exception) &&
        bound(context, values[2], &end, &listing.end, exception) &&
        bound(context, values[3], &prefix, &listing.prefix, exception)) {
        struct bytes last;
        if (end_of_prefix(listing.prefix, &prefix_end, &last) &&
            (!listing.end.data || storage_compare(last, listing.end) < 0))
            listing.end = last;
        enum err err = scan(js, &instance->id, &listing);
        value = err ? fail(context, err, exception) : listing_value(context, &listing);
    }
    listing_finish(&listing);
    buf_finish(&start);
    buf_finish(&end);
    buf_finish(&prefix);
    buf_finish(&prefix_end);
    return value;
}

/* storageClear(instance): delete everything that the object has stored. */
NATIVE(native_storageClear)
{
    (void)function, (void)self, (void)count;
    struct js *js = engine_here;
    struct instance *instance;
    if (!begin(context, values, &instance, NULL, exception))
        return JSValueMakeUndefined(context);
    struct listing listing = {.limit = SIZE_MAX, .whole_records = true};
    enum err err = scan(js, &instance->id, &listing);
    for (size_t i = 0; i < listing.count && err == OK; i++)
        err = store_delete(js->config.store, js->config.storage_table,
                           entry_key(&listing, &listing.entries[i]));
    if (listing.count)
        instance_wrote(instance);
    if (err == OK)
        err = sql_clear(instance);
    listing_finish(&listing);
    return err ? fail(context, err, exception) : JSValueMakeUndefined(context);
}
