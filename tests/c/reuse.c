/*
 * Closes HDF5 and uses it again, more than a thousand times: with lists of free memory of all sizes, errors
 * printed or not, and files that are left open. Says what was wrong, and whether the process grew.
 */
#include "hdf5.h"

#include <stdio.h>
#include <string.h>

#define ELEMENTS   40000
#define CHUNK      20000
#define TIMES      1500
#define SETTLED    1000
#define MAY_GROW_K (24 * 1024L)

/* The memory of the process, in KiB. It is settled once what runs often is compiled. */
static long
resident(void)
{
    long  all = 0, pages = 0;
    FILE *stat = fopen("/proc/self/statm", "r");
    if (stat == NULL)
        return 0;
    if (fscanf(stat, "%ld %ld", &all, &pages) != 2)
        pages = 0;
    fclose(stat);
    return pages * 4;
}

static int
use(int time)
{
    static int data[ELEMENTS], read[ELEMENTS];
    int        wrong     = 0;
    hsize_t    extent[1] = {ELEMENTS}, chunk[1] = {CHUNK};
    H5open();
    if (time % 3 == 0)
        H5set_free_list_limits(1 << 20, 1 << 16, 1 << 20, 1 << 16, 1 << 20, 1 << 16);
    if (time % 5 == 0)
        H5set_free_list_limits(0, 0, 0, 0, 0, 0);
    if (time % 2 != 0)
        H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t file  = H5Fcreate("reuse.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(1, extent, NULL);
    hid_t dcpl  = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(dcpl, 1, chunk);
    if (time % 2 != 0)
        H5Pset_deflate(dcpl, 1);
    int   one  = 1;
    hid_t type = time % 4 == 0 ? H5Tcopy(H5T_NATIVE_INT) : H5Tenum_create(H5T_NATIVE_INT);
    if (time % 4 != 0)
        H5Tenum_insert(type, "one", &one);
    hid_t dset = H5Dcreate2(file, "x", type, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    for (int i = 0; i < ELEMENTS; i++)
        data[i] = i * (i % 7 == 0) + time;
    wrong += H5Dwrite(dset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0;
    wrong += H5garbage_collect() < 0;
    hid_t lists[2] = {H5P_DEFAULT, H5Pcreate(H5P_DATASET_XFER)};
    for (int i = 0; i < 2; i++) {
        memset(read, 0, sizeof(read));
        wrong += H5Dread(dset, type, H5S_ALL, H5S_ALL, lists[i], read) < 0;
        wrong += memcmp(data, read, sizeof(data)) != 0;
    }
    wrong += H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL) !=
             3; /* the file, the dataset, the type */
    H5E_BEGIN_TRY
    {
        wrong += H5Dopen2(file, "nothing", H5P_DEFAULT) >= 0;
    }
    H5E_END_TRY
    if (time % 7 != 0) {
        wrong += H5Dclose(dset) < 0;
        wrong += H5Fclose(file) < 0;
    }
    return wrong + (H5close() < 0);
}

int
main(void)
{
    int  wrong   = 0;
    long settled = 0;
    for (int time = 0; time < TIMES; time++) {
        wrong += use(time);
        if (time == SETTLED)
            settled = resident();
    }
    printf("wrong: %d\n", wrong);
    printf("grew: %s\n", resident() - settled > MAY_GROW_K ? "yes" : "no");
    return wrong;
}
