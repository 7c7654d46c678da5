#include "libjvm_exit.h"

#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* A process has two at most, see vol_sparse_find_second_libjvm. */
#define MAXIMUM_LIBRARIES 2

/* Words of the library's memory, from begin to before end. */
typedef struct {
    uintptr_t *begin, *end;
} range;

/* A libjvm. The tables are in what is read-only once the library is loaded. */
typedef struct {
    range variables, read_only;
} library;

/* A word of a variable that may be the address of an object's table. */
typedef struct {
    uintptr_t *word, value;
} pointer;

static library  libraries[MAXIMUM_LIBRARIES];
static int      library_count;
static pointer *saved;
static size_t   saved_count, saved_capacity;

static bool
is_within(uintptr_t address, range memory)
{
    return (uintptr_t)memory.begin <= address && address < (uintptr_t)memory.end;
}

/* Whether a word may be the address of a table of virtual functions. */
static bool
may_be_table(uintptr_t value)
{
    bool may_be = false;
    for (int i = 0; i < library_count; i++)
        may_be = may_be || is_within(value, libraries[i].read_only);
    return may_be;
}

static void
save_pointer(uintptr_t *word)
{
    if (saved_count == saved_capacity) {
        size_t   capacity = saved_capacity == 0 ? 1024 : 2 * saved_capacity;
        pointer *larger   = realloc(saved, capacity * sizeof(*saved));
        if (larger == NULL)
            return;
        saved          = larger;
        saved_capacity = capacity;
    }
    saved[saved_count].word  = word;
    saved[saved_count].value = *word;
    saved_count++;
}

/* The handler that runs before the destructors. */
static void
save(void)
{
    saved_count = 0;
    for (int i = 0; i < library_count; i++)
        for (uintptr_t *word = libraries[i].variables.begin; word < libraries[i].variables.end;
             word++)
            if (may_be_table(*word))
                save_pointer(word);
}

/* The handler that runs after them. */
static void
put_back(void)
{
    for (size_t i = 0; i < saved_count; i++)
        if (may_be_table(*saved[i].word)) /* the JVM has not set it to anything else */
            *saved[i].word = saved[i].value;
    saved_count = 0;
}

/* Looks for the libjvm that is loaded at base; a callback of dl_iterate_phdr. */
static int
find_library(struct dl_phdr_info *info, size_t size, void *base)
{
    (void)size;
    if ((void *)info->dlpi_addr != base)
        return 0;
    library found = {0};
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t begin        = info->dlpi_addr + part->p_vaddr;
        uintptr_t end          = begin + part->p_memsz;
        range     memory       = {(uintptr_t *)begin, (uintptr_t *)(end & -sizeof(uintptr_t))};
        if (part->p_type == PT_GNU_RELRO)
            found.read_only = memory;
        else if (part->p_type == PT_LOAD && (part->p_flags & PF_W) != 0)
            found.variables = memory;
    }
    if (is_within((uintptr_t)found.read_only.begin, found.variables))
        found.variables.begin = found.read_only.end; /* it is the beginning of what was writable */
    if (found.read_only.begin != NULL && found.variables.begin != NULL)
        libraries[library_count++] = found;
    return 1;
}

void
vol_sparse_before_libjvm(void)
{
    atexit(put_back);
}

void
vol_sparse_after_libjvm(void *libjvm)
{
    Dl_info found;
    void   *function = dlsym(libjvm, "JNI_CreateJavaVM");
    if (library_count == MAXIMUM_LIBRARIES || function == NULL || dladdr(function, &found) == 0)
        return;
    dl_iterate_phdr(find_library, found.dli_fbase);
    atexit(save);
}
