#ifndef TERRELLA_COMMON_CHECK_H
#define TERRELLA_COMMON_CHECK_H

/* CHECK states what must hold unless the program itself is wrong. It stays in release builds:
 * a process that knows it is broken stops, because going on could create an object twice.
 * What the world or a peer can cause is never a CHECK; that is an `enum err` or a refusal. */

#define CHECK(condition) \
    ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__, __func__))

/* Print the broken condition and its place to standard error, then abort. */
_Noreturn void check_failed(const char *condition, const char *file, int line,
                            const char *function);

#endif
