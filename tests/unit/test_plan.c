/* Plans: what is written is read back, mistakes are named, steps can be left out, and a plan that came
 * from a seed plays as the seed does. */
#include "sim/plan_text.h"
#include "sim/random.h"
#include "sim/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CLUSTER \
    "region LHR weur in eu\nregion GRU sam entry-only\nrtt LHR GRU 166\ncoordinator LHR 20\n"

static struct plan read_plan(const char *text)
{
    struct errmsg why = {0};
    struct plan plan;
    enum err err = plan_read(text, &plan, &why);
    if (err)
        fail_msg("%s", why.text);
    return plan;
}

static char *written(const struct plan *plan)
{
    struct buf text = {0};
    assert_int_equal(plan_write(plan, &text), OK);
    assert_int_equal(buf_append(&text, "", 1), OK);
    return (char *)text.data;
}

static struct run_result play(const struct plan *plan, bool heal)
{
    struct run_events events = {0};
    struct run_result result;
    struct plan_source source = plan_source(plan);
    assert_int_equal(run_plan(plan, &source.source, heal, &events, &result), OK);
    return result;
}

static void every_step_is_read_back(void **state)
{
    (void)state;
    static const char steps[] =
        "start\nstart LHR\ncrash LHR\ncrash coord keeping 3\ncrash coord after sent PLACED\n"
        "crash LHR after commit\nwipe LHR\nbackup coord\nrestore coord\nnewest coord\ntwin "
        "LHR\nstop LHR\n"
        "suspend GRU\nwake LHR\ncut LHR coord\ncut LHR->GRU\nhold coord->GRU\nheal LHR GRU\nheal "
        "all\n"
        "delay LHR->GRU 12.5\njitter 3\nrepeat LHR->coord\nstale GRU->LHR\ndisk LHR full\n"
        "disk LHR slow 250\ndisk LHR well\nclock LHR -20000\njump LHR 1500\nunique u LHR\n"
        "at 17.003 call LHR alpha hint enam write slow 7\ncall GRU u body 1000\ncall GRU alpha ask "
        "u ask "
        "alpha\ncall LHR alpha throw\ncall LHR alpha abort\ncall LHR alpha never\nlocate LHR "
        "alpha\n"
        "run 100\nsettle\nstats LHR\n";
    char text[4096] = CLUSTER "object u unique in eu\nexpect broken I4\ncalm\nseed 7\n\n";
    strcat(text, steps);
    struct plan plan = read_plan(text);
    char *once = written(&plan);
    assert_non_null(strstr(once, steps));
    assert_non_null(strstr(once, "object u unique in eu\n"));
    assert_non_null(strstr(once, "expect broken I4\n"));

    struct plan again = read_plan(once);
    char *twice = written(&again);
    assert_string_equal(once, twice);
    free(once);
    free(twice);
    plan_finish(&plan);
    plan_finish(&again);
}

static void a_copy_is_the_same(void **state)
{
    (void)state;
    struct plan copy, plan = read_plan(CLUSTER "start\ncall GRU alpha write\nsettle\n");
    assert_int_equal(plan_copy(&plan, &copy), OK);
    char *one = written(&plan), *other = written(&copy);
    assert_string_equal(one, other);
    free(one);
    free(other);
    plan_finish(&plan);
    plan_finish(&copy);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "there is no region"},
        {CLUSTER "start\nfly LHR\n", "line 6: unknown command, or words missing: fly"},
        {CLUSTER "crash\n", "line 5: unknown command, or words missing: crash"},
        {CLUSTER "crash SYD\n", "line 5: no such process: SYD"},
        {CLUSTER "call coord alpha\n", "line 5: a region is needed: coord"},
        {CLUSTER "call LHR alpha hint moon\n", "line 5: no such hint: moon"},
        {CLUSTER "call LHR alpha hint\n", "line 5: unknown word: hint"},
        {CLUSTER "call LHR alpha ask a ask b ask c ask d\n", "line 5: too many to ask: d"},
        {CLUSTER "call LHR alpha body 1e9\n", "line 5: not a whole number: 1e9"},
        {CLUSTER "call LHR alpha body 999999999999\n", "line 5: too large: 999999999999"},
        {CLUSTER "crash LHR after lunch\n", "line 5: no such moment: lunch"},
        {CLUSTER "crash LHR after sent FLOWERS\n", "line 5: a type of message is needed: sent"},
        {CLUSTER "cut LHRGRU\n", "line 5: A->B is needed: LHRGRU"},
        {CLUSTER "disk LHR wet\n", "line 5: well, slow MS, full or failing: wet"},
        {CLUSTER "clock LHR 1000000\n", "line 5: from -500000 to 500000 ppm: 1000000"},
        {CLUSTER "run nan\n", "line 5: not a number of milliseconds: nan"},
        {CLUSTER "run -1\n", "line 5: not a number of milliseconds: -1"},
        {CLUSTER "limits beer 3\n", "line 5: unknown limit: beer"},
        {CLUSTER "expect the worst\n",
         "line 5: all well, a limit, or broken and an invariant: worst"},
        {"region TOOLONGACODE weur\n", "line 1: not a region's code: TOOLONGACODE"},
        {"region LHR weur in space\n", "line 1: no such jurisdiction: space"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct errmsg why = {0};
        struct plan plan;
        assert_int_equal(plan_read(cases[i].text, &plan, &why), ERR_INVALID);
        assert_string_equal(why.text, cases[i].why);
        plan_finish(&plan);
    }
}

/* What a plan of a seed says plays as the seed itself, also when it went through a file. */
static void a_seed_is_its_plan(void **state)
{
    (void)state;
    struct random_options options = {.seed = 5, .step_count = 600};
    struct run_events events = {0};
    struct run_result drawn;
    struct plan plan;
    struct step step;
    assert_int_equal(random_plan(&options, &plan), OK);
    struct random_source source = random_source(&options, &plan);
    assert_int_equal(run_plan(&plan, &source.source, true, &events, &drawn), OK);
    source = random_source(&options, &plan);
    while (source.source.next(&source.source, &step))
        assert_int_equal(plan_add(&plan, &step), OK);
    char *text = written(&plan);
    struct plan again = read_plan(text);
    assert_int_equal(play(&again, true).hash, drawn.hash);
    assert_int_equal(play(&plan, true).hash, drawn.hash);
    free(text);
    plan_finish(&plan);
    plan_finish(&again);
}

/* A shrinker leaves out what it likes: nothing must come of it but another history. */
static void any_steps_can_be_left_out(void **state)
{
    (void)state;
    struct random_options options = {.seed = 11, .step_count = 400};
    struct rng rng;
    rng_init(&rng, 1);
    for (int round = 0; round < 20; round++) {
        struct plan plan;
        struct step step;
        options.seed = (uint64_t)round;
        assert_int_equal(random_plan(&options, &plan), OK);
        struct random_source source = random_source(&options, &plan);
        while (source.source.next(&source.source, &step))
            if (rng_below(&rng, 3))
                assert_int_equal(plan_add(&plan, &step), OK);
        struct run_result result = play(&plan, true);
        assert_string_equal(result.broken.text, "");
        plan_finish(&plan);
    }
}

/* Nonsense is skipped: waking who is awake, healing what is whole, calling from the dead. */
static void what_makes_no_sense_is_skipped(void **state)
{
    (void)state;
    struct plan plan =
        read_plan(CLUSTER "wake LHR\nheal LHR GRU\nheal LHR LHR\ncut GRU GRU\nrestore LHR\n"
                          "call LHR alpha\nunique u LHR\ncall LHR u\ntwin LHR\nstale LHR->GRU\n"
                          "start\nstart\nwipe LHR\nrun 1000\ncall LHR u\nstop LHR\nstop LHR\n"
                          "call LHR alpha\nwake LHR\ncrash LHR\ncrash LHR\nlocate LHR alpha\n");
    struct run_result result = play(&plan, false);
    assert_string_equal(result.broken.text, "");
    assert_int_equal(result.checked.answered, 0);
    plan_finish(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_is_read_back),
        cmocka_unit_test(a_copy_is_the_same),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(a_seed_is_its_plan),
        cmocka_unit_test(any_steps_can_be_left_out),
        cmocka_unit_test(what_makes_no_sense_is_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
