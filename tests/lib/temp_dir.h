#ifndef TERRELLA_TESTS_LIB_TEMP_DIR_H
#define TERRELLA_TESTS_LIB_TEMP_DIR_H

/* A directory of its own for each test. */

/* Make one; the caller owns the path and gives it to temp_dir_remove. */
char *temp_dir_make(void);

/* Remove it with all in it, and free the path. NULL is fine. */
void temp_dir_remove(char *path);

#endif
