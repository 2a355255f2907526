#ifndef TERRELLA_TESTS_UNIT_FAILING_ALLOC_H
#define TERRELLA_TESTS_UNIT_FAILING_ALLOC_H

#include <stddef.h>

/* Memory that runs out at a chosen moment. Link with --wrap for malloc, calloc and realloc; only
 * what is allocated while it is armed counts. */

/* From now on the `number`-th allocation fails, counted over all that is armed; 0: none does. */
void failing_alloc_begin(size_t number);

/* While armed, allocations count, and may fail. Not nested. */
void failing_alloc_arm(void);
void failing_alloc_disarm(void);

/* How many were counted, and whether one has failed, since it began. */
size_t failing_alloc_count(void);
int failing_alloc_failed(void);

#endif
