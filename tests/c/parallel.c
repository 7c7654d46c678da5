/*
 * A program of parallel HDF5, as its ranks write and read datasets together. It knows what every
 * element has to be, compares all that it reads, and prints a line for each of its parts: right,
 * refused (a call failed), wrong.
 *
 *   mpiexec -n 2 parallel [gzip] [checksum] [latest] [together] [early] [alone] PART...
 *
 *   gzip      deflate, with shuffle before it
 *   checksum  fletcher32
 *   latest    the newest file format
 *   together  metadata are read and written collectively
 *   early     storage is allocated early
 *   alone     a rank may read collectively while others do not come
 *
 * A part that takes longer than 30 seconds ends the program: a rank waits for another.
 */
#include "hdf5.h"
#include "vol_sparse.h"

#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAMES      12
#define ROWS        24
#define COLUMNS     20
#define PIXELS      (ROWS * COLUMNS)
#define HANGS_AFTER 30

static int  rank, ranks;
static int  gzip, checksum, latest, together, early, alone;
static long refused, wrong;

/* What the dataset in hand holds. */
static uint16_t expected[FRAMES][ROWS][COLUMNS];
static uint16_t fill;

/* ---- what is counted ---- */

static hid_t
try_id(hid_t id)
{
    refused += id < 0;
    return id;
}

static void
try_call(herr_t status)
{
    refused += status < 0;
}

/* ---- files and datasets ---- */

static hid_t
parallel_access(void)
{
    hid_t list = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_mpio(list, MPI_COMM_WORLD, MPI_INFO_NULL);
    if (latest)
        H5Pset_libver_bounds(list, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    if (together) {
        H5Pset_all_coll_metadata_ops(list, 1);
        H5Pset_coll_metadata_write(list, 1);
    }
    return list;
}

static hid_t
new_file(const char *name)
{
    hid_t access = parallel_access(), file = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    return try_id(file);
}

static hid_t
open_file(const char *name, unsigned flags)
{
    hid_t access = parallel_access(), file = H5Fopen(name, flags, access);
    H5Pclose(access);
    return try_id(file);
}

static hid_t
new_dataset_of(hid_t type, hid_t file, const char *name, hsize_t frames, hsize_t chunk_frames,
               hsize_t chunk_rows)
{
    hsize_t extent[] = {frames, ROWS, COLUMNS}, maximum[] = {H5S_UNLIMITED, ROWS, COLUMNS};
    hsize_t chunk[] = {chunk_frames, chunk_rows, COLUMNS};
    hid_t   list = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(3, extent, maximum);
    H5Pset_chunk(list, 3, chunk);
    if (gzip) {
        H5Pset_shuffle(list);
        H5Pset_deflate(list, 1);
    }
    if (checksum)
        H5Pset_fletcher32(list);
    if (early)
        H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY);
    if (H5Tget_class(type) == H5T_INTEGER && fill != 0)
        H5Pset_fill_value(list, H5T_NATIVE_UINT16, &fill);
    hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    H5Sclose(space);
    H5Pclose(list);
    return try_id(dataset);
}

static void
expect_fill(void)
{
    for (size_t i = 0; i < FRAMES * PIXELS; i++)
        (&expected[0][0][0])[i] = fill;
}

static hid_t
new_dataset(hid_t file, hsize_t frames, hsize_t chunk_frames, hsize_t chunk_rows)
{
    expect_fill();
    return new_dataset_of(H5T_NATIVE_UINT16, file, "counts", frames, chunk_frames, chunk_rows);
}

static hid_t
transfer(H5FD_mpio_xfer_t mode)
{
    hid_t list = H5Pcreate(H5P_DATASET_XFER);
    H5Pset_dxpl_mpio(list, mode);
    return list;
}

/* ---- elements ---- */

/* Few are not zero, as in a detector. */
static uint16_t
element(hsize_t frame, hsize_t row, hsize_t column, unsigned generation)
{
    uint64_t x = ((frame * ROWS + row) * COLUMNS + column + 1) * 0x9e3779b97f4a7c15u;
    x          = (x ^ (x >> 29) ^ generation * 0x100000001b3u) * 0xbf58476d1ce4e5b9u;
    x ^= x >> 32;
    return x % 8 == 0 ? 1 + (x >> 20) % 300 : 0;
}

typedef struct {
    hsize_t start[3], count[3];
} box_t;

static box_t
rows_of(hsize_t frame, hsize_t frames, hsize_t row, hsize_t rows)
{
    box_t box = {{frame, row, 0}, {frames, rows, COLUMNS}};
    return box;
}

static box_t
frames_of(hsize_t frame, hsize_t frames)
{
    return rows_of(frame, frames, 0, ROWS);
}

static size_t
size_of(box_t box)
{
    return box.count[0] * box.count[1] * box.count[2];
}

/* Calls for each element of a box: i counts them. */
#define FOR_EACH(box, i, f, r, c)                                                           \
    for (size_t i = 0, f, r, c;                                                             \
         i < size_of(box) && (c = (box).start[2] + i % (box).count[2],                      \
                             r  = (box).start[1] + i / (box).count[2] % (box).count[1],     \
                             f  = (box).start[0] + i / (box).count[2] / (box).count[1], 1); \
         i++)

static void
expect(box_t box, unsigned generation)
{
    FOR_EACH (box, i, f, r, c)
        expected[f][r][c] = element(f, r, c, generation);
}

/* The ways of a call: the fast one, and others. */
typedef enum {
    PLAIN,
    CONVERTED,
    SCATTERED,
    POINTS,
    NOTHING,
    TRANSFORMED,
    FAILING,
    ABSENT,
} way_t;

static const char *const WAYS[] = {"plain",   "converted",   "scattered", "points",
                                   "nothing", "transformed", "failing",   "absent"};

static void
select_box(hid_t space, box_t box, way_t way)
{
    if (way == NOTHING)
        H5Sselect_none(space);
    else if (way == POINTS) {
        hsize_t *points = malloc(size_of(box) * 3 * sizeof(hsize_t));
        FOR_EACH (box, i, f, r, c) {
            hsize_t *point = points + 3 * (size_of(box) - 1 - i);
            point[0] = f, point[1] = r, point[2] = c;
        }
        H5Sselect_elements(space, H5S_SELECT_SET, size_of(box), points);
        free(points);
    } else
        H5Sselect_hyperslab(space, H5S_SELECT_SET, box.start, NULL, box.count, NULL);
}

/* Memory for a box: every other element of it if they are scattered. */
static hid_t
memory_space(box_t box, way_t way)
{
    hsize_t step = way == SCATTERED ? 2 : 1, count = size_of(box), room = step * count, start = 0;
    hid_t   space = H5Screate_simple(1, &room, NULL);
    if (way == NOTHING)
        H5Sselect_none(space);
    else
        H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, &step, &count, NULL);
    return space;
}

/* Where element i of a box lies in memory. */
static size_t
place(box_t box, way_t way, size_t i)
{
    return way == SCATTERED ? 2 * i : way == POINTS ? size_of(box) - 1 - i : i;
}

static H5T_conv_ret_t
abort_conversion(H5T_conv_except_t what, hid_t from, hid_t to, void *in, void *out, void *data)
{
    (void)what, (void)from, (void)to, (void)in, (void)out, (void)data;
    return H5T_CONV_ABORT;
}

/* A dataset without chunks and its elements, one for each rank: it goes with each call, whole. */
static struct {
    hid_t dataset;
    int  *elements;
} besides_it;

static herr_t
move_elements(int writes, hid_t dataset, hid_t type, hid_t in_memory, hid_t in_file, hid_t list,
              void *elements)
{
    hid_t datasets[] = {dataset, besides_it.dataset}, types[] = {type, H5T_NATIVE_INT};
    hid_t spaces_in_memory[] = {in_memory, H5S_ALL}, spaces_in_file[] = {in_file, H5S_ALL};
    void *buffers[] = {elements, besides_it.elements};
    if (besides_it.dataset)
        return writes ? H5Dwrite_multi(2, datasets, types, spaces_in_memory, spaces_in_file, list,
                                       (const void **)buffers)
                      : H5Dread_multi(2, datasets, types, spaces_in_memory, spaces_in_file, list,
                                      buffers);
    return writes ? H5Dwrite(dataset, type, in_memory, in_file, list, elements)
                  : H5Dread(dataset, type, in_memory, in_file, list, elements);
}

/* Writes a box; FAILING means a conversion that the program itself stops. */
static herr_t
write_box(hid_t dataset, box_t box, way_t way, unsigned generation, H5FD_mpio_xfer_t mode)
{
    hid_t     in_file = H5Dget_space(dataset), in_memory = memory_space(box, way);
    hid_t     list      = transfer(mode);
    int       is_double = way == CONVERTED || way == FAILING;
    uint16_t *counts    = calloc(2 * size_of(box) + 1, sizeof *counts);
    double   *doubles   = calloc(size_of(box) + 1, sizeof *doubles);
    select_box(in_file, box, way);
    FOR_EACH (box, i, f, r, c) {
        counts[place(box, way, i)] = element(f, r, c, generation);
        doubles[i]                 = element(f, r, c, generation);
    }
    if (way == FAILING) {
        doubles[size_of(box) - 1] = -1e9;
        H5Pset_type_conv_cb(list, abort_conversion, NULL);
    } else if (way == TRANSFORMED)
        H5Pset_data_transform(list, "x + 0");
    herr_t status = move_elements(1, dataset, is_double ? H5T_NATIVE_DOUBLE : H5T_NATIVE_UINT16,
                                  in_memory, in_file, list, is_double ? (void *)doubles : counts);
    H5Pclose(list), H5Sclose(in_file), H5Sclose(in_memory);
    free(counts), free(doubles);
    return status;
}

static void
put(hid_t dataset, box_t box, unsigned generation)
{
    try_call(write_box(dataset, box, PLAIN, generation, H5FD_MPIO_COLLECTIVE));
}

static void
put_nothing(hid_t dataset)
{
    try_call(write_box(dataset, frames_of(0, 1), NOTHING, 0, H5FD_MPIO_COLLECTIVE));
}

/* Reads a box and counts what is not as expected. FAILING means a conversion that the program stops:
 * of elements that do not fit. */
static void
check_box(hid_t dataset, box_t box, way_t way, H5FD_mpio_xfer_t mode)
{
    if (way == ABSENT || size_of(box) == 0)
        return;
    hid_t     in_file = H5Dget_space(dataset), in_memory = memory_space(box, way);
    hid_t     list    = transfer(mode);
    uint16_t *counts  = malloc((2 * size_of(box) + 1) * sizeof *counts);
    double   *doubles = malloc((size_of(box) + 1) * sizeof *doubles);
    memset(counts, 0xee, (2 * size_of(box) + 1) * sizeof *counts);
    select_box(in_file, box, way);
    if (way == TRANSFORMED)
        H5Pset_data_transform(list, "x + 0");
    if (way == FAILING)
        H5Pset_type_conv_cb(list, abort_conversion, NULL);
    hid_t  type   = way == CONVERTED ? H5T_NATIVE_DOUBLE
                    : way == FAILING ? H5T_NATIVE_INT8
                                     : H5T_NATIVE_UINT16;
    herr_t status = move_elements(0, dataset, type, in_memory, in_file, list,
                                  way == CONVERTED ? (void *)doubles : counts);
    if (way == FAILING)
        wrong += status >= 0;
    else
        try_call(status);
    if (way != FAILING && status >= 0)
        FOR_EACH (box, i, f, r, c) {
            uint16_t read = way == CONVERTED ? doubles[i] : counts[place(box, way, i)];
            wrong += read != (way == NOTHING ? 0xeeee : expected[f][r][c]);
        }
    H5Pclose(list), H5Sclose(in_file), H5Sclose(in_memory);
    free(counts), free(doubles);
}

/* Compares all elements, in every way that a read takes. */
static void
check_frames(hid_t dataset, hsize_t frames)
{
    check_box(dataset, frames_of(0, frames), PLAIN, H5FD_MPIO_INDEPENDENT);
    check_box(dataset, frames_of(0, frames), PLAIN, H5FD_MPIO_COLLECTIVE);
    check_box(dataset, frames_of(0, frames), CONVERTED, H5FD_MPIO_COLLECTIVE);
    check_box(dataset, frames_of(0, frames), SCATTERED, H5FD_MPIO_INDEPENDENT);
    check_box(dataset, frames_of(0, frames), TRANSFORMED, H5FD_MPIO_INDEPENDENT);
}

/* Closes the file, and looks at it once more: with all ranks, and with one process. */
static void
close_and_check(hid_t file, hid_t dataset, const char *name, hsize_t frames)
{
    try_call(H5Dclose(dataset));
    try_call(H5Fclose(file));
    file    = open_file(name, H5F_ACC_RDONLY);
    dataset = try_id(H5Dopen2(file, "counts", H5P_DEFAULT));
    check_frames(dataset, frames);
    try_call(H5Dclose(dataset));
    try_call(H5Fclose(file));
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0) {
        file    = try_id(H5Fopen(name, H5F_ACC_RDONLY, H5P_DEFAULT));
        dataset = try_id(H5Dopen2(file, "counts", H5P_DEFAULT));
        check_box(dataset, frames_of(0, frames), PLAIN, H5FD_MPIO_INDEPENDENT);
        try_call(H5Dclose(dataset));
        try_call(H5Fclose(file));
    }
    MPI_Barrier(MPI_COMM_WORLD);
}

/* ---- the parts ---- */

/* Each rank its own frames. */
static void
frames(const char *name)
{
    hid_t file = new_file(name), dataset = new_dataset(file, FRAMES, 1, ROWS);
    for (int f = 0; f < FRAMES; f += ranks) {
        put(dataset, frames_of(f + rank, 1), 1);
        expect(frames_of(f, ranks), 1);
        check_box(dataset, frames_of(f, ranks), PLAIN, H5FD_MPIO_INDEPENDENT);
    }
    check_frames(dataset, FRAMES);
    close_and_check(file, dataset, name, FRAMES);
}

/* Ranks write parts of the same chunks: rows of a frame, and frames of a chunk. */
static void
shared(const char *name)
{
    hid_t file = new_file(name), dataset = new_dataset(file, FRAMES, 4, ROWS);
    for (int f = 0; f < 8; f++)
        put(dataset, rows_of(f, 1, rank * (ROWS / ranks), ROWS / ranks), 1);
    expect(frames_of(0, 8), 1);
    for (int f = 8; f < FRAMES; f += ranks)
        put(dataset, frames_of(f + rank, 1), 2);
    expect(frames_of(8, 4), 2);
    check_frames(dataset, FRAMES);
    close_and_check(file, dataset, name, FRAMES);
}

/* Ranks without anything to write, and frames that nobody writes. */
static void
nothing(const char *name)
{
    hid_t file = new_file(name), dataset = new_dataset(file, FRAMES, 1, ROWS);
    put_nothing(dataset);
    for (int f = 0; f < FRAMES; f += 3) {
        if (rank == f / 3 % ranks)
            put(dataset, frames_of(f, 1), 1);
        else
            put_nothing(dataset);
        expect(frames_of(f, 1), 1);
    }
    check_frames(dataset, FRAMES);
    close_and_check(file, dataset, name, FRAMES);
}

/* Other ranks write the same chunks again: whole ones, parts, zeros; also after the file is
 * reopened. */
static void
again(const char *name)
{
    hid_t file = new_file(name), dataset = new_dataset(file, FRAMES, 2, ROWS);
    for (unsigned generation = 1; generation <= 6; generation++) {
        hsize_t part = FRAMES / ranks, first = (rank + generation) % ranks * part;
        hsize_t rows = generation % 2 ? ROWS : ROWS / 3;
        put(dataset, rows_of(first, part, 0, rows), generation);
        expect(rows_of(0, part * ranks, 0, rows), generation);
        check_box(dataset, frames_of(0, FRAMES), generation % 3 ? PLAIN : TRANSFORMED,
                  H5FD_MPIO_INDEPENDENT);
        if (generation == 3) {
            try_call(H5Fflush(file, H5F_SCOPE_GLOBAL));
            try_call(H5Dclose(dataset));
            try_call(H5Fclose(file));
            file    = open_file(name, H5F_ACC_RDWR);
            dataset = try_id(H5Dopen2(file, "counts", H5P_DEFAULT));
        }
    }
    close_and_check(file, dataset, name, FRAMES);
}

static void
set_frames(hid_t dataset, hsize_t frames, hsize_t rows)
{
    hsize_t extent[] = {frames, rows, COLUMNS};
    try_call(H5Dset_extent(dataset, extent));
}

/* The dataset grows with each frame. */
static void
growth(const char *name)
{
    hid_t file = new_file(name), dataset = new_dataset(file, 0, 3, ROWS);
    for (int f = 0; f < FRAMES; f += ranks) {
        set_frames(dataset, f + ranks, ROWS);
        put(dataset, frames_of(f + rank, 1), 1);
    }
    expect(frames_of(0, FRAMES), 1);
    check_frames(dataset, FRAMES);
    close_and_check(file, dataset, name, FRAMES);
}

static void
expect_cut(hsize_t frames, hsize_t rows)
{
    for (hsize_t f = 0; f < FRAMES; f++)
        for (hsize_t r = 0; r < ROWS; r++)
            for (hsize_t c = 0; c < COLUMNS && (f >= frames || r >= rows); c++)
                expected[f][r][c] = fill;
}

/* The extent cuts through chunks, in one dimension or two, while ranks are late; and grows again.
 */
static void
cuts(const char *name)
{
    static const hsize_t EXTENTS[][2] = {{11, ROWS}, {8, ROWS}, {10, 17},
                                         {7, 9},     {6, 8},    {3, ROWS}};
    fill                              = 7;
    hid_t file = new_file(name), dataset = new_dataset(file, FRAMES, 4, 8);
    for (size_t i = 0; i < sizeof EXTENTS / sizeof *EXTENTS; i++) {
        for (int f = 0; f < FRAMES; f += ranks)
            put(dataset, frames_of(f + rank, 1), i + 1);
        expect(frames_of(0, FRAMES), i + 1);
        check_box(dataset, frames_of(0, FRAMES), TRANSFORMED, H5FD_MPIO_INDEPENDENT);
        if ((int)i % ranks == rank)
            usleep(20000);
        set_frames(dataset, EXTENTS[i][0], EXTENTS[i][1]);
        expect_cut(EXTENTS[i][0], EXTENTS[i][1]);
        check_box(dataset, rows_of(0, EXTENTS[i][0], 0, EXTENTS[i][1]), PLAIN,
                  H5FD_MPIO_INDEPENDENT);
        set_frames(dataset, FRAMES, ROWS);
        check_frames(dataset, FRAMES);
    }
    close_and_check(file, dataset, name, FRAMES);
    fill = 0;
}

/* Two datasets of different chunks and datatypes by one call, and reads of several, each in its
 * way. */
static void
several(const char *name)
{
    hid_t file = new_file(name), dataset = new_dataset(file, FRAMES, 1, ROWS);
    hid_t other = new_dataset_of(H5T_NATIVE_FLOAT, file, "other", FRAMES, 4, 8);
    for (int f = 0; f < FRAMES; f += ranks) {
        uint16_t counts[PIXELS];
        float    floats[PIXELS];
        box_t    box = frames_of(f + rank, 1);
        FOR_EACH (box, i, g, r, c)
            counts[i] = element(g, r, c, 1), floats[i] = counts[i] + 0.5F;
        hid_t       datasets[] = {dataset, other}, types[] = {H5T_NATIVE_UINT16, H5T_NATIVE_FLOAT};
        hid_t       in_memory[] = {memory_space(box, PLAIN), memory_space(box, PLAIN)};
        hid_t       in_file[]   = {H5Dget_space(dataset), H5Dget_space(other)};
        const void *buffers[]   = {counts, floats};
        hid_t       list        = transfer(H5FD_MPIO_COLLECTIVE);
        for (int i = 0; i < 2; i++)
            select_box(in_file[i], box, PLAIN);
        try_call(H5Dwrite_multi(2, datasets, types, in_memory, in_file, list, buffers));

        uint16_t counts_read[PIXELS];
        float    floats_read[PIXELS];
        void    *read[] = {counts_read, floats_read};
        if (rank % 2)
            H5Pset_data_transform(list, "x + 0");
        try_call(H5Dread_multi(2, datasets, types, in_memory, in_file, list, read));
        wrong += memcmp(counts, counts_read, sizeof counts) != 0;
        wrong += memcmp(floats, floats_read, sizeof floats) != 0;
        for (int i = 0; i < 2; i++)
            H5Sclose(in_memory[i]), H5Sclose(in_file[i]);
        H5Pclose(list);
    }
    expect(frames_of(0, FRAMES), 1);
    check_frames(dataset, FRAMES);
    try_call(H5Dclose(other));
    close_and_check(file, dataset, name, FRAMES);
}

/* A call of which one dataset has no chunks: ranks read both together, whatever the other is. */
static void
besides(const char *name)
{
    hid_t   file = new_file(name), dataset = new_dataset(file, ranks, 1, ROWS);
    hsize_t count   = ranks;
    hid_t   line    = H5Screate_simple(1, &count, NULL);
    hid_t   numbers = try_id(
        H5Dcreate2(file, "numbers", H5T_NATIVE_INT, line, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    put(dataset, frames_of(rank, 1), 1);
    expect(frames_of(0, ranks), 1);
    int *all = calloc(ranks, sizeof *all);
    for (int r = 0; r < ranks; r++)
        all[r] = r * r;
    hid_t list = transfer(H5FD_MPIO_COLLECTIVE);
    try_call(H5Dwrite(numbers, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, list, all));
    uint16_t frame[PIXELS];
    memset(all, 0, ranks * sizeof *all);
    hid_t datasets[] = {dataset, numbers}, types[] = {H5T_NATIVE_UINT16, H5T_NATIVE_INT};
    hid_t in_memory[] = {memory_space(frames_of(0, 1), PLAIN), H5S_ALL};
    hid_t in_file[]   = {H5Dget_space(dataset), H5S_ALL};
    void *read[]      = {frame, all};
    select_box(in_file[0], frames_of(rank, 1), PLAIN);
    if (rank == 0) {
        H5Sselect_none(in_memory[0]);
        H5Sselect_none(in_file[0]);
        memcpy(frame, expected[0], sizeof frame);
    }
    try_call(H5Dread_multi(2, datasets, types, in_memory, in_file, list, read));
    wrong += memcmp(frame, expected[rank], sizeof frame) != 0;
    for (int r = 0; r < ranks; r++)
        wrong += all[r] != r * r;
    free(all);
    H5Pclose(list), H5Sclose(in_memory[0]), H5Sclose(in_file[0]), H5Sclose(line);
    try_call(H5Dclose(numbers));
    close_and_check(file, dataset, name, ranks);
}

/* Every pair of ways in which even ranks and odd ones call for two datasets, one without chunks. */
static void
besides_ways(const char *name)
{
    static const way_t TRIED[] = {PLAIN,   CONVERTED,   SCATTERED, POINTS,
                                  NOTHING, TRANSFORMED, FAILING};
    const int          count   = sizeof TRIED / sizeof *TRIED;
    hid_t              file = new_file(name), dataset = new_dataset(file, ranks, 1, ROWS);
    hsize_t            length  = ranks;
    hid_t              line    = H5Screate_simple(1, &length, NULL);
    hid_t              numbers = try_id(
        H5Dcreate2(file, "numbers", H5T_NATIVE_INT, line, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    int *elements = calloc(ranks, sizeof *elements), last = 0;
    put(dataset, frames_of(rank, 1), 1);
    expect(frames_of(0, ranks), 1);
    for (int pair = 0; pair < count * count; pair++) {
        way_t ways[] = {TRIED[pair / count], TRIED[pair % count]}, own = ways[rank % 2];
        int   is_written   = ways[0] != TRANSFORMED && ways[1] != TRANSFORMED;
        long  before       = wrong + refused;
        besides_it.dataset = numbers, besides_it.elements = elements;
        if (is_written) {
            last = pair;
            for (int r = 0; r < ranks; r++)
                elements[r] = pair + r;
            herr_t status =
                write_box(dataset, frames_of(rank, 1), own, 2 + pair, H5FD_MPIO_COLLECTIVE);
            if (own == FAILING)
                wrong += status >= 0;
            else
                try_call(status);
        }
        besides_it.dataset = 0;
        for (int r = 0; is_written && r < ranks; r++)
            if (ways[r % 2] != NOTHING && ways[r % 2] != FAILING)
                expect(frames_of(r, 1), 2 + pair);
        MPI_Barrier(MPI_COMM_WORLD); // a rank that wrote nothing may be back before the others
        for (int r = 0; r < ranks; r++)
            if (ways[r % 2] != FAILING)
                check_box(dataset, frames_of(r, 1), PLAIN, H5FD_MPIO_INDEPENDENT);
        put(dataset, frames_of(rank, 1), 100); // what HDF5 has converted before it failed
        expect(frames_of(0, ranks), 100);
        MPI_Barrier(MPI_COMM_WORLD);

        besides_it.dataset = numbers;
        memset(elements, 0xff, ranks * sizeof *elements);
        check_box(dataset, frames_of((rank + pair) % ranks, 1), own, H5FD_MPIO_COLLECTIVE);
        for (int r = 0; own != FAILING && r < ranks; r++)
            wrong += elements[r] != last + r;
        besides_it.dataset = 0;
        if (wrong + refused > before)
            fprintf(stderr, "rank %d: wrong by %s, %s\n", rank, WAYS[ways[0]], WAYS[ways[1]]);
    }
    free(elements);
    H5Sclose(line);
    try_call(H5Dclose(numbers));
    close_and_check(file, dataset, name, ranks);
}

/* Every pair of ways to write: those of even ranks and of odd ones. */
static void
write_ways(const char *name)
{
    static const way_t TRIED[] = {PLAIN, CONVERTED, SCATTERED, POINTS, NOTHING};
    const int          count   = sizeof TRIED / sizeof *TRIED;
    hid_t              file = new_file(name), dataset = new_dataset(file, ranks, 1, ROWS / 2);
    for (int pair = 0; pair < count * count; pair++) {
        way_t ways[] = {TRIED[pair / count], TRIED[pair % count]};
        try_call(
            write_box(dataset, frames_of(rank, 1), ways[rank % 2], pair, H5FD_MPIO_COLLECTIVE));
        for (int r = 0; r < ranks; r++)
            if (ways[r % 2] != NOTHING)
                expect(frames_of(r, 1), pair);
        long before = wrong;
        check_box(dataset, frames_of(0, ranks), PLAIN, H5FD_MPIO_INDEPENDENT);
        if (wrong > before)
            fprintf(stderr, "rank %d: wrong after %s, %s\n", rank, WAYS[ways[0]], WAYS[ways[1]]);
    }
    close_and_check(file, dataset, name, ranks);
}

/* Ranks whose own conversion fails, and every way of the others: those have their error, and these do
 * not wait for them. */
static void
failing(const char *name)
{
    static const way_t TRIED[] = {PLAIN, CONVERTED, SCATTERED, POINTS, NOTHING, FAILING};
    const int          count   = sizeof TRIED / sizeof *TRIED;
    hid_t              file = new_file(name), dataset = new_dataset(file, ranks, 1, ROWS);
    put(dataset, frames_of(rank, 1), 1);
    expect(frames_of(0, ranks), 1);
    for (int i = 0; i < 2 * count; i++) {
        way_t ways[]    = {FAILING, FAILING};
        ways[i / count] = TRIED[i % count];
        way_t  way      = ways[rank % 2];
        herr_t status   = write_box(dataset, frames_of(rank, 1), way, 2 + i, H5FD_MPIO_COLLECTIVE);
        if (way == FAILING)
            wrong += status >= 0;
        else
            try_call(status);
        for (int r = 0; r < ranks; r++)
            if (ways[r % 2] != NOTHING && ways[r % 2] != FAILING)
                expect(frames_of(r, 1), 2 + i);
        MPI_Barrier(MPI_COMM_WORLD);
        for (int r = 0; r < ranks; r++)
            if (ways[r % 2] != FAILING)
                check_box(dataset, frames_of(r, 1), PLAIN, H5FD_MPIO_INDEPENDENT);
        put(dataset, frames_of(rank, 1), 20); // what HDF5 has converted before it failed
        expect(frames_of(0, ranks), 20);
    }
    close_and_check(file, dataset, name, ranks);
}

/* Every pair of ways to read, by a collective call; and where a rank may be alone, also by one that is
 * collective on even ranks only. */
static void
read_ways(const char *name)
{
    static const way_t TRIED[] = {PLAIN,   CONVERTED,   SCATTERED, POINTS,
                                  NOTHING, TRANSFORMED, FAILING,   ABSENT};
    const int          count   = sizeof TRIED / sizeof *TRIED - (alone ? 0 : 2);
    const int          calls   = count * count * (1 + alone);
    hid_t              file = new_file(name), dataset = new_dataset(file, FRAMES, 2, ROWS);
    for (int f = 0; f < FRAMES; f += ranks)
        put(dataset, frames_of(f + rank, 1), 1);
    expect(frames_of(0, FRAMES), 1);
    for (int writable = 1; writable >= 0; writable--) {
        for (int call = 0; call < calls; call++) {
            way_t            ways[] = {TRIED[call / count % count], TRIED[call % count]};
            int              mixed  = call >= count * count;
            H5FD_mpio_xfer_t mode =
                mixed && rank % 2 ? H5FD_MPIO_INDEPENDENT : H5FD_MPIO_COLLECTIVE;
            long before = wrong + refused;
            check_box(dataset, frames_of((rank + call) % FRAMES, 1), ways[rank % 2], mode);
            if (wrong + refused > before)
                fprintf(stderr, "rank %d: wrong by %s, %s\n", rank, WAYS[ways[0]], WAYS[ways[1]]);
        }
        try_call(H5Dclose(dataset));
        try_call(H5Fclose(file));
        file    = open_file(name, H5F_ACC_RDONLY);
        dataset = try_id(H5Dopen2(file, "counts", H5P_DEFAULT));
    }
    close_and_check(file, dataset, name, FRAMES);
}

/* Reads of what others have written since the last one, each rank in a way of its own. */
static void
fresh(const char *name)
{
    static const way_t TRIED[] = {PLAIN, TRANSFORMED, CONVERTED};
    hid_t              file = new_file(name), dataset = new_dataset(file, ranks, 1, ROWS);
    for (int generation = 0; generation < 12; generation++) {
        put(dataset, rows_of((rank + generation) % ranks, 1, generation, ROWS / 2), generation);
        expect(rows_of(0, ranks, generation, ROWS / 2), generation);
        check_box(dataset, frames_of(0, ranks), TRIED[(generation + rank) % 3],
                  H5FD_MPIO_INDEPENDENT);
        check_box(dataset, frames_of(0, ranks), TRIED[(generation + rank) % 2],
                  H5FD_MPIO_COLLECTIVE);
    }
    close_and_check(file, dataset, name, ranks);
}

/* A file that one process has written, past the ranks: they write on in it. */
static void
of_one(const char *name)
{
    expect_fill();
    if (rank == 0) {
        hid_t file    = try_id(H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
        hid_t dataset = new_dataset(file, FRAMES, 2, ROWS);
        try_call(write_box(dataset, frames_of(0, FRAMES - 3), PLAIN, 1, H5FD_MPIO_INDEPENDENT));
        try_call(H5Dclose(dataset));
        try_call(H5Fclose(file));
    }
    expect(frames_of(0, FRAMES - 3), 1);
    MPI_Barrier(MPI_COMM_WORLD);
    hid_t file    = open_file(name, H5F_ACC_RDWR);
    hid_t dataset = try_id(H5Dopen2(file, "counts", H5P_DEFAULT));
    check_frames(dataset, FRAMES);
    put(dataset, rows_of(0, 2, rank * (ROWS / ranks), ROWS / ranks), 2);
    expect(frames_of(0, 2), 2);
    put(dataset, frames_of(FRAMES - ranks + rank, 1), 3);
    expect(frames_of(FRAMES - ranks, ranks), 3);
    check_frames(dataset, FRAMES);
    set_frames(dataset, FRAMES - 2, ROWS);
    set_frames(dataset, FRAMES, ROWS);
    expect_cut(FRAMES - 2, ROWS);
    check_frames(dataset, FRAMES);
    close_and_check(file, dataset, name, FRAMES);
}

/* The same with an extent that cuts through a chunk which no rank has written. */
static void
cut_of_one(const char *name)
{
    if (rank == 0) {
        hid_t file    = try_id(H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
        hid_t dataset = new_dataset(file, FRAMES, 4, ROWS);
        try_call(write_box(dataset, frames_of(0, FRAMES), PLAIN, 1, H5FD_MPIO_INDEPENDENT));
        try_call(H5Dclose(dataset));
        try_call(H5Fclose(file));
    }
    expect(frames_of(0, FRAMES), 1);
    MPI_Barrier(MPI_COMM_WORLD);
    hid_t file    = open_file(name, H5F_ACC_RDWR);
    hid_t dataset = try_id(H5Dopen2(file, "counts", H5P_DEFAULT));
    long  before  = refused;
    set_frames(dataset, FRAMES - 2, ROWS);
    hsize_t frames = refused > before ? FRAMES : FRAMES - 2;
    check_frames(dataset, frames);
    close_and_check(file, dataset, name, frames);
}

/* Some members of a compound are written, the others stay as they are. */
static void
members(const char *name)
{
    typedef struct {
        int32_t a, b;
    } pair_t;
    pair_t pairs[PIXELS], read[PIXELS];
    hid_t  type = H5Tcreate(H5T_COMPOUND, sizeof(pair_t)), second;
    H5Tinsert(type, "a", HOFFSET(pair_t, a), H5T_NATIVE_INT32);
    H5Tinsert(type, "b", HOFFSET(pair_t, b), H5T_NATIVE_INT32);
    second = H5Tcreate(H5T_COMPOUND, sizeof(int64_t));
    H5Tinsert(second, "b", 0, H5T_NATIVE_INT64);
    hid_t file    = new_file(name);
    hid_t dataset = new_dataset_of(type, file, "counts", ranks, 1, ROWS);
    hid_t in_file = H5Dget_space(dataset), list = transfer(H5FD_MPIO_COLLECTIVE);
    hid_t in_memory = memory_space(frames_of(0, 1), PLAIN);
    select_box(in_file, frames_of(rank, 1), PLAIN);
    for (int i = 0; i < PIXELS; i++)
        pairs[i].a = i % 7 ? 0 : i, pairs[i].b = rank;
    try_call(H5Dwrite(dataset, type, in_memory, in_file, list, pairs));
    select_box(in_file, frames_of((rank + 1) % ranks, 1), PLAIN);
    int64_t numbers[PIXELS];
    for (int i = 0; i < PIXELS; i++)
        numbers[i] = i % 5 ? 0 : -i;
    try_call(H5Dwrite(dataset, second, in_memory, in_file, list, numbers));
    try_call(H5Dread(dataset, type, in_memory, in_file, list, read));
    for (int i = 0; i < PIXELS; i++)
        wrong += read[i].a != (i % 7 ? 0 : i) || read[i].b != (i % 5 ? 0 : -i);
    H5Sclose(in_file), H5Sclose(in_memory), H5Pclose(list), H5Tclose(type), H5Tclose(second);
    try_call(H5Dclose(dataset));
    try_call(H5Fclose(file));
}

/* A rank that has had many other files open meanwhile makes the same dataset as the others. */
static void
busy(const char *name)
{
    hid_t file = new_file(name), first = new_dataset_of(H5T_NATIVE_UINT16, file, "first", 2, 1, 4);
    for (int i = 0; rank == 0 && i < 70; i++) {
        hid_t small = H5Fcreate("small.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        H5Dclose(new_dataset_of(H5T_NATIVE_UINT16, small, "small", 2, 1, ROWS));
        H5Fclose(small);
    }
    hid_t dataset = new_dataset(file, FRAMES, 1, ROWS);
    for (int f = 0; f < FRAMES; f += ranks)
        put(dataset, frames_of(f + rank, 1), 1);
    expect(frames_of(0, FRAMES), 1);
    check_frames(dataset, FRAMES);
    try_call(H5Dclose(first));
    close_and_check(file, dataset, name, FRAMES);
}

/* Two handles, a second one of the file, and a copy of the dataset. */
static void
handles(const char *name)
{
    hid_t file = new_file(name), dataset = new_dataset(file, FRAMES, 1, ROWS);
    hid_t reopened = try_id(H5Freopen(file));
    hid_t other    = try_id(H5Oopen(reopened, "counts", H5P_DEFAULT));
    for (int f = 0; f < FRAMES; f += ranks) {
        put(f % 4 ? dataset : other, frames_of(f + rank, 1), 1);
        expect(frames_of(f, ranks), 1);
        check_box(f % 4 ? other : dataset, frames_of(0, FRAMES), PLAIN, H5FD_MPIO_INDEPENDENT);
    }
    try_call(H5Ocopy(file, "counts", file, "copy", H5P_DEFAULT, H5P_DEFAULT));
    hid_t copy = try_id(H5Dopen2(file, "copy", H5P_DEFAULT));
    check_frames(copy, FRAMES);
    put(dataset, frames_of(rank, 1), 2);
    check_frames(copy, FRAMES);
    put(copy, frames_of(rank, 1), 2);
    expect(frames_of(0, ranks), 2);
    check_frames(copy, FRAMES);
    try_call(H5Dclose(copy));
    try_call(H5Dclose(other));
    try_call(H5Fclose(reopened));
    close_and_check(file, dataset, name, FRAMES);
}

/* Each rank by itself. */
static void
independent(const char *name)
{
    hid_t file = new_file(name), dataset = new_dataset(file, FRAMES, 1, ROWS);
    for (int f = 0; f < FRAMES; f += ranks)
        try_call(write_box(dataset, frames_of(f + rank, 1), f % 2 ? CONVERTED : PLAIN, 1,
                           H5FD_MPIO_INDEPENDENT));
    MPI_Barrier(MPI_COMM_WORLD);
    if (refused == 0)
        expect(frames_of(0, FRAMES), 1);
    check_frames(dataset, FRAMES);
    put(dataset, frames_of(rank, 1), 2);
    expect(frames_of(0, ranks), 2);
    close_and_check(file, dataset, name, FRAMES);
}

/* A transform of the elements that are written. */
static void
transform(const char *name)
{
    hid_t file = new_file(name), dataset = new_dataset(file, ranks, 1, ROWS);
    try_call(write_box(dataset, frames_of(rank, 1), rank ? PLAIN : TRANSFORMED, 1,
                       H5FD_MPIO_COLLECTIVE));
    if (refused == 0)
        expect(frames_of(0, ranks), 1);
    MPI_Barrier(MPI_COMM_WORLD);
    check_frames(dataset, ranks);
    close_and_check(file, dataset, name, ranks);
}

/* Each rank stores chunks that it has made itself. */
static void
chunks(const char *name)
{
    hid_t file = new_file(name), dataset = new_dataset(file, FRAMES, 1, ROWS);
    put(dataset, frames_of(rank, 1), 1);
    expect(frames_of(0, ranks), 1);
    hsize_t  offset[] = {ranks + rank, 0, 0};
    uint16_t frame[PIXELS];
    box_t    box = frames_of(offset[0], 1);
    FOR_EACH (box, i, f, r, c)
        frame[i] = element(f, r, c, 2);
    try_call(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, offset, sizeof frame, frame));
    if (refused == 0)
        expect(frames_of(ranks, ranks), 2);
    MPI_Barrier(MPI_COMM_WORLD);
    check_frames(dataset, FRAMES);
    close_and_check(file, dataset, name, FRAMES);
}

/* Defined elements, of which each rank asks what it wants. */
static void
defined(const char *name)
{
    hid_t file = new_file(name), dataset = new_dataset(file, ranks, 1, ROWS);
    put(dataset, frames_of(rank, 1), 1);
    expect(frames_of(0, ranks), 1);
    for (int f = rank; f < ranks; f++) { // not the same number of calls on each rank
        hsize_t count = 0, not_zero = 0;
        hid_t   space = H5Dget_space(dataset);
        box_t   box   = frames_of(f, 1);
        select_box(space, box, PLAIN);
        try_call(vol_sparse_get_num_defined(dataset, space, H5P_DEFAULT, &count));
        FOR_EACH (box, i, g, r, c)
            not_zero += expected[g][r][c] != 0;
        wrong += count != not_zero;
        H5Sclose(space);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    long before = refused;
    try_call(vol_sparse_erase(dataset, H5S_ALL, H5P_DEFAULT));
    wrong += refused == before;
    refused = before;
    close_and_check(file, dataset, name, ranks);
}

typedef struct {
    const char *name;
    void (*run)(const char *file);
} part_t;

#define PART(name) {#name, name}
static const part_t PARTS[] = {
    PART(frames),  PART(shared),    PART(nothing), PART(again),        PART(growth),
    PART(cuts),    PART(several),   PART(besides), PART(besides_ways), PART(write_ways),
    PART(failing), PART(read_ways), PART(fresh),   PART(of_one),       PART(cut_of_one),
    PART(members), PART(busy),      PART(handles), PART(transform),    PART(independent),
    PART(chunks),  PART(defined),
};

static void
run(const part_t *part)
{
    char name[64];
    long sums[2], own[2];
    snprintf(name, sizeof name, "%s.h5", part->name);
    refused = wrong = 0;
    alarm(HANGS_AFTER);
    part->run(name);
    own[0] = refused, own[1] = wrong;
    MPI_Allreduce(own, sums, 2, MPI_LONG, MPI_SUM, MPI_COMM_WORLD);
    alarm(0);
    if (rank == 0) {
        printf("%s:%s%s%s\n", part->name, sums[0] ? " refused" : "", sums[1] ? " wrong" : "",
               sums[0] + sums[1] ? "" : " right");
        fflush(stdout);
    }
}

int
main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    for (int i = 1; i < argc; i++) {
        gzip |= !strcmp(argv[i], "gzip");
        checksum |= !strcmp(argv[i], "checksum");
        latest |= !strcmp(argv[i], "latest");
        together |= !strcmp(argv[i], "together");
        early |= !strcmp(argv[i], "early");
        alone |= !strcmp(argv[i], "alone");
        for (size_t p = 0; p < sizeof PARTS / sizeof *PARTS; p++)
            if (!strcmp(argv[i], PARTS[p].name))
                run(&PARTS[p]);
    }
    MPI_Finalize();
    return 0;
}
