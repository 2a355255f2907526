#include "node/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* Which of three Workers answers; the routes are given in the order in which they count. */

static char first[] = "first", api[] = "api", shop[] = "shop_2";
static struct config_worker workers[] = {{.name = first}, {.name = api}, {.name = shop}};

static size_t pick(const char *host, const char *target, struct config_route *routes, size_t count)
{
    struct config config = {
        .workers = workers, .worker_count = 3, .routes = routes, .route_count = count};
    return route_pick(&config, bytes_of(host), bytes_of(target));
}

static size_t pick_by(const char *pattern, const char *host, const char *target)
{
    char copy[64];
    snprintf(copy, sizeof copy, "%s", pattern);
    return pick(host, target, &(struct config_route){.pattern = copy, .worker = 1}, 1);
}

static void test_names(void **state)
{
    (void)state;
    assert_int_equal(pick("127.0.0.1:8701", "/", NULL, 0), 0);
    assert_int_equal(pick("localhost:8701", "/", NULL, 0), 0);
    assert_int_equal(pick("", "/", NULL, 0), 0);
    assert_int_equal(pick("api.localhost:8701", "/x", NULL, 0), 1);
    assert_int_equal(pick("API.LOCALHOST", "/", NULL, 0), 1);
    assert_int_equal(pick("shop_2.localhost", "/", NULL, 0), 2);
    assert_int_equal(pick("first.localhost", "/", NULL, 0), 0);
    assert_int_equal(pick("xapi.localhost", "/", NULL, 0), 0);
    assert_int_equal(pick("api.localhostx", "/", NULL, 0), 0);
    assert_int_equal(pick("api.localhost.", "/", NULL, 0), 0);
    assert_int_equal(pick("[::1]:8701", "/", NULL, 0), 0);
}

static void test_hosts(void **state)
{
    (void)state;
    assert_int_equal(pick_by("example.com/*", "example.com", "/"), 1);
    assert_int_equal(pick_by("example.com/*", "EXAMPLE.com:8701", "/a?b"), 1);
    assert_int_equal(pick_by("example.com/*", "www.example.com", "/"), 0);
    assert_int_equal(pick_by("example.com/*", "example.co", "/"), 0);
    assert_int_equal(pick_by("*.example.com/*", "www.example.com", "/"), 1);
    assert_int_equal(pick_by("*.example.com/*", "example.com", "/"), 0);
    assert_int_equal(pick_by("*example.com/*", "example.com", "/"), 1);
    assert_int_equal(pick_by("*/api/*", "", "/api/"), 1);
    assert_int_equal(pick_by("*/api/*", "127.0.0.1:8701", "/api/x"), 1);
    assert_int_equal(pick_by("[::1]/*", "[::1]:8701", "/"), 1);
    assert_int_equal(pick_by("[::1]/*", "[::1]", "/"), 1);
}

static void test_paths(void **state)
{
    (void)state;
    assert_int_equal(pick_by("*/api/*", "h", "/api"), 0);
    assert_int_equal(pick_by("*/api*", "h", "/api"), 1);
    assert_int_equal(pick_by("*/api*", "h", "/apix?y"), 1);
    assert_int_equal(pick_by("*/api", "h", "/api"), 1);
    assert_int_equal(pick_by("*/api", "h", "/api/"), 0);
    assert_int_equal(pick_by("*/api", "h", "/api?x=1"),
                     0); /* the query is part of what is compared */
    assert_int_equal(pick_by("*/api", "h", "/API"), 0);
    assert_int_equal(pick_by("*/", "h", "/"), 1);
    assert_int_equal(pick_by("*/", "h", "/x"), 0);
    assert_int_equal(pick_by("*/*", "h", "*"), 0); /* OPTIONS of the server as a whole */
}

static void test_the_first_match_counts_and_names_come_before(void **state)
{
    (void)state;
    char narrow[] = "h/a/*", wide[] = "*/*";
    struct config_route routes[] = {{.pattern = narrow, .worker = 2},
                                    {.pattern = wide, .worker = 1}};
    assert_int_equal(pick("h", "/a/b", routes, 2), 2);
    assert_int_equal(pick("h", "/b", routes, 2), 1);
    assert_int_equal(pick("first.localhost", "/a/b", routes, 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_the_first_match_counts_and_names_come_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
