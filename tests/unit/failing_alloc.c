#include "tests/unit/failing_alloc.h"

#include <stdbool.h>
#include <stdlib.h>

static size_t fail_at, count;
static bool armed, failed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count_wanted, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count_wanted, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void failing_alloc_begin(size_t number)
{
    fail_at = number;
    count = 0;
    failed = false;
}

void failing_alloc_arm(void)
{
    armed = true;
}

void failing_alloc_disarm(void)
{
    armed = false;
}

size_t failing_alloc_count(void)
{
    return count;
}

int failing_alloc_failed(void)
{
    return failed;
}

static bool fails_now(void)
{
    if (!armed || ++count != fail_at)
        return false;
    failed = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count_wanted, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count_wanted, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails_now() ? NULL : __real_realloc(memory, size);
}
