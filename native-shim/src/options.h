/*
 * What the plugin has to know of the connector's options before there is a JVM to read them.
 */
#ifndef VOL_SPARSE_OPTIONS_H
#define VOL_SPARSE_OPTIONS_H

#include "callbacks.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The bytes that the cache of chunks may take, by the option cache= of the file that a callback is
 * about to open; the default if the callback is another, or the option is not given or is wrong,
 * which Java will say.
 *
 * library  handle of the libhdf5 that calls
 * words    the callback's arguments
 */
size_t vol_sparse_cache_of(void *library, enum slot slot, const int64_t *words);

#endif
