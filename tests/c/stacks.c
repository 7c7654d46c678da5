/*
 * What programs do with stacks, while they use HDF5. Each part prints, line by line, "ok" or what
 * HDF5 said:
 *
 * first KIB       a thread of a stack of that size uses HDF5 before any other does
 * later KIB       the same after the main thread has
 * near KIB        a thread, and the main thread, use HDF5 with less and less of their stack left,
 * down to that coroutine KIB   stacks that the program has made itself, above and below those of
 * its threads
 */
#define _GNU_SOURCE
#include "hdf5.h"

#include <alloca.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

/* What of a stack goes before the callbacks come: the program's own functions, and HDF5's. */
#define STEP 4096

static unsigned short frame[64][64], seen[64][64];
static char           said[512];

static herr_t
take(unsigned number, const H5E_error2_t *entry, void *data)
{
    (void)data;
    if (number == 0 || strstr(entry->desc, "vol-sparse") != NULL)
        snprintf(said, sizeof(said), "%s", entry->desc);
    return 0;
}

static void
tell(const char *when, int worked)
{
    snprintf(said, sizeof(said), "ok");
    if (!worked)
        H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take, NULL);
    printf("%s: %s\n", when, said);
    fflush(stdout);
}

/* A file is made, written, closed, opened and read. What was opened is closed, or at least tried to
 * be. */
static int
use_hdf5(const char *name)
{
    hsize_t extent[3] = {4, 64, 64}, one[3] = {1, 64, 64}, start[3] = {0, 0, 0};
    int     worked = 0;
    hid_t   file   = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    if (file < 0)
        return 0;
    hid_t space = H5Screate_simple(3, extent, NULL), memory = H5Screate_simple(3, one, NULL);
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 3, one);
    hid_t dset = H5Dcreate2(file, "frames", H5T_STD_U16LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    memset(frame, 0, sizeof(frame));
    frame[3][5] = 7;
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, one, NULL);
    if (dset >= 0 && H5Dwrite(dset, H5T_NATIVE_USHORT, memory, space, H5P_DEFAULT, frame) >= 0 &&
        H5Dclose(dset) >= 0 && H5Fclose(file) >= 0 &&
        (file = H5Fopen(name, H5F_ACC_RDONLY, H5P_DEFAULT)) >= 0 &&
        (dset = H5Dopen2(file, "frames", H5P_DEFAULT)) >= 0 &&
        H5Dread(dset, H5T_NATIVE_USHORT, memory, space, H5P_DEFAULT, seen) >= 0)
        worked = memcmp(frame, seen, sizeof(frame)) == 0;
    H5E_BEGIN_TRY
    {
        hid_t stack = H5Eget_current_stack();
        H5Dclose(dset), H5Fclose(file);
        H5Eset_current_stack(stack);
    }
    H5E_END_TRY
    return worked;
}

static void *
use_in_thread(void *name)
{
    tell(name, use_hdf5(name));
    return NULL;
}

static void
in_thread(void *(*work)(void *), void *data, size_t kib)
{
    pthread_attr_t attributes;
    pthread_t      thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kib * 1024);
    if (pthread_create(&thread, &attributes, work, data) != 0)
        exit(2);
    pthread_join(thread, NULL);
}

/* ---- near the end of a stack */

static size_t least;
static hid_t  dset, file_space, memory_space;

static size_t
left(void)
{
    pthread_attr_t attributes;
    void          *lowest;
    size_t         size;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &lowest, &size);
    pthread_attr_destroy(&attributes);
    return (size_t)((char *)__builtin_frame_address(0) - (char *)lowest);
}

static int
read_frame(void)
{
    memset(seen, 1, sizeof(seen));
    return H5Dread(dset, H5T_NATIVE_USHORT, memory_space, file_space, H5P_DEFAULT, seen) >= 0 &&
           memcmp(frame, seen, sizeof(frame)) == 0;
}

static __attribute__((noinline)) void
read_with(size_t bytes)
{
    volatile char *taken = alloca(left() - bytes);
    char           when[32];
    taken[0] = 1;
    snprintf(when, sizeof(when), "%d KiB", (int)(bytes / 1024));
    tell(when, read_frame());
}

static void *
read_nearer_and_nearer(void *unused)
{
    for (size_t bytes = (size_t)160 * 1024; bytes >= least; bytes -= STEP) {
        read_with(bytes);
        tell("again", read_frame());
    }
    return unused;
}

static __attribute__((noinline)) void *
use_with_little(void *bytes)
{
    H5Fopen("nothing", H5F_ACC_RDONLY, H5P_DEFAULT);
    volatile char *taken = alloca(left() - *(size_t *)bytes);
    taken[0]             = 1;
    tell("thread", use_hdf5("thread"));
    return NULL;
}

static void
near(void)
{
    hsize_t one[3] = {1, 64, 64}, start[3] = {0, 0, 0};
    use_hdf5("near.h5");
    hid_t file   = H5Fopen("near.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
    dset         = H5Dopen2(file, "frames", H5P_DEFAULT);
    file_space   = H5Dget_space(dset);
    memory_space = H5Screate_simple(3, one, NULL);
    H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, one, NULL);
    in_thread(read_nearer_and_nearer, NULL, 512);
    read_nearer_and_nearer(NULL);
    H5Sclose(memory_space), H5Sclose(file_space), H5Dclose(dset), H5Fclose(file);
}

/* ---- stacks of the program's own */

static ucontext_t main_context;
static char       name_of_coroutine[32];

static void
use_in_coroutine(void)
{
    tell(name_of_coroutine, use_hdf5(name_of_coroutine));
}

static void
in_coroutine(const char *where, void *memory, size_t bytes)
{
    ucontext_t context;
    snprintf(name_of_coroutine, sizeof(name_of_coroutine), "%s", where);
    getcontext(&context);
    context.uc_stack.ss_sp   = memory;
    context.uc_stack.ss_size = bytes;
    context.uc_link          = &main_context;
    makecontext(&context, use_in_coroutine, 0);
    swapcontext(&main_context, &context);
}

struct place {
    char  *low, *high;
    size_t bytes;
};

static void *
use_coroutines(void *data)
{
    struct place *place = data;
    in_coroutine("above", place->high, place->bytes);
    in_coroutine("below", place->low, place->bytes);
    tell("thread", use_hdf5("thread"));
    in_coroutine("below", place->low, place->bytes);
    return NULL;
}

int
main(int count, char **words)
{
    if (count < 3)
        return 2;
    size_t kib = strtoul(words[2], NULL, 10);
    least      = kib * 1024;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    if (strcmp(words[1], "near") == 0)
        near();
    if (strcmp(words[1], "later") == 0)
        tell("main", use_hdf5("main"));
    if (strcmp(words[1], "first") == 0 || strcmp(words[1], "later") == 0)
        in_thread(use_in_thread, "thread", kib);
    if (strcmp(words[1], "cold") == 0) {
        least = kib;
        in_thread(use_with_little, &least, 512);
    }
    if (strcmp(words[1], "coroutine") == 0) {
        /* The thread's stack lies in the middle of three equal pieces. */
        struct place   place = {.bytes = kib * 1024};
        char          *all   = mmap(NULL, 3 * place.bytes, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        pthread_attr_t attributes;
        pthread_t      thread;
        place.low = all, place.high = all + 2 * place.bytes;
        pthread_attr_init(&attributes);
        pthread_attr_setstack(&attributes, all + place.bytes, place.bytes);
        pthread_create(&thread, &attributes, use_coroutines, &place);
        pthread_join(thread, NULL);
    }
    tell("main", use_hdf5("main"));
    return 0;
}
