/* What the engine does by itself, for each second of processor time: requests of a Worker that says
 * hello, of one that asks an object in the same context, by fetch and by a method, and of 200 bytes
 * of JSON in and out. No HTTP, no store. An argument leaves one row. */

#include "tests/lib/js_world.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ROUND_COUNT = 200000, BATCH = 32 };

/* Processor time of this thread, so that other work on the machine does not blur the figures. */
static double now_s(void)
{
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static double run_rounds(struct world *world, const char *path, const char *body)
{
    double start = now_s();
    for (int done = 0; done < ROUND_COUNT; done += BATCH) {
        for (int i = 0; i < BATCH; i++)
            world_start(world, body ? "POST" : "GET", path, body);
        world_settle(world);
        uv_run(&world->loop, UV_RUN_NOWAIT);
        world->trace[0] = 0;
    }
    return ROUND_COUNT / (now_s() - start);
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : "";
    static const struct world_options options = {.bundle = "bench", .classes = {"Counter"}};
    static const char json[] =
        "{\"id\":12345,\"name\":\"a name of some length\",\"tags\":[\"one\",\"two\",\"three\"],"
        "\"nested\":{\"x\":1.5,\"y\":-2.25,\"label\":\"somewhere on the planet\"},\"active\":true,"
        "\"note\":\"about two hundred bytes\"}";
    static const struct {
        const char *name, *path, *body;
    } rows[] = {{"hello", "/hello", NULL},
                {"stub.fetch", "/object", NULL},
                {"stub.increment", "/method", NULL},
                {"json", "/json", json},
                {"storage get+put", "/storage", NULL}};
    struct world world;
    uint64_t start = uv_hrtime();
    world_open(&world, &options);
    printf("open %.1f ms, %zu MB resident\n", (double)(uv_hrtime() - start) / 1e6,
           js_stats(world.js).resident_bytes >> 20);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!strstr(rows[i].name, only))
            continue;
        run_rounds(&world, rows[i].path, rows[i].body); /* warm */
        printf("%-16s %9.0f /s\n", rows[i].name, run_rounds(&world, rows[i].path, rows[i].body));
    }
    printf("%zu MB resident, %zu runs left\n", js_stats(world.js).resident_bytes >> 20,
           js_stats(world.js).runs);
    world_close(&world);
    return 0;
}
