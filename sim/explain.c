#include "sim/explain.h"

/* Bundled by web/explain/build.mjs. */
extern const char explain_page_head[], explain_page_tail[];

void explain_begin(FILE *file)
{
    fputs(explain_page_head, file);
}

void explain_end(FILE *file)
{
    fputs(explain_page_tail, file);
}
