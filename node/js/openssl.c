#include "node/js/openssl.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

static struct openssl functions;

/* Data and function pointers are of one size wherever there is dlsym(). */
static bool find(void *library, const char *name, void *ret_function)
{
    void *found = dlsym(library, name);
    memcpy(ret_function, &found, sizeof found);
    return found != NULL;
}

static bool load(void)
{
    void *library = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return false;
#define X(name)                                   \
    if (!find(library, #name, &functions.name)) { \
        dlclose(library);                         \
        return false;                             \
    }
    OPENSSL_LIST(X)
#undef X
    return true;
}

const struct openssl *openssl(void)
{
    static bool loaded;
    loaded = loaded || load();
    return loaded ? &functions : NULL;
}
