#include "tests/lib/temp_dir.h"

#include "common/check.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

char *temp_dir_make(void)
{
    const char *parent = getenv("TMPDIR");
    char *path;
    CHECK(asprintf(&path, "%s/terrella-test-XXXXXX", parent ? parent : "/tmp") > 0);
    CHECK(mkdtemp(path));
    return path;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

void temp_dir_remove(char *path)
{
    if (!path)
        return;
    nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(path);
}
