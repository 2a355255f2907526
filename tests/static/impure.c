/* Everything that a pure library must not do, for test_check_pure.sh. It is never run. */

#include "tests/static/impure.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int impure(unsigned char key[32])
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    FILE *file = fopen(getenv("HOME"), "r");
    fprintf(stderr, "%p", (void *)file);
    crypto_auth_hmacsha256_keygen(key);
    randombytes_buf(key, 32);
    return rand() + (int)time(NULL) + (int)read(0, key, 32);
}
