#include "options.h"

#include "H5VLconnector.h"
#include "hdf5.h"

#include <ctype.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* As in the class Configuration. */
#define DEFAULT_CACHE ((size_t)64 << 20)

/* The access list of the file that a callback is about to open, or H5P_DEFAULT. */
static hid_t
access_list(enum slot slot, const int64_t *words)
{
    const struct callback           *callback = &vol_sparse_callbacks[slot];
    const H5VL_file_specific_args_t *args     = NULL;
    if (callback->access_list_at >= 0)
        return words[callback->access_list_at];
    if (callback->access_args_at >= 0)
        args = (const H5VL_file_specific_args_t *)(intptr_t)words[callback->access_args_at];
    if (args != NULL && args->op_type == H5VL_FILE_IS_ACCESSIBLE)
        return args->args.is_accessible.fapl_id;
    if (args != NULL && args->op_type == H5VL_FILE_DELETE)
        return args->args.del.fapl_id;
    return H5P_DEFAULT;
}

/* What follows "key=" in a list of options, outside of braces; NULL if it is not there. */
static const char *
value_of(const char *options, const char *key)
{
    int  depth    = 0;
    bool is_start = true;
    for (const char *c = options; *c != '\0'; c++) {
        if (is_start && depth == 0 && strncmp(c, key, strlen(key)) == 0 && c[strlen(key)] == '=')
            return c + strlen(key) + 1;
        depth += (*c == '{') - (*c == '}');
        is_start = *c == ';' || (is_start && isspace((unsigned char)*c));
    }
    return NULL;
}

static size_t
bytes(const char *value)
{
    static const struct {
        const char *name;
        int         shift;
    } units[]                 = {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
    char              *end    = NULL;
    unsigned long long number = strtoull(value, &end, 10);
    if (end == value)
        return DEFAULT_CACHE;
    while (isspace((unsigned char)*end))
        end++;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strncmp(end, units[i].name, strlen(units[i].name)) == 0)
            return number > SIZE_MAX >> units[i].shift ? DEFAULT_CACHE
                                                       : (size_t)number << units[i].shift;
    return (size_t)number;
}

size_t
vol_sparse_cache_of(void *library, enum slot slot, const int64_t *words)
{
    herr_t (*get_info)(hid_t, void **) = NULL;
    herr_t (*release)(void *)          = NULL;
    hid_t (*take_stack)(void)          = NULL;
    herr_t (*restore_stack)(hid_t)     = NULL;
    void  *info                        = NULL;
    size_t cache                       = DEFAULT_CACHE;
    hid_t  list                        = access_list(slot, words);
    *(void **)&get_info                = dlsym(library, "H5Pget_vol_info");
    *(void **)&release                 = dlsym(library, "H5free_memory");
    *(void **)&take_stack              = dlsym(library, "H5Eget_current_stack");
    *(void **)&restore_stack           = dlsym(library, "H5Eset_current_stack");
    if (list == H5P_DEFAULT || get_info == NULL || release == NULL || take_stack == NULL ||
        restore_stack == NULL)
        return cache;
    /* Whether a file is accessible is asked after a failure, which the program has yet to see. */
    hid_t stack = take_stack();
    if (get_info(list, &info) >= 0 && info != NULL) {
        const char *value = value_of(info, "cache");
        if (value != NULL)
            cache = bytes(value);
        release(info);
    }
    if (stack >= 0)
        restore_stack(stack);
    return cache;
}
