#include "objects.h"

#include "symbol.h"

#include <stddef.h>

/* A handle is the place of the object, counted from 1, with the uses of that place above it. */
#define PLACE_BITS 32

/* Of what is answered here. */
#define MAXIMUM_WORDS 6

static struct object *
find(const struct objects *objects, int64_t handle)
{
    int64_t        place  = (handle & ((INT64_C(1) << PLACE_BITS) - 1)) - 1;
    struct object *object = NULL;
    if (handle > 0 && place >= 0 && place < objects->capacity)
        object = (struct object *)(intptr_t)objects->rows + place;
    return object != NULL && object->handle == handle ? object : NULL;
}

static void
release(struct object *object)
{
    object->handle = ~object->handle;
}

/* Calls the function of the connector below, with its object in place of ours. Its parameters and
 * its result travel in words, whatever their widths; it does not look at more than it has. */
static int64_t
call_below(void *library, const struct callback *callback, const struct object *object,
           const int64_t *words)
{
    int64_t (*call)(int64_t, int64_t, int64_t, int64_t, int64_t, int64_t) = NULL;
    int64_t all[MAXIMUM_WORDS]                                            = {object->under};
    int     count                                                         = 1;
    *(void **)&call = vol_sparse_symbol(library, callback->below);
    for (int i = 1; i <= callback->words && count < MAXIMUM_WORDS; i++) {
        if (i == callback->connector_at)
            all[count++] = object->connector;
        if (i < callback->words)
            all[count++] = words[i];
    }
    return call == NULL ? callback->failure : call(all[0], all[1], all[2], all[3], all[4], all[5]);
}

bool
vol_sparse_answer_for_inherited(void *library, const struct objects *objects, enum slot slot,
                                const int64_t *words, int64_t *result)
{
    static const struct callback unwrap = {
        .below = "H5VLunwrap_object", .connector_at = 1, .words = 1};
    const struct callback *callback = &vol_sparse_callbacks[slot];
    struct object         *object   = callback->words == 0 ? NULL : find(objects, words[0]);
    *result                         = 0;
    if (slot == SLOT_WRAP_GET_WRAP_CTX && object != NULL) {
        /* The object tells as much as any context; the sign says that it stays. */
        *(int64_t *)(intptr_t)words[1] = INT64_MIN | words[0];
        return true;
    }
    if (slot == SLOT_WRAP_UNWRAP_OBJECT) {
        *result = object == NULL ? words[0] : call_below(library, &unwrap, object, words);
        if (object != NULL && *result != 0)
            release(object);
        return true;
    }
    if (callback->no_java && object != NULL) {
        *result = call_below(library, callback, object, words);
        if (callback->releases && (int)*result >= 0)
            release(object);
        return true;
    }
    return callback->releases;
}
