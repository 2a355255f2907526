#ifndef TERRELLA_SIM_EXPLAIN_H
#define TERRELLA_SIM_EXPLAIN_H

#include <stdio.h>

/* One HTML file that draws a record: what stands before the record and after it. The record is
 * written between the two, line by line (sim/record.h). The page is built from web/explain. */

void explain_begin(FILE *file);
void explain_end(FILE *file);

#endif
