#ifndef TERRELLA_TESTS_LIB_RAW_PUSH_H
#define TERRELLA_TESTS_LIB_RAW_PUSH_H

#include <stdbool.h>
#include <stddef.h>

/* A client without nng that speaks as nng's PUSH does over TCP, and may say whatever it likes. The
 * calls wait; nng's threads answer, no loop is needed. */

/* Connect and greet. Returns the descriptor, which the caller closes. */
int raw_push_open(const char *url);

/* Send one message, or announce `announced` bytes and send `size`. False: the other end has closed.
 */
bool raw_push_send(int fd, const void *data, size_t size);
bool raw_push_announce(int fd, unsigned long long announced, const void *data, size_t size);

/* Wait until the other end closes. */
void raw_push_await_close(int fd);

#endif
