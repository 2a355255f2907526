#include "common/file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum err file_read(const char *path, size_t bytes_max, struct buf *text, struct errmsg *reterr_why)
{
    enum { STEP_BYTES = 64 << 10 };
    size_t size_before = text->size;
    enum err err = OK;
    FILE *file = fopen(path, "re");
    if (!file)
        return err_say(ERR_IO, reterr_why, "%.200s: %s", path, strerror(errno));
    while (!err && !feof(file)) {
        uint8_t *end = buf_reserve(text, STEP_BYTES);
        if (!end) {
            err = err_say(ERR_MEMORY, reterr_why, "%.200s: %s", path, err_text(ERR_MEMORY));
            break;
        }
        text->size += fread(end, 1, STEP_BYTES, file);
        if (ferror(file))
            err = err_say(ERR_IO, reterr_why, "%.200s: %s", path, strerror(errno));
        else if (text->size - size_before > bytes_max)
            err =
                err_say(ERR_INVALID, reterr_why, "%.200s: larger than %zu bytes", path, bytes_max);
    }
    fclose(file);
    return err;
}

enum err file_write(const char *path, struct bytes text, struct errmsg *reterr_why)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return err_say(ERR_IO, reterr_why, "%.200s: %s", path, strerror(errno));
    bool written = fwrite(text.data, 1, text.size, file) == text.size;
    written = fclose(file) == 0 && written;
    return written ? OK : err_say(ERR_IO, reterr_why, "%.200s: %s", path, strerror(errno));
}
