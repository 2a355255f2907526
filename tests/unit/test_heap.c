#include "common/heap.h"
#include "common/rng.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct job {
    int number;
    struct heap_item item;
};

static struct job *take_first(struct heap *heap)
{
    struct heap_item *item = heap_first(heap);
    heap_remove(heap, item);
    return HEAP_OWNER(item, struct job, item);
}

static void an_empty_heap_has_no_deadline(void **state)
{
    (void)state;
    struct heap heap = {0};
    struct heap_item item = {0};
    assert_null(heap_first(&heap));
    assert_true(heap_deadline_us(&heap) == UINT64_MAX);
    heap_remove(&heap, &item); /* it is in no heap */
    heap_finish(&heap);
}

static void the_earliest_comes_first(void **state)
{
    (void)state;
    struct heap heap = {0};
    struct job jobs[5] = {
        {.number = 0}, {.number = 1}, {.number = 2}, {.number = 3}, {.number = 4}};
    const uint64_t deadlines_us[5] = {50, 10, 40, UINT64_MAX, 0};
    const int expected[5] = {4, 1, 2, 0, 3};
    for (int i = 0; i < 5; i++)
        assert_int_equal(heap_add(&heap, &jobs[i].item, deadlines_us[i]), OK);
    for (int i = 0; i < 5; i++) {
        assert_true(heap_deadline_us(&heap) == deadlines_us[expected[i]]);
        assert_int_equal(take_first(&heap)->number, expected[i]);
    }
    heap_finish(&heap);
}

static void equal_deadlines_keep_their_order(void **state)
{
    (void)state;
    enum { COUNT = 100 };
    struct heap heap = {0};
    struct job jobs[COUNT] = {0};
    for (int i = 0; i < COUNT; i++) {
        jobs[i].number = i;
        assert_int_equal(heap_add(&heap, &jobs[i].item, 7), OK);
    }
    heap_remove(&heap, &jobs[0].item);
    assert_int_equal(heap_add(&heap, &jobs[0].item, 7), OK); /* added again: last now */
    for (int i = 1; i < COUNT; i++)
        assert_int_equal(take_first(&heap)->number, i);
    assert_int_equal(take_first(&heap)->number, 0);
    heap_finish(&heap);
}

/* Every item's parent is not later, and every item knows its place. */
static void check_heap(const struct heap *heap)
{
    for (size_t i = 0; i < heap->count; i++) {
        const struct heap_entry *parent = &heap->entries[(i - (i > 0)) / 4];
        assert_int_equal(heap->entries[i].item->place, i + 1);
        assert_true(heap->entries[i].deadline_us == heap->entries[i].item->deadline_us);
        assert_true(parent->deadline_us <= heap->entries[i].deadline_us);
    }
}

static void it_holds_under_any_order_of_adding_and_removing(void **state)
{
    (void)state;
    enum { COUNT = 200, STEPS = 20000 };
    struct heap heap = {0};
    struct job jobs[COUNT] = {0};
    struct rng rng;
    size_t inside = 0;
    rng_init(&rng, 1);
    for (int step = 0; step < STEPS; step++) {
        struct heap_item *item = &jobs[rng_below(&rng, COUNT)].item;
        if (item->place) {
            heap_remove(&heap, item);
            assert_int_equal(item->place, 0);
            inside--;
        } else {
            assert_int_equal(heap_add(&heap, item, rng_below(&rng, 50)), OK);
            inside++;
        }
        assert_int_equal(heap.count, inside);
        check_heap(&heap);
    }
    uint64_t last_us = 0, last_order = 0;
    for (; inside > 0; inside--) {
        const struct heap_item *item = &take_first(&heap)->item;
        assert_true(item->deadline_us > last_us ||
                    (item->deadline_us == last_us && item->order >= last_order));
        last_us = item->deadline_us;
        last_order = item->order;
    }
    assert_null(heap_first(&heap));
    heap_finish(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_heap_has_no_deadline),
        cmocka_unit_test(the_earliest_comes_first),
        cmocka_unit_test(equal_deadlines_keep_their_order),
        cmocka_unit_test(it_holds_under_any_order_of_adding_and_removing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
