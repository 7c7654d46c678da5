/*
 * Ranks write a dataset of a file that the subfiling driver has split over their machine: together, in conversion or not,
 * rewritten, extended, and after the file was closed; and compare every element that they read.
 *
 *   subfiling [gzip] [int] [early] [alone]
 *
 * "alone" lets each rank write and read by itself. Prints "right", or what was refused or wrong.
 */

#include <hdf5.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLUMNS     1000
#define ROWS        6 // of each rank
#define HANGS_AFTER 30

static int  rank, ranks;
static bool alone;
static long refused, wrong;

static void
check(herr_t status)
{
    refused += status < 0;
}

static double
element(hsize_t row, hsize_t column, int generation)
{
    unsigned mixed = (unsigned)row * 7919 + (unsigned)column * 104729 + (unsigned)generation * 31;
    return mixed % 13 == 0 ? mixed % 1000 + 1 : 0;
}

/* Moves a part of the dataset between the file and memory: that of this rank, or of one after it. */
static void
move(hid_t dataset, int rows, int generation, int after, bool write, bool together)
{
    hsize_t start[] = {(hsize_t)((rank + after) % ranks * rows), 0},
            count[] = {(hsize_t)rows, COLUMNS};
    hid_t   file = H5Dget_space(dataset), memory = H5Screate_simple(2, count, NULL);
    hid_t   transfer = H5Pcreate(H5P_DATASET_XFER);
    double *elements = calloc((size_t)rows * COLUMNS, sizeof *elements);
    if (together)
        H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE);
    H5Sselect_hyperslab(file, H5S_SELECT_SET, start, NULL, count, NULL);
    for (hsize_t i = 0; write && i < count[0] * COLUMNS; i++)
        elements[i] = element(start[0] + i / COLUMNS, i % COLUMNS, generation);
    if (write)
        check(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, memory, file, transfer, elements));
    else
        check(H5Dread(dataset, H5T_NATIVE_DOUBLE, memory, file, transfer, elements));
    for (hsize_t i = 0; i < count[0] * COLUMNS; i++)
        wrong += elements[i] != element(start[0] + i / COLUMNS, i % COLUMNS, generation);
    free(elements);
    H5Pclose(transfer);
    H5Sclose(memory);
    H5Sclose(file);
}

/* Writes all elements and reads them back on another rank than wrote them, in both modes of transfer. */
static void
rewrite(hid_t dataset, int rows, int generation)
{
    move(dataset, rows, generation, 0, true, !alone);
    MPI_Barrier(MPI_COMM_WORLD);
    if (!alone)
        move(dataset, rows, generation, 1, false, true);
    move(dataset, rows, generation, 1, false, false);
    MPI_Barrier(MPI_COMM_WORLD);
}

int
main(int argc, char **argv)
{
    bool gzip = false, ints = false, early = false;
    int  provided;
    for (int i = 1; i < argc; i++) {
        gzip |= !strcmp(argv[i], "gzip");
        ints |= !strcmp(argv[i], "int");
        early |= !strcmp(argv[i], "early");
        alone |= !strcmp(argv[i], "alone");
    }
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    alarm(HANGS_AFTER);

    hid_t access = H5Pcreate(H5P_FILE_ACCESS), creation = H5Pcreate(H5P_DATASET_CREATE);
    check(H5Pset_mpi_params(access, MPI_COMM_WORLD, MPI_INFO_NULL));
    check(H5Pset_fapl_subfiling(access, NULL));
    hsize_t extent[] = {(hsize_t)(ranks * ROWS), COLUMNS};
    // Ranks that write together share chunks. Those of alone ranks do not: the driver loses elements then.
    hsize_t largest[] = {H5S_UNLIMITED, COLUMNS}, chunk[] = {alone ? 3 : 4, COLUMNS};
    hid_t   space = H5Screate_simple(2, extent, largest);
    H5Pset_chunk(creation, 2, chunk);
    if (gzip)
        H5Pset_deflate(creation, 1);
    if (early)
        H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);

    hid_t file    = H5Fcreate("subfiling.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    hid_t dataset = H5Dcreate2(file, "counts", ints ? H5T_NATIVE_INT : H5T_NATIVE_DOUBLE, space,
                               H5P_DEFAULT, creation, H5P_DEFAULT);
    rewrite(dataset, ROWS, 0);
    rewrite(dataset, ROWS, 1);
    extent[0] *= 2;
    check(H5Dset_extent(dataset, extent));
    rewrite(dataset, 2 * ROWS, 2);
    check(H5Fflush(file, H5F_SCOPE_GLOBAL));
    hsize_t stored = H5Dget_storage_size(dataset);
    check(H5Dclose(dataset));
    check(H5Fclose(file));

    file    = H5Fopen("subfiling.h5", H5F_ACC_RDWR, access);
    dataset = H5Dopen2(file, "counts", H5P_DEFAULT);
    move(dataset, 2 * ROWS, 2, 1, false, false);
    MPI_Barrier(MPI_COMM_WORLD);
    rewrite(dataset, 2 * ROWS, 3);
    check(H5Dclose(dataset));
    check(H5Fclose(file));

    long own[] = {refused, wrong}, sums[2];
    MPI_Allreduce(own, sums, 2, MPI_LONG, MPI_SUM, MPI_COMM_WORLD);
    if (rank == 0)
        printf("%s%s%s, %s\n", sums[0] ? "refused" : "", sums[1] ? "wrong" : "",
               sums[0] + sums[1] ? "" : "right",
               stored < extent[0] * COLUMNS * (ints ? sizeof(int) : sizeof(double)) / 2 ? "sparse"
                                                                                        : "dense");
    H5Sclose(space);
    H5Pclose(creation);
    H5Pclose(access);
    MPI_Finalize();
    return 0;
}
