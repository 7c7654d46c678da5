/*
 * Forks with data that are not flushed: forks PART. What the child reads through the parent's
 * dataset is printed, and what the file holds in the end.
 *
 *     alone     the thread that forks is the only one that ever used HDF5
 *     ended     another one used HDF5, and has ended
 *     threads   another one used HDF5, and lives
 *     flushed   the same, but the file is flushed before the fork
 *     visitor   the fork is inside a function that HDF5 calls
 */
#define _GNU_SOURCE
#include "hdf5.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ELEMENTS 1000

static pthread_barrier_t used, done;

static hid_t
make(const char *name, hid_t *dset)
{
    hsize_t extent = ELEMENTS, chunk = 100;
    hid_t   file  = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t   space = H5Screate_simple(1, &extent, NULL);
    hid_t   dcpl  = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(dcpl, 1, &chunk);
    *dset = H5Dcreate2(file, "x", H5T_NATIVE_INT, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    H5Pclose(dcpl);
    H5Sclose(space);
    return file;
}

static void
put(hid_t dset, hsize_t at, int value)
{
    hsize_t count  = 1;
    hid_t   memory = H5Screate_simple(1, &count, NULL), space = H5Dget_space(dset);
    H5Sselect_elements(space, H5S_SELECT_SET, 1, &at);
    H5Dwrite(dset, H5T_NATIVE_INT, memory, space, H5P_DEFAULT, &value);
    H5Sclose(space);
    H5Sclose(memory);
}

static herr_t
sum(hid_t dset, long *total)
{
    int    values[ELEMENTS];
    herr_t status = H5Dread(dset, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    *total        = 0;
    for (int i = 0; status >= 0 && i < ELEMENTS; i++)
        *total += values[i];
    return status;
}

static void *
use(void *waits)
{
    hid_t dset, file = make("other.h5", &dset);
    put(dset, 5, 5);
    H5Dclose(dset);
    H5Fclose(file);
    if (waits != NULL) {
        pthread_barrier_wait(&used);
        pthread_barrier_wait(&done);
    }
    return NULL;
}

static void
child(hid_t file, hid_t dset)
{
    long   total;
    herr_t status = sum(dset, &total);
    printf("child: read %d, sum %ld\n", (int)status, total);
    hid_t own_dset, own = make("child.h5", &own_dset);
    put(own_dset, 7, 7);
    status = sum(own_dset, &total);
    printf("child: its own %d, sum %ld\n", (int)status, total);
    printf("child: closes %d %d\n", (int)H5Dclose(own_dset), (int)H5Fclose(own));
    printf("child: closes %d %d\n", (int)H5Dclose(dset), (int)H5Fclose(file));
    fflush(stdout);
    _exit(0);
}

static void
fork_here(hid_t file, hid_t dset)
{
    int status = -1;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        alarm(60);
        child(file, dset);
    }
    waitpid(pid, &status, 0);
    printf("child: status %d\n", status);
}

struct held {
    hid_t file, dset;
};

static herr_t
visit(hid_t group, const char *name, const H5L_info2_t *info, void *data)
{
    const struct held *held = data;
    (void)group, (void)name, (void)info;
    fork_here(held->file, held->dset);
    return 0;
}

int
main(int argc, char **argv)
{
    const char *part = argc > 1 ? argv[1] : "";
    pthread_t   other;
    struct held held;
    long        total;
    bool        has_other = strcmp(part, "threads") == 0 || strcmp(part, "flushed") == 0;
    pthread_barrier_init(&used, NULL, 2);
    pthread_barrier_init(&done, NULL, 2);
    held.file = make("parent.h5", &held.dset);
    put(held.dset, 3, 100);
    if (strcmp(part, "ended") == 0) {
        pthread_create(&other, NULL, use, NULL);
        pthread_join(other, NULL);
    }
    if (has_other) {
        pthread_create(&other, NULL, use, &held);
        pthread_barrier_wait(&used);
    }
    for (int i = 0; i < 3; i++) {
        put(held.dset, (hsize_t)(300 * i), i + 1);
        if (strcmp(part, "flushed") == 0)
            H5Fflush(held.file, H5F_SCOPE_LOCAL);
        if (strcmp(part, "visitor") == 0)
            H5Literate2(held.file, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, &held);
        else
            fork_here(held.file, held.dset);
    }
    if (has_other) {
        pthread_barrier_wait(&done);
        pthread_join(other, NULL);
    }
    put(held.dset, 999, 1000);
    printf("parent: read %d", (int)sum(held.dset, &total));
    printf(", sum %ld\n", total);
    H5Dclose(held.dset);
    H5Fclose(held.file);
    held.file = H5Fopen("parent.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
    held.dset = H5Dopen2(held.file, "x", H5P_DEFAULT);
    printf("parent: read %d", (int)sum(held.dset, &total));
    printf(", sum %ld\n", total);
    H5Dclose(held.dset);
    H5Fclose(held.file);
    return 0;
}
