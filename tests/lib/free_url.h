#ifndef TERRELLA_TESTS_LIB_FREE_URL_H
#define TERRELLA_TESTS_LIB_FREE_URL_H

enum { FREE_URL_BYTES = 40 };

/* Write "tcp://127.0.0.1:PORT" with a port that nobody listens at. */
void free_url(char ret_url[FREE_URL_BYTES]);

#endif
