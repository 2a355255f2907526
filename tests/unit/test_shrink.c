#include "sim/shrink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The shrinker against checkers that are made up, so that the smallest plan is known. */

enum { REGIONS = 4, OBJECTS = 6, STEPS = 200, COORDINATOR = REGIONS };

static struct step step_of(enum step_kind kind, uint16_t process, uint16_t object, uint64_t at_us)
{
    return (struct step){.kind = kind, .process = process, .object = object, .at_us = at_us};
}

/* Calls of all objects from all regions, with a crash of each region now and then, and hints, slow
 * handlers and cuts that matter to nobody. */
static void make_plan(struct plan *plan)
{
    plan_init(plan);
    assert_int_equal(topology_init(&plan->topology, REGIONS), OK);
    plan->topology.coordinator_region = 3;
    for (size_t i = 0; i < REGIONS; i++) {
        snprintf(plan->topology.regions[i].code, sizeof plan->topology.regions[i].code, "R%zu", i);
        plan->topology.regions[i].hosts = true;
        for (size_t j = 0; j < REGIONS; j++)
            plan->topology.rtt_us[i * REGIONS + j] = (uint32_t)(10 * i + j);
    }
    for (int i = 0; i < OBJECTS; i++) {
        char name[32];
        uint16_t object;
        snprintf(name, sizeof name, "name-%d", i);
        assert_int_equal(plan_object(plan, name, &object), OK);
        assert_int_equal(object, i);
    }
    for (int i = 0; i < STEPS; i++) {
        struct step step = step_of(STEP_CALL, (uint16_t)(i % REGIONS), (uint16_t)(i % OBJECTS),
                                   UINT64_C(1234) * (uint64_t)(i + 1));
        step.hint = HINT_OC;
        step.work = (struct step_work){.kind = WORK_WRITE, .slow_us = 77};
        if (i % 10 == 3)
            step = step_of(STEP_CRASH, (uint16_t)(i / 10 % (REGIONS + 1)), 0, step.at_us);
        if (i % 10 == 7)
            step = (struct step){
                .kind = STEP_CUT, .process = 1, .peer = COORDINATOR, .at_us = step.at_us};
        assert_int_equal(plan_add(plan, &step), OK);
    }
}

static bool crashes(const struct plan *plan, const char *code)
{
    for (size_t i = 0; i < plan->step_count; i++) {
        const struct step *step = &plan->steps[i];
        size_t process = step->process;
        if (step->kind == STEP_CRASH && process < plan->topology.region_count &&
            strcmp(plan->topology.regions[process].code, code) == 0)
            return true;
    }
    return false;
}

static const struct step *find_call(const struct plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->step_count; i++)
        if (plan->steps[i].kind == STEP_CALL &&
            strcmp(plan->objects[plan->steps[i].object].name, name) == 0)
            return &plan->steps[i];
    return NULL;
}

/* Broken whenever region R2 crashes and name-3 is called, in whatever order. */
static enum err crash_and_call(void *owner, const struct plan *plan, bool *ret_breaks)
{
    if (owner)
        ++*(uint64_t *)owner;
    for (size_t i = 0; i < plan->step_count; i++) { /* what is drawn up always makes sense */
        assert_true(plan->steps[i].process <= plan->topology.region_count);
        assert_true(plan->steps[i].kind != STEP_CALL || plan->steps[i].object < plan->object_count);
    }
    *ret_breaks = crashes(plan, "R2") && find_call(plan, "name-3");
    return OK;
}

static void becomes_minimal(void **state)
{
    (void)state;
    struct plan plan;
    uint64_t tried = 0, told = 0;
    struct shrink_options options = {
        .run_count_max = 100000, .try_plan = crash_and_call, .owner = &tried};
    make_plan(&plan);
    assert_int_equal(shrink_plan(&plan, &options, &told), OK);
    assert_int_equal(tried, told);
    assert_int_equal(plan.step_count, 2);
    assert_int_equal(plan.topology.region_count, 2); /* where it is called, and R2 */
    assert_int_equal(plan.object_count, 1);
    assert_string_equal(plan.objects[0].name, "name-3");
    const struct step *call = find_call(&plan, "name-3");
    assert_int_equal(call->hint, HINT_NONE);
    assert_int_equal(call->work.kind, WORK_READ);
    assert_int_equal(call->work.slow_us, 0);
    for (size_t i = 0; i < plan.step_count; i++)
        assert_int_equal(plan.steps[i].at_us, 0);
    assert_true(tried < 1000);
    plan_finish(&plan);
}

/* Round trips and the coordinator's place stay with their regions when others go. */
static enum err needs_r1_r3(void *owner, const struct plan *plan, bool *ret_breaks)
{
    size_t r1 = topology_find(&plan->topology, BYTES_LITERAL("R1"));
    size_t r3 = topology_find(&plan->topology, BYTES_LITERAL("R3"));
    (void)owner;
    *ret_breaks = r1 != REGION_NONE && r3 != REGION_NONE;
    if (!*ret_breaks)
        return OK;
    assert_int_equal(topology_rtt_us(&plan->topology, r1, r3), 13);
    assert_int_equal(topology_rtt_us(&plan->topology, r3, r1), 31);
    assert_int_equal(plan->topology.coordinator_region, r3);
    return OK;
}

static void regions_keep_their_distances(void **state)
{
    (void)state;
    struct plan plan;
    struct shrink_options options = {.run_count_max = 100000, .try_plan = needs_r1_r3};
    make_plan(&plan);
    assert_int_equal(shrink_plan(&plan, &options, NULL), OK);
    assert_int_equal(plan.topology.region_count, 2);
    assert_int_equal(plan.step_count, 0);
    assert_int_equal(plan.object_count, 0);
    plan_finish(&plan);
}

/* Broken only while the crash comes at least 5 ms after the call. */
static enum err crash_late(void *owner, const struct plan *plan, bool *ret_breaks)
{
    const struct step *call = find_call(plan, "name-3");
    (void)owner;
    *ret_breaks = false;
    for (size_t i = 0; i < plan->step_count; i++)
        if (plan->steps[i].kind == STEP_CRASH && call && plan->steps[i].at_us >= call->at_us + 5000)
            *ret_breaks = true;
    return OK;
}

static void times_become_short(void **state)
{
    (void)state;
    struct plan plan;
    struct shrink_options options = {.run_count_max = 100000, .try_plan = crash_late};
    make_plan(&plan);
    assert_int_equal(shrink_plan(&plan, &options, NULL), OK);
    assert_int_equal(plan.step_count, 2);
    assert_int_equal(plan.steps[0].at_us, 0);
    assert_true(plan.steps[1].at_us >= 5000 && plan.steps[1].at_us < 10000);
    plan_finish(&plan);
}

static void the_bound_holds(void **state)
{
    (void)state;
    struct plan plan;
    uint64_t tried = 0;
    struct shrink_options options = {
        .run_count_max = 20, .try_plan = crash_and_call, .owner = &tried};
    bool breaks;
    make_plan(&plan);
    assert_int_equal(shrink_plan(&plan, &options, NULL), OK);
    assert_int_equal(tried, 20);
    assert_true(plan.step_count < STEPS);
    assert_int_equal(crash_and_call(NULL, &plan, &breaks), OK);
    assert_true(breaks);
    plan_finish(&plan);
}

static enum err fails(void *owner, const struct plan *plan, bool *ret_breaks)
{
    (void)plan;
    *ret_breaks = false;
    return ++*(uint64_t *)owner == 3 ? ERR_MEMORY : OK;
}

static void an_error_ends_it(void **state)
{
    (void)state;
    struct plan plan;
    uint64_t tried = 0;
    struct shrink_options options = {.run_count_max = 100, .try_plan = fails, .owner = &tried};
    make_plan(&plan);
    assert_int_equal(shrink_plan(&plan, &options, NULL), ERR_MEMORY);
    assert_int_equal(tried, 3);
    assert_int_equal(plan.step_count, STEPS);
    plan_finish(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(becomes_minimal),    cmocka_unit_test(regions_keep_their_distances),
        cmocka_unit_test(times_become_short), cmocka_unit_test(the_bound_holds),
        cmocka_unit_test(an_error_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
