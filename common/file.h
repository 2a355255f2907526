#ifndef TERRELLA_COMMON_FILE_H
#define TERRELLA_COMMON_FILE_H

#include "common/bytes.h"
#include "common/err.h"

/* Append a whole file to `text`. Errors, all said in `reterr_why`: ERR_IO, ERR_INVALID (it has more
 * than `bytes_max`), ERR_MEMORY. */
MUST_USE enum err file_read(const char *path, size_t bytes_max, struct buf *text,
                            struct errmsg *reterr_why);

/* Errors: ERR_IO. */
MUST_USE enum err file_write(const char *path, struct bytes text, struct errmsg *reterr_why);

#endif
