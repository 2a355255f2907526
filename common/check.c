#include "common/check.h"

#include <stdio.h>
#include <stdlib.h>

void check_failed(const char *condition, const char *file, int line, const char *function)
{
    fprintf(stderr, "terrella: bug: `%s` does not hold, %s:%d in %s\n", condition, file, line,
            function);
    abort();
}
