#include "symbol.h"

#include <dlfcn.h>
#include <stddef.h>

/* A function that every program that was linked with HDF5 calls. */
#define ANY_FUNCTION "H5open"

/*
 * Where the library is the one the program is linked with, the program's symbols come first, as
 * they do for the library itself. Elsewhere they are none of its: a process may hold several.
 */
void *
vol_sparse_symbol(void *library, const char *name)
{
    void *program = dlopen(NULL, RTLD_LAZY);
    void *symbol  = NULL;
    if (program != NULL) {
        void *linked = dlsym(program, ANY_FUNCTION);
        if (linked != NULL && linked == dlsym(library, ANY_FUNCTION))
            symbol = dlsym(program, name);
        dlclose(program);
    }
    return symbol != NULL ? symbol : dlsym(library, name);
}
