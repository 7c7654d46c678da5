/*
 * Ranks write frames of a detector and read them back, and the program prints how long that takes.
 *
 *   mpiexec -n 2 parallel together|own plain|gzip ROUNDS
 *
 *   together  one file for all ranks: written collectively, read by each rank for itself
 *   own       a file for each rank
 *
 * A line for each round: seconds of writing, with opening and closing; of reading; bytes in the
 * file. What is read is compared with what was written, outside the time.
 */
#include "hdf5.h"

#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES  128
#define SIDE    1024
#define AT_ONCE 4
#define PIXELS  ((size_t)SIDE * SIDE)

static int rank, ranks, together, gzip;

static hid_t
access_list(void)
{
    hid_t list = H5Pcreate(H5P_FILE_ACCESS);
    if (together)
        H5Pset_fapl_mpio(list, MPI_COMM_WORLD, MPI_INFO_NULL);
    return list;
}

static hid_t
new_dataset(hid_t file, hsize_t frames)
{
    hsize_t extent[] = {frames, SIDE, SIDE}, chunk[] = {1, SIDE, SIDE};
    hid_t   space = H5Screate_simple(3, extent, NULL), list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 3, chunk);
    if (gzip)
        H5Pset_deflate(list, 1);
    hid_t dataset =
        H5Dcreate2(file, "frames", H5T_NATIVE_UINT16, space, H5P_DEFAULT, list, H5P_DEFAULT);
    H5Sclose(space), H5Pclose(list);
    return dataset;
}

/* Moves the frames of this rank, a few with each call. */
static int
move(hid_t dataset, uint16_t *pixels, int frames, int writes)
{
    hid_t   list = H5Pcreate(H5P_DATASET_XFER), in_file = H5Dget_space(dataset);
    hsize_t start[] = {0, 0, 0}, count[] = {AT_ONCE, SIDE, SIDE};
    hid_t   in_memory = H5Screate_simple(3, count, NULL);
    int     failed    = 0;
    if (together && writes)
        H5Pset_dxpl_mpio(list, H5FD_MPIO_COLLECTIVE);
    for (int f = 0; f < frames; f += AT_ONCE) {
        uint16_t *at = pixels + f * PIXELS;
        start[0]     = (together ? rank * frames : 0) + f;
        H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start, NULL, count, NULL);
        failed |= writes ? H5Dwrite(dataset, H5T_NATIVE_UINT16, in_memory, in_file, list, at) < 0
                         : H5Dread(dataset, H5T_NATIVE_UINT16, in_memory, in_file, list, at) < 0;
    }
    H5Pclose(list), H5Sclose(in_file), H5Sclose(in_memory);
    return failed;
}

int
main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    together         = !strcmp(argv[1], "together");
    gzip             = !strcmp(argv[2], "gzip");
    int       frames = FRAMES / ranks, failed = 0, any;
    uint16_t *written = calloc(frames * PIXELS, 2), *read = malloc(frames * PIXELS * 2);
    uint64_t  x = 88172645463325252u + rank;
    for (size_t i = 0; i < frames * PIXELS / 1000; i++) { /* photons on every thousandth pixel */
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        written[x % (frames * PIXELS)]++;
    }
    char name[32];
    snprintf(name, sizeof name, together ? "frames.h5" : "frames-%d.h5", rank);
    for (int round = 0; round < atoi(argv[3]); round++) {
        double times[3];
        hid_t  access = access_list();
        MPI_Barrier(MPI_COMM_WORLD);
        times[0]      = MPI_Wtime();
        hid_t file    = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, access);
        hid_t dataset = new_dataset(file, together ? FRAMES : frames);
        failed |= move(dataset, written, frames, 1);
        hsize_t bytes = H5Dget_storage_size(dataset);
        H5Dclose(dataset), H5Fclose(file);
        MPI_Barrier(MPI_COMM_WORLD);
        times[1] = MPI_Wtime();
        file     = H5Fopen(name, H5F_ACC_RDONLY, access);
        dataset  = H5Dopen2(file, "frames", H5P_DEFAULT);
        failed |= move(dataset, read, frames, 0);
        H5Dclose(dataset), H5Fclose(file), H5Pclose(access);
        MPI_Barrier(MPI_COMM_WORLD);
        times[2] = MPI_Wtime();
        failed |= memcmp(written, read, frames * PIXELS * 2) != 0;
        memset(read, 0xff, frames * PIXELS * 2);
        if (rank == 0)
            printf("%.4f %.4f %llu\n", times[1] - times[0], times[2] - times[1],
                   (unsigned long long)bytes * (together ? 1 : ranks));
        fflush(stdout);
    }
    MPI_Allreduce(&failed, &any, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    MPI_Finalize();
    return any;
}
