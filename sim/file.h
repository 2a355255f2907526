#ifndef TERRELLA_SIM_FILE_H
#define TERRELLA_SIM_FILE_H

#include "common/bytes.h"

/* Append a whole file and a closing zero to `text`. Errors: ERR_IO, ERR_MEMORY, said in `reterr_why`. */
MUST_USE enum err file_read(const char *path, struct buf *text, struct errmsg *reterr_why);

/* Errors: ERR_IO. */
MUST_USE enum err file_write(const char *path, struct bytes text, struct errmsg *reterr_why);

#endif
