/*
 * What C knows of each callback. A slot is the number under which Java knows it: the Java enum
 * io.github.volsparse.vol.Slot is made of the same table.
 */
#ifndef VOL_SPARSE_CALLBACKS_H
#define VOL_SPARSE_CALLBACKS_H

#include "slots.h"

#include <stdbool.h>
#include <stdint.h>

struct callback {
    int64_t failure;  /* what it returns when it fails */
    bool    releases; /* whether it only lets go of something */
    bool    looks_up; /* whether it calls nothing that fails as a matter of course */

    /* The words with the access list of the file that it is about to open, or with the arguments
     * that may name one; negative if there are none. */
    int access_list_at, access_args_at;

    /* The public function that calls the same callback of the connector below, where among its
     * words the connector's identifier stands, and how many words the callback has. NULL if there
     * is no such function. */
    const char *below;
    int         connector_at, words;
    bool        no_java; /* whether it alone is the answer while a child of fork() has no JVM */
};

extern const struct callback vol_sparse_callbacks[SLOT_COUNT];

#endif
