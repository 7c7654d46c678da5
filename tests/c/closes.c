/*
 * A program that closes whatever HDF5 says is open, but what it knows: between its calls, and
 * within functions of its own that HDF5 runs.
 */
#include "hdf5.h"

#include <stdio.h>
#include <string.h>

#define ELEMENTS 100
#define CHUNK    10
#define KNOWN    3 /* the file, the dataset and its datatype */

static hid_t known[KNOWN];

/* Closes what is open besides, and says how much that was. */
static void
close_unknown(const char *when)
{
    hid_t   open[256];
    ssize_t count   = H5Fget_obj_ids((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL, 256, open);
    int     unknown = 0;
    for (ssize_t i = 0; i < count; i++) {
        int is_known = 0;
        for (int k = 0; k < KNOWN; k++)
            is_known |= open[i] == known[k];
        if (!is_known) {
            unknown++;
            H5Idec_ref(open[i]);
        }
    }
    printf("  %s: %d open, %d in the file, %d unknown\n", when, (int)count,
           (int)H5Fget_obj_count(known[0], H5F_OBJ_ALL), unknown);
}

static int
at_chunk(const hsize_t *offset, unsigned mask, haddr_t address, hsize_t size, void *data)
{
    (void)offset, (void)mask, (void)address, (void)size, (void)data;
    close_unknown("at a chunk");
    return 1;
}

static herr_t
at_link(hid_t group, const char *name, const H5L_info2_t *info, void *data)
{
    (void)group, (void)name, (void)info, (void)data; /* HDF5 opened the group for the visit */
    printf("  at a link: %d open\n", (int)H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL));
    return 1;
}

static H5T_conv_ret_t
at_exception(H5T_conv_except_t what, hid_t from, hid_t to, void *source, void *target, void *data)
{
    (void)what, (void)from, (void)to, (void)source, (void)target;
    if ((*(int *)data)++ == 0)
        close_unknown("at a conversion");
    return H5T_CONV_UNHANDLED;
}

static void
use(const char *name, hid_t type, hid_t file, int deflate, int converts)
{
    static unsigned char data[ELEMENTS * 64], read[ELEMENTS * 64];
    size_t               size      = H5Tget_size(type);
    hsize_t              extent[1] = {ELEMENTS}, chunk[1] = {CHUNK}, offset[1] = {CHUNK}, bytes = 0;
    uint32_t             mask  = 0;
    int                  calls = 0;
    hid_t                space = H5Screate_simple(1, extent, NULL);
    hid_t                dcpl  = H5Pcreate(H5P_DATASET_CREATE);
    hid_t                dxpl  = H5Pcreate(H5P_DATASET_XFER);
    H5Pset_type_conv_cb(dxpl, at_exception, &calls);
    H5Pset_chunk(dcpl, 1, chunk);
    if (deflate)
        H5Pset_deflate(dcpl, 1);
    printf("%s, deflate %d\n", name, deflate);
    for (size_t i = 0; i < ELEMENTS * size; i++)
        data[i] = i / size % 20 < 12 ? (unsigned char)(i + 1) : 0;

    known[0]   = file;
    known[1]   = H5Dcreate2(file, name, type, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    known[2]   = type;
    hid_t dset = known[1];
    close_unknown("created");
    printf("  write %d\n", H5Dwrite(dset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data));
    close_unknown("written");
    printf("  flush %d\n", H5Fflush(file, H5F_SCOPE_GLOBAL));
    close_unknown("flushed");
    for (int again = 0; again < 2; again++) {
        memset(read, 0, sizeof(read));
        printf("  read %d", H5Dread(dset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, read));
        printf(", %s\n", memcmp(data, read, ELEMENTS * size) == 0 ? "the same" : "others");
        close_unknown("read");
    }
    printf("  chunk's size %d", H5Dget_chunk_storage_size(dset, offset, &bytes));
    printf(", read %d\n", H5Dread_chunk(dset, H5P_DEFAULT, offset, &mask, read));
    close_unknown("chunk read");
    H5Dchunk_iter(dset, H5P_DEFAULT, at_chunk, NULL);
    H5Literate2(file, H5_INDEX_NAME, H5_ITER_INC, NULL, at_link, NULL);
    if (converts) {
        short       converted[ELEMENTS];
        const hid_t memory = H5T_NATIVE_SHORT;
        printf("  convert %d\n", H5Dread(dset, memory, H5S_ALL, H5S_ALL, dxpl, converted));
        close_unknown("converted");
        printf("  convert %d\n", H5Dwrite(dset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, converted));
        close_unknown("converted");
    }
    printf("  close %d\n", H5Dclose(dset));
    known[1] = 0;
    close_unknown("closed");
    H5Pclose(dxpl);
    H5Pclose(dcpl);
    H5Sclose(space);
}

int
main(void)
{
    hid_t file = H5Fcreate("closes.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    for (int deflate = 0; deflate < 2; deflate++) {
        char  name[32];
        int   one = 1;
        hid_t type;
        snprintf(name, sizeof(name), "numbers %d", deflate);
        type = H5Tcopy(H5T_NATIVE_INT);
        use(name, type, file, deflate, 1);
        H5Tclose(type);
        snprintf(name, sizeof(name), "floats %d", deflate);
        type = H5Tcopy(H5T_IEEE_F64BE);
        use(name, type, file, deflate, 0);
        H5Tclose(type);
        snprintf(name, sizeof(name), "enum %d", deflate);
        type = H5Tenum_create(H5T_NATIVE_INT);
        H5Tenum_insert(type, "one", &one);
        use(name, type, file, deflate, 0);
        H5Tclose(type);
        snprintf(name, sizeof(name), "compound %d", deflate);
        type = H5Tcreate(H5T_COMPOUND, 16);
        H5Tinsert(type, "a", 0, H5T_NATIVE_INT);
        H5Tinsert(type, "b", 8, H5T_NATIVE_DOUBLE);
        use(name, type, file, deflate, 0);
        H5Tclose(type);
        snprintf(name, sizeof(name), "text %d", deflate);
        type = H5Tcopy(H5T_C_S1);
        H5Tset_size(type, 5);
        use(name, type, file, deflate, 0);
        H5Tclose(type);
        snprintf(name, sizeof(name), "committed type %d", deflate);
        type = H5Tcopy(H5T_NATIVE_INT);
        H5Tcommit2(file, name, type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        snprintf(name, sizeof(name), "of committed type %d", deflate);
        use(name, type, file, deflate, 1);
        H5Tclose(type);
    }
    return H5Fclose(file) < 0;
}
