#include "worlds.h"

#include "aside.h"
#include "driver.h"
#include "hdf5_error.h"
#include "installation.h"
#include "jvm.h"
#include "objects.h"
#include "options.h"
#include "python.h"
#include "signals.h"
#include "symbol.h"
#include "trampolines.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAXIMUM_WORLDS 16

/* The first parameter of Entry.call is the slot, with the number of words above these bits. */
#define SLOT_BITS 8

/* What Entry.call returns if it failed: with an entry on the error stack, or without one. */
#define FAILED          INT64_C(-0x75a0c38e2f6419be)
#define FAILED_SILENTLY INT64_C(-0x75a0c38e2f6419bd)

/* The last of the actions a JVM takes, one after the other, when it ends; the program's shutdown
 * hooks come earlier, all at once. */
#define LAST_ACTION_OF_JVM 9

/* How long the end of a JVM waits for a thread that is inside HDF5. */
#define PATIENCE_MS     5000

#define BOOTSTRAP_CLASS "java/lang/VolSparseBootstrap"
static const unsigned char bootstrap_class[] = {
#include "bootstrap.inc"
};

/* Of a world that is not open yet. */
#define NO_GENERATION (-1)

struct world {
    uintptr_t low, high; /* the addresses the libhdf5 is mapped at */
    void     *library;   /* its handle */
    int64_t (*call)(int32_t slot_and_count, const int64_t *words); /* Entry.call in Java */

    struct printing printing; /* how the libhdf5 prints errors */

    int            generation; /* of the JVM that entry and call belong to */
    size_t         cache;      /* bytes, as the file that was opened first says */
    struct objects objects;    /* what the libhdf5 holds */
    struct driver  driver;     /* which the native connector's files are opened with */

    _Atomic int  inside; /* callbacks that are running */
    _Atomic bool ended;  /* whether Java is out of reach, because the JVM ends */
};

static struct world    worlds[MAXIMUM_WORLDS];
static _Atomic int     world_count;
static pthread_mutex_t opening_lock   = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t  watching_forks = PTHREAD_ONCE_INIT;

static void watch_forks(void);

/* The callbacks in one another that are running on this thread. */
static _Thread_local int depth;

/* Whether there is one, answered by Java or here. */
static _Thread_local int nested;

/* Of the outermost of them: its number, and whether it only lets go of something. */
static _Thread_local int64_t call_number;
static _Thread_local bool    is_releasing = true;
static _Atomic int64_t       last_call_number;

/* ---- what Java calls (class io.github.volsparse.hdf5.Native) ---- */

/*
 * Calls a function of HDF5 that takes more words than travel in registers. One that takes fewer
 * than twelve does not look at the others.
 */
static int64_t
call_of_words(intptr_t function, const int64_t *a)
{
    typedef int64_t W;
    union {
        intptr_t address;
        W (*call)(W, W, W, W, W, W, W, W, W, W, W, W);
    } f = {.address = function};
    return f.call(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11]);
}

/* Calls a function of the C library that returns -1 and an error number when it fails; returns that
 * number's complement then. */
static int64_t
call_of_system(intptr_t function, const int64_t *a)
{
    int64_t result = call_of_words(function, a);
    return result == -1 || (int32_t)result == -1 ? ~(int64_t)errno : result;
}

/* The address of a function of the C library: the one that the program itself would call. */
static void *
c_symbol(const char *name)
{
    return dlsym(RTLD_DEFAULT, name);
}

/* Pushes an entry on the calling thread's error stack; without a library, it does all but that. */
static void
push_error(void *library, const char *function, const char *major, const char *minor,
           const char *message)
{
    if (library != NULL)
        vol_sparse_push_error(library, function, major, minor, message);
}

/*
 * Closes a libhdf5 before the JVM of a Java program ends. HDF5 does so itself when the process
 * ends, but by then Java is out of reach, and what only Java knows would be lost. Where a thread
 * stays inside HDF5, closing it would crash.
 */
static void
end(const void *library)
{
    for (int i = 0; i < atomic_load(&world_count); i++) {
        struct world *world     = &worlds[i];
        herr_t (*close)(void)   = NULL;
        struct timespec instant = {.tv_nsec = 1000000};
        if (world->library != library)
            continue;
        for (int ms = 0; atomic_load(&world->inside) > 0 && ms < PATIENCE_MS; ms++)
            nanosleep(&instant, NULL);
        *(void **)&close = dlsym(world->library, "H5close");
        if (atomic_load(&world->inside) > 0)
            fprintf(stderr, "vol-sparse: a thread is inside HDF5 while the JVM ends; data that "
                            "HDF5 has not written are lost\n");
        else if (close != NULL)
            close();
        atomic_store(&world->ended, true);
    }
}

/* What Java gets, and gives, when a world opens: words, in the order of the enum Entry.Given. */
struct given {
    int64_t             count;  /* of the words that follow */
    int64_t             digest; /* of the table of callbacks */
    const char         *library_path;
    void               *library;
    const H5VL_class_t *connector_class;
    const H5Z_class2_t *filter_class;
    int (*chunk_iteration)(const hsize_t *, unsigned, haddr_t, hsize_t, void *);
    struct objects *objects;
    struct driver  *driver;
    const H5FD_class_t *(*driver_class)(const H5FD_class_t *);
    int64_t (*driver_below)(struct driver_words *, int64_t, int64_t, int64_t, void *);
    int64_t (*call_of_words)(intptr_t, const int64_t *);
    void *(*symbol)(void *, const char *);
    void (*last_error)(void *, char *, size_t);
    void (*push_error)(void *, const char *, const char *, const char *, const char *);
    void (*explain_error)(void *, const char *, const char *);
    void (*end)(const void *);
    void (*clear_stack)(void);
    int64_t (*call_of_system)(intptr_t, const int64_t *);
    void *(*c_symbol)(const char *);
    int64_t (*call)(int32_t slot_and_count, const int64_t *words); /* which Java sets */
};

/* ---- opening a world ---- */

struct mapping {
    uintptr_t inside;
    uintptr_t low, high;
};

/* Finds the range of the object that holds an address; called for each object of the process. */
static int
find_mapping(struct dl_phdr_info *object, size_t size, void *data)
{
    struct mapping *mapping = data;
    uintptr_t       low = UINTPTR_MAX, high = 0;
    (void)size;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        if (object->dlpi_phdr[i].p_type != PT_LOAD)
            continue;
        uintptr_t start = object->dlpi_addr + object->dlpi_phdr[i].p_vaddr;
        uintptr_t end   = start + object->dlpi_phdr[i].p_memsz;
        low             = start < low ? start : low;
        high            = end > high ? end : high;
    }
    if (mapping->inside < low || mapping->inside >= high)
        return 0;
    mapping->low  = low;
    mapping->high = high;
    return 1;
}

/* A world that is being opened. */
struct opening {
    struct world *world;
    const char   *library_path;
    bool          is_first; /* in its JVM */
    bool          is_open;
    char          error[4096]; /* why it is not */
};

/* Loads the classes of a world and hands them the library; false, and the reason in error, if that
 * fails. */
static bool
open_classes(JNIEnv *env, struct opening *opening)
{
    struct world *world = opening->world;
    struct given  given = {
        .count           = sizeof(given) / sizeof(int64_t) - 1,
        .digest          = VOL_SPARSE_CALLBACKS_DIGEST,
        .library_path    = opening->library_path,
        .library         = world->library,
        .connector_class = &vol_sparse_class,
        .filter_class    = &vol_sparse_filter,
        .chunk_iteration = vol_sparse_chunk_iteration,
        .objects         = &world->objects,
        .driver          = &world->driver,
        .driver_class    = vol_sparse_driver_class,
        .driver_below    = vol_sparse_driver_below,
        .call_of_words   = call_of_words,
        .symbol          = vol_sparse_symbol,
        .last_error      = vol_sparse_last_error,
        .push_error      = push_error,
        .explain_error   = vol_sparse_explain_error,
        .end             = end,
        .clear_stack     = vol_sparse_clear_stack,
        .call_of_system  = call_of_system,
        .c_symbol        = c_symbol,
    };
    /* The first world of a JVM of our own has the JVM's own classes to itself: they come from the
     * archive the JVM maps at its start. */
    bool  shares = opening->is_first && vol_sparse_jvm_has_classes();
    char *jars   = shares ? NULL : vol_sparse_jars(opening->error, sizeof(opening->error));
    if (!shares && jars == NULL)
        return false;

    /* What Java says. The class may be there already, for another plugin or world. */
    jint    place  = vol_sparse_jvm_is_started() ? -1 : LAST_ACTION_OF_JVM - (jint)(world - worlds);
    jstring urls   = jars == NULL ? NULL : (*env)->NewStringUTF(env, jars);
    jstring reason = NULL;
    jclass bootstrap = (*env)->DefineClass(env, BOOTSTRAP_CLASS, NULL,
                                           (const jbyte *)bootstrap_class, sizeof(bootstrap_class));
    free(jars);
    if (bootstrap == NULL) {
        (*env)->ExceptionClear(env);
        bootstrap = (*env)->FindClass(env, BOOTSTRAP_CLASS);
    }
    jmethodID open = bootstrap == NULL
                         ? NULL
                         : (*env)->GetStaticMethodID(env, bootstrap, "open",
                                                     "(Ljava/lang/String;JI)Ljava/lang/String;");
    if (open != NULL && (shares || urls != NULL))
        reason = (*env)->CallStaticObjectMethod(env, bootstrap, open, urls, (jlong)(intptr_t)&given,
                                                place);
    const char *text = reason == NULL ? NULL : (*env)->GetStringUTFChars(env, reason, NULL);
    if (text != NULL) {
        snprintf(opening->error, sizeof(opening->error), "%s", text);
        (*env)->ReleaseStringUTFChars(env, reason, text);
    } else if (given.call == NULL) {
        snprintf(opening->error, sizeof(opening->error), "vol-sparse is out of memory");
    }
    (*env)->ExceptionClear(env);
    world->call = given.call;
    return world->call != NULL;
}

static struct world *
find_world(uintptr_t caller)
{
    int count = atomic_load_explicit(&world_count, memory_order_acquire);
    for (int i = 0; i < count; i++)
        if (caller >= worlds[i].low && caller < worlds[i].high)
            return &worlds[i];
    return NULL;
}

/* The handle of the object of this path; the program itself has no path that dlopen takes. */
static void *
library_handle(const char *path)
{
    void *handle = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
    return handle != NULL ? handle : dlopen(NULL, RTLD_LAZY);
}

/* Opens a world, with a JVM if there is none yet; in work aside from the host's threads. */
static void
open_world(void *data)
{
    struct opening *opening = data;
    JNIEnv *env = vol_sparse_jvm(opening->world->cache, opening->error, sizeof(opening->error));
    if (env == NULL)
        return;
    if ((*env)->PushLocalFrame(env, 16) == JNI_OK) {
        opening->is_open = open_classes(env, opening);
        (*env)->PopLocalFrame(env, NULL);
    } else {
        (*env)->ExceptionClear(env);
        snprintf(opening->error, sizeof(opening->error), "vol-sparse is out of memory");
    }
}

/*
 * Opens a world, in work aside; under the lock. Returns NULL, or the reason why it cannot be, which
 * is in memory of the caller's or stays.
 */
static const char *
open_aside(struct world *world, char *error, size_t size)
{
    Dl_info         info;
    const char     *refusal = vol_sparse_jvm_refusal(depth > 0);
    struct opening *opening = refusal == NULL ? calloc(1, sizeof(*opening)) : NULL;
    if (refusal != NULL)
        return refusal;
    if (opening == NULL || dladdr((void *)world->low, &info) == 0) {
        free(opening);
        return "vol-sparse is out of memory";
    }
    opening->world        = world;
    opening->library_path = info.dli_fname;
    opening->is_first     = true;
    for (int i = 0; i < atomic_load(&world_count); i++)
        if (worlds[i].generation == vol_sparse_jvm_generation())
            opening->is_first = false;
    switch (vol_sparse_aside(open_world, opening)) {
        case ASIDE_LEFT: /* a thread that was left behind may still use what it was given */
            vol_sparse_jvm_left(error, size);
            return error;
        case ASIDE_NO_THREAD:
            free(opening);
            return "vol-sparse cannot start a thread: the limit of threads (ulimit -u) or of "
                   "address space (ulimit -v) is reached";
        default:
            break;
    }
    bool is_open = opening->is_open;
    snprintf(error, size, "%s", opening->error);
    free(opening);
    if (is_open)
        world->generation = vol_sparse_jvm_generation();
    return is_open ? NULL : error;
}

static void
push_opening_error(const struct world *world, const char *error)
{
    vol_sparse_push_error(world->library, "vol_sparse_open", "H5E_VOL", "H5E_CANTINIT", error);
}

/* The world of the libhdf5 at this address, opened now; NULL, and an error pushed, if it cannot be.
 */
static struct world *
new_world(void *caller, enum slot slot, const int64_t *words)
{
    static const char no_caller[] = "vol-sparse cannot tell which libhdf5 called it";
    struct mapping    mapping     = {.inside = (uintptr_t)caller};
    Dl_info           info;
    if (dladdr(caller, &info) == 0 || dl_iterate_phdr(find_mapping, &mapping) == 0) {
        fprintf(stderr, "%s\n", no_caller);
        return NULL;
    }

    char         said[4096] = "";
    const char  *error      = NULL;
    void        *library    = library_handle(info.dli_fname);
    struct world made       = {
        .low        = mapping.low,
        .high       = mapping.high,
        .library    = library,
        .printing   = vol_sparse_printing(library, mapping.low, mapping.high),
        .generation = NO_GENERATION,
        .driver     = {.info_of = (intptr_t)vol_sparse_symbol(library, "H5Pget_driver_info")},
        .cache      = vol_sparse_cache_of(library, slot, words)};
    pthread_once(&watching_forks, watch_forks);
    pthread_mutex_lock(&opening_lock);
    int           count = atomic_load(&world_count);
    struct world *world = find_world((uintptr_t)caller);
    if (world == NULL && count == MAXIMUM_WORLDS) {
        error = "vol-sparse supports at most 16 copies of libhdf5 in one process";
    } else if (world == NULL) {
        worlds[count] = made;
        error         = open_aside(&worlds[count], said, sizeof(said));
        if (error == NULL) {
            world = &worlds[count];
            atomic_store_explicit(&world_count, count + 1, memory_order_release);
        }
    }
    pthread_mutex_unlock(&opening_lock);
    if (world == NULL)
        push_opening_error(&made, error);
    return world;
}

/* Opens a world again, in a child of fork() whose parent opened it; false, and an error pushed, if
 * it cannot be. */
static bool
reopen_world(struct world *world)
{
    char        said[4096] = "";
    const char *error      = NULL;
    pthread_mutex_lock(&opening_lock);
    if (world->generation != vol_sparse_jvm_generation())
        error = open_aside(world, said, sizeof(said));
    pthread_mutex_unlock(&opening_lock);
    if (error != NULL)
        push_opening_error(world, error);
    return error == NULL;
}

const struct driver *
vol_sparse_driver_of(void *caller)
{
    const struct world *world = find_world((uintptr_t)caller);
    return world == NULL || world->driver.below == 0 ? NULL : &world->driver;
}

void
vol_sparse_driver_error(void *caller, const char *message)
{
    const struct world *world = find_world((uintptr_t)caller);
    if (world != NULL)
        vol_sparse_push_error(world->library, "vol_sparse_driver", "H5E_VFL", "H5E_CANTOPERATE",
                              message);
}

int64_t
vol_sparse_call_number(void)
{
    return call_number;
}

bool
vol_sparse_is_releasing(void)
{
    return is_releasing;
}

/* Does vol_sparse_upcall's work. */
static int64_t
upcall(void *caller, enum slot slot, const int64_t *words, int count)
{
    const struct callback *callback = &vol_sparse_callbacks[slot];
    struct world          *world    = find_world((uintptr_t)caller);
    if (world != NULL && world->generation != vol_sparse_jvm_generation()) {
        int64_t result;
        if (vol_sparse_answer_for_inherited(world->library, &world->objects, slot, words, &result))
            return result;
        if (!reopen_world(world))
            return callback->failure;
    }
    if (world != NULL && atomic_load(&world->ended)) {
        if (callback->releases)
            return 0;
        vol_sparse_push_error(world->library, "vol_sparse_upcall", "H5E_VOL", "H5E_CANTOPERATE",
                              "vol-sparse cannot work any longer: the JVM is ending");
        return callback->failure;
    }
    if (world == NULL && slot == SLOT_TERMINATE)
        return 0; /* nothing was ever opened: no reason to start a JVM */
    /* h5debug calls H5VL_object, a function inside the library that jumps to this callback as its
     * last act: the callback returns right into the program. */
    if (world == NULL && slot == SLOT_WRAP_GET_OBJECT && atomic_load(&world_count) == 1)
        world = &worlds[0];
    if (world == NULL && (world = new_world(caller, slot, words)) == NULL)
        return callback->failure;

    const char *refusal = vol_sparse_jvm_enter(depth > 0);
    if (refusal != NULL) {
        vol_sparse_push_error(world->library, "vol_sparse_upcall", "H5E_VOL", "H5E_CANTOPERATE",
                              refusal);
        return callback->failure;
    }
    vol_sparse_signals_keep();
    atomic_fetch_add(&world->inside, 1);
    struct printer printer;
    if (!callback->looks_up)
        vol_sparse_stop_printing(&world->printing, &printer);
    int outer      = depth;
    depth          = outer + 1;
    int64_t result = world->call((int32_t)slot | count << SLOT_BITS, words);
    depth          = outer;
    if (result == FAILED_SILENTLY)
        vol_sparse_push_error(world->library, "vol_sparse_upcall", "H5E_VOL", "H5E_CANTOPERATE",
                              "vol-sparse has too little stack or memory left to continue, or to "
                              "describe the failure");
    if (result == FAILED || result == FAILED_SILENTLY)
        result = callback->failure;
    if (!callback->looks_up)
        vol_sparse_resume_printing(&printer);
    atomic_fetch_sub(&world->inside, 1);
    return result;
}

int64_t
vol_sparse_upcall(void *caller, enum slot slot, const int64_t *words, int count)
{
    if (nested > 0)
        return upcall(caller, slot, words, count);
    call_number    = atomic_fetch_add(&last_call_number, 1) + 1;
    is_releasing   = vol_sparse_callbacks[slot].releases;
    nested         = 1;
    int64_t result = upcall(caller, slot, words, count);
    nested         = 0;
    is_releasing   = true;
    return result;
}

/* ---- forks ---- */

/*
 * Has Java write what it holds of sparse datasets, if that is safe, so that a child finds it in the
 * files. No other thread may be inside the libhdf5, which need not be safe for threads. It is not
 * if it could only be by h5py, whose lock this thread holds; or if no other thread that lives has
 * ever come to the connector.
 */
static void
write_before_fork(struct world *world)
{
    static const int64_t no_words[1];
    if ((world->objects.dirty == 0 && world->driver.held == 0) ||
        world->generation != vol_sparse_jvm_generation() || atomic_load(&world->ended))
        return;
    enum h5py_lock lock = vol_sparse_take_h5py_lock(world->library);
    if (atomic_load(&world->inside) == 0 &&
        (lock == H5PY_LOCK_HELD || (lock == H5PY_LOCK_NONE && !vol_sparse_jvm_has_other_users())))
        vol_sparse_upcall((void *)world->low, SLOT_BEFORE_FORK, no_words, 0);
    if (lock == H5PY_LOCK_HELD)
        vol_sparse_give_h5py_lock();
}

/* Nothing is being opened while the process forks: the child would wait for it for ever. */
static void
before_fork(void)
{
    for (int i = 0; i < atomic_load(&world_count); i++)
        write_before_fork(&worlds[i]);
    pthread_mutex_lock(&opening_lock);
}

static void
after_fork_in_parent(void)
{
    pthread_mutex_unlock(&opening_lock);
}

static void
after_fork_in_child(void)
{
    pthread_mutex_unlock(&opening_lock);
    vol_sparse_jvm_after_fork();
    for (int i = 0; i < atomic_load(&world_count); i++) {
        atomic_store(&worlds[i].inside, 0);
        worlds[i].driver.changes = 0;
    }
}

static void
watch_forks(void)
{
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}
