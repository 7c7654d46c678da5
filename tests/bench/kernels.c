/*
 * The works of the benchmark through HDF5's C interface: an ordinary program, which knows nothing
 * of how its dataset is stored.
 *
 *     kernels CALLS ELEMENTS FILE write|read STEP SECONDS RUNS SECONDS
 *
 * CALLS holds 64-bit integers: bytes of an element, whether the layout is contiguous, the rank, the
 * shape, the chunk's shape, the number of calls, and for each call its number of blocks, with start
 * and count of each. ELEMENTS holds the elements of all calls; in memory those of a single block
 * have its shape. It is run once; then in steps of so many seconds, until two do not make it faster,
 * so many seconds at most; and then for so many runs or seconds, whichever comes first, three times
 * at least: these count. A line of JSON for each run: seconds on the wall and of the processor, and
 * whether it counts. Reads are compared with ELEMENTS, which takes no time here.
 */
#include <hdf5.h>

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CACHE_BYTES ((size_t)64 << 20)
#define CHECK(call) check((int64_t)(call), #call)

struct call {
    hid_t  file_space;
    hid_t  memory_space;
    size_t bytes;
};

struct work {
    size_t       element_bytes;
    int          contiguous;
    int          rank;
    hsize_t      shape[H5S_MAX_RANK];
    hsize_t      chunk[H5S_MAX_RANK];
    size_t       number_of_calls;
    struct call *calls;
    char        *elements;
};

struct times {
    double wall;
    double cpu;
};

static int64_t
check(int64_t result, const char *call)
{
    if (result < 0) {
        fprintf(stderr, "failed: %s\n", call);
        exit(1);
    }
    return result;
}

static double
seconds(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void
start(struct times *times)
{
    times->wall -= seconds(CLOCK_MONOTONIC);
    times->cpu -= seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static void
stop(struct times *times)
{
    times->cpu += seconds(CLOCK_PROCESS_CPUTIME_ID);
    times->wall += seconds(CLOCK_MONOTONIC);
}

static void *
contents(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *bytes;
    long  size;

    if (!file || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) {
        perror(path);
        exit(1);
    }
    rewind(file);
    bytes = malloc((size_t)size + 1);
    if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
        perror(path);
        exit(1);
    }
    fclose(file);
    return bytes;
}

static void
read_work(struct work *work, const char *calls, const char *elements)
{
    int64_t *words = contents(calls);
    int64_t *word  = words;

    work->element_bytes = (size_t)*word++;
    work->contiguous    = (int)*word++;
    work->rank          = (int)*word++;
    for (int d = 0; d < work->rank; d++)
        work->shape[d] = (hsize_t)*word++;
    for (int d = 0; d < work->rank; d++)
        work->chunk[d] = (hsize_t)*word++;
    work->number_of_calls = (size_t)*word++;
    work->calls           = calloc(work->number_of_calls + 1, sizeof *work->calls);
    work->elements        = contents(elements);
    if (!work->calls)
        exit(1);
    for (size_t i = 0; i < work->number_of_calls; i++) {
        struct call *call   = &work->calls[i];
        int64_t      blocks = *word++;
        int64_t      single = blocks == 1;
        hsize_t      count;

        call->file_space = CHECK(H5Screate_simple(work->rank, work->shape, NULL));
        CHECK(H5Sselect_none(call->file_space));
        for (; blocks > 0; blocks--) {
            CHECK(H5Sselect_hyperslab(call->file_space, single ? H5S_SELECT_SET : H5S_SELECT_OR,
                                      (const hsize_t *)word, NULL,
                                      (const hsize_t *)word + work->rank, NULL));
            word += 2 * work->rank;
        }
        count = (hsize_t)CHECK(H5Sget_select_npoints(call->file_space));
        call->memory_space =
            single ? CHECK(H5Screate_simple(work->rank, (const hsize_t *)word - work->rank, NULL))
                   : CHECK(H5Screate_simple(1, &count, NULL));
        call->bytes = (size_t)count * work->element_bytes;
    }
    free(words);
}

static hid_t
type(const struct work *work)
{
    switch (work->element_bytes) {
        case 1:
            return H5T_NATIVE_UINT8;
        case 2:
            return H5T_NATIVE_UINT16;
        default:
            return H5T_NATIVE_UINT32;
    }
}

static hid_t
file_access(void)
{
    hid_t  access = CHECK(H5Pcreate(H5P_FILE_ACCESS));
    int    elements;
    size_t slots, bytes;
    double preemption;

    CHECK(H5Pget_cache(access, &elements, &slots, &bytes, &preemption));
    CHECK(H5Pset_cache(access, elements, slots, CACHE_BYTES, preemption));
    return access;
}

static void
write_file(const struct work *work, const char *path, struct times *times)
{
    const char *elements = work->elements;
    hid_t       access, file, creation, space, dataset;

    unlink(path);
    start(times);
    access   = file_access();
    file     = CHECK(H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access));
    creation = CHECK(H5Pcreate(H5P_DATASET_CREATE));
    if (!work->contiguous)
        CHECK(H5Pset_chunk(creation, work->rank, work->chunk));
    space = CHECK(H5Screate_simple(work->rank, work->shape, NULL));
    dataset =
        CHECK(H5Dcreate2(file, "data", type(work), space, H5P_DEFAULT, creation, H5P_DEFAULT));
    for (size_t i = 0; i < work->number_of_calls; i++) {
        const struct call *call = &work->calls[i];

        CHECK(H5Dwrite(dataset, type(work), call->memory_space, call->file_space, H5P_DEFAULT,
                       elements));
        elements += call->bytes;
    }
    CHECK(H5Dclose(dataset));
    CHECK(H5Sclose(space));
    CHECK(H5Pclose(creation));
    CHECK(H5Fclose(file));
    CHECK(H5Pclose(access));
    stop(times);
}

static void
read_file(const struct work *work, const char *path, struct times *times)
{
    const char *elements = work->elements;
    size_t      largest  = 1;
    char       *buffer;
    hid_t       access, file, dataset;

    for (size_t i = 0; i < work->number_of_calls; i++)
        largest = work->calls[i].bytes > largest ? work->calls[i].bytes : largest;
    buffer = malloc(largest);
    if (!buffer)
        exit(1);
    memset(buffer, 1, largest);
    start(times);
    access  = file_access();
    file    = CHECK(H5Fopen(path, H5F_ACC_RDONLY, access));
    dataset = CHECK(H5Dopen2(file, "data", H5P_DEFAULT));
    stop(times);
    for (size_t i = 0; i < work->number_of_calls; i++) {
        const struct call *call = &work->calls[i];

        start(times);
        CHECK(H5Dread(dataset, type(work), call->memory_space, call->file_space, H5P_DEFAULT,
                      buffer));
        stop(times);
        if (memcmp(buffer, elements, call->bytes) != 0) {
            fprintf(stderr, "call %zu read something else than was written\n", i);
            exit(1);
        }
        elements += call->bytes;
    }
    start(times);
    CHECK(H5Dclose(dataset));
    CHECK(H5Fclose(file));
    CHECK(H5Pclose(access));
    stop(times);
    free(buffer);
}

/* Returns the seconds of a run. */
static double
run(const struct work *work, const char *path, const char *operation, bool counts)
{
    struct times times = {0, 0};

    if (strcmp(operation, "write") == 0)
        write_file(work, path, &times);
    else
        read_file(work, path, &times);
    printf("[%.9f, %.9f, %s]\n", times.wall, times.cpu, counts ? "true" : "false");
    return times.wall;
}

/* Runs until it does not become faster any more, as warm_up of child.py. */
static void
warm_up(const struct work *work, const char *path, const char *operation, double step, double most)
{
    double begin = seconds(CLOCK_MONOTONIC);
    double best  = INFINITY;

    for (int in_vain = 0; in_vain < 2;) {
        double end     = seconds(CLOCK_MONOTONIC) + step;
        double fastest = INFINITY;

        do {
            double time = run(work, path, operation, false);

            fastest = time < fastest ? time : fastest;
        } while (seconds(CLOCK_MONOTONIC) < end);
        in_vain = fastest < best * (1 - 1.0 / 50) ? 0 : in_vain + 1;
        best    = fastest < best ? fastest : best;
        if (seconds(CLOCK_MONOTONIC) >= begin + most)
            return;
    }
}

static void
measure(const struct work *work, const char *path, const char *operation, long runs, double seconds)
{
    double spent = 0;

    for (long count = 0; count < 3 || (count < runs && spent < seconds); count++)
        spent += run(work, path, operation, true);
}

int
main(int argc, char **argv)
{
    struct work work;

    if (argc != 9) {
        fprintf(stderr, "usage: kernels CALLS ELEMENTS FILE write|read "
                        "STEP SECONDS RUNS SECONDS\n");
        return 2;
    }
    read_work(&work, argv[1], argv[2]);
    run(&work, argv[3], argv[4], false);
    warm_up(&work, argv[3], argv[4], strtod(argv[5], NULL), strtod(argv[6], NULL));
    measure(&work, argv[3], argv[4], strtol(argv[7], NULL, 10), strtod(argv[8], NULL));
    return 0;
}
