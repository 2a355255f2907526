#include "sim/file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum err file_read(const char *path, struct buf *text, struct errmsg *reterr_why)
{
    FILE *file = fopen(path, "r");
    char chunk[4096];
    size_t size;
    enum err err = OK;
    if (!file)
        return err_say(ERR_IO, reterr_why, "%s: %s", path, strerror(errno));
    while (!err && (size = fread(chunk, 1, sizeof chunk, file)) > 0)
        err = buf_append(text, chunk, size);
    if (!err && ferror(file))
        err = err_say(ERR_IO, reterr_why, "%s: cannot be read", path);
    fclose(file);
    return err ? err : buf_append(text, "", 1);
}

enum err file_write(const char *path, struct bytes text, struct errmsg *reterr_why)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return err_say(ERR_IO, reterr_why, "%s: %s", path, strerror(errno));
    bool written = fwrite(text.data, 1, text.size, file) == text.size;
    written = fclose(file) == 0 && written;
    return written ? OK : err_say(ERR_IO, reterr_why, "%s: %s", path, strerror(errno));
}
