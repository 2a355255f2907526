#ifndef TERRELLA_TESTS_STATIC_IMPURE_H
#define TERRELLA_TESTS_STATIC_IMPURE_H

/* The one function of a library that check_pure.sh must refuse. */
int impure(unsigned char key[32]);

#endif
