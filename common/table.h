#ifndef TERRELLA_COMMON_TABLE_H
#define TERRELLA_COMMON_TABLE_H

#include "common/check.h"

/* uthash and utlist as this project uses them: tables that iterate in the order of insertion, so
 * that runs replay. An item that finds no memory for its table's few bytes stops the process. */

#define HASH_NONFATAL_OOM         1
#define uthash_nonfatal_oom(item) CHECK(!"memory for a table")

#include <uthash.h>
#include <utlist.h>

#endif
