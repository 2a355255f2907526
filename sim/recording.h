#ifndef TERRELLA_SIM_RECORDING_H
#define TERRELLA_SIM_RECORDING_H

#include "sim/history.h"
#include "sim/record.h"
#include "sim/run.h"

/* Writes what happens in one run into files: a record (sim/record.h), a page that draws it
 * (sim/explain.h), a history of what Workers saw (sim/history.h). */

/* Each may be NULL: not wanted. */
struct recording_paths {
    const char *record, *page, *history;
};

struct recording {
    const struct plan *plan;
    FILE *record_file, *page_file, *history_file; /* NULL: not wanted */
    struct record record, page;
    struct history history;
    size_t process; /* where something was seen last */
};

/* `plan` is borrowed until the end; `title` stands above the picture. Errors: ERR_IO; close it then as
 * well. */
MUST_USE enum err recording_open(struct recording *recording, const struct recording_paths *paths,
                                 const struct plan *plan, const char *title,
                                 struct errmsg *reterr_why);

/* What the run is to tell, with `recording` as the owner; nothing when nothing is wanted. */
struct run_events recording_events(struct recording *recording);

/* Add what came out, if it broke, and close the files. Errors: ERR_IO. */
MUST_USE enum err recording_close(struct recording *recording, const struct run_result *result,
                                  struct errmsg *reterr_why);

#endif
