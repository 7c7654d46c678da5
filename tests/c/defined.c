/*
 * A program that asks for the defined elements of a dataset by vol_sparse.h.
 *
 *     defined FILE        creates the file with a dataset, and prints what is defined
 *     defined -r FILE     opens it for reading, and lets functions fail
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vol_sparse.h>

#define CHECK(call)                                                   \
    do {                                                              \
        if ((call) < 0) {                                             \
            fprintf(stderr, "line %d: %s failed\n", __LINE__, #call); \
            exit(1);                                                  \
        }                                                             \
    } while (0)

static const hsize_t extent[2] = {1000000, 1000};
static const hsize_t chunk[2]  = {1000, 100};

struct sum {
    int  rows;
    int  calls;
    long values;
    int  stop_after;
};

static int
add(size_t count, const hsize_t *coords, const void *values, void *op_data)
{
    struct sum *sum = (struct sum *)op_data;
    sum->calls++;
    for (size_t i = 0; i < count; i++) {
        sum->rows += (int)coords[2 * i];
        if (values != NULL)
            sum->values += ((const int *)values)[i];
    }
    return sum->calls == sum->stop_after ? 7 : 0;
}

static int
refuse(size_t count, const hsize_t *coords, const void *values, void *op_data)
{
    (void)count, (void)coords, (void)values, (void)op_data;
    return -3;
}

/* Prints the selection's kind, and all values read with it. */
static void
print_defined(hid_t dset, hid_t where)
{
    hid_t   defined = vol_sparse_get_defined(dset, where, H5P_DEFAULT);
    hsize_t n       = (hsize_t)H5Sget_select_npoints(defined);
    hsize_t counted = 0;
    CHECK(defined);
    CHECK(vol_sparse_get_num_defined(dset, where, H5P_DEFAULT, &counted));
    printf("%s of %d, counted %d:",
           H5Sget_select_type(defined) == H5S_SEL_POINTS ? "points" : "others", (int)n,
           (int)counted);
    if (n > 0) {
        hid_t packed = H5Screate_simple(1, &n, NULL);
        int  *values = (int *)malloc(n * sizeof(int));
        CHECK(H5Dread(dset, H5T_NATIVE_INT, packed, defined, H5P_DEFAULT, values));
        for (hsize_t i = 0; i < n && i < 6; i++)
            printf(" %d", values[i]);
        free(values);
        CHECK(H5Sclose(packed));
    }
    printf("\n");
    CHECK(H5Sclose(defined));
}

static void
write_block(hid_t dset, hsize_t row, hsize_t column, hsize_t height, hsize_t width, int first)
{
    hsize_t start[2], shape[2];
    hid_t   file, memory;
    int    *values = (int *)malloc(height * width * sizeof(int));
    start[0]       = row;
    start[1]       = column;
    shape[0]       = height;
    shape[1]       = width;
    for (hsize_t i = 0; i < height * width; i++)
        values[i] = first + (int)i;
    CHECK(file = H5Dget_space(dset));
    CHECK(memory = H5Screate_simple(2, shape, NULL));
    CHECK(H5Sselect_hyperslab(file, H5S_SELECT_SET, start, NULL, shape, NULL));
    CHECK(H5Dwrite(dset, H5T_NATIVE_INT, memory, file, H5P_DEFAULT, values));
    CHECK(H5Sclose(file));
    CHECK(H5Sclose(memory));
    free(values);
}

static void
create(const char *name)
{
    hid_t      file, space, dcpl, dset, rows;
    struct sum sum      = {0, 0, 0, 0};
    hsize_t    start[2] = {500, 0};
    hsize_t    shape[2] = {999000, 1000};

    CHECK(file = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    CHECK(space = H5Screate_simple(2, extent, NULL));
    CHECK(dcpl = H5Pcreate(H5P_DATASET_CREATE));
    CHECK(H5Pset_chunk(dcpl, 2, chunk));
    CHECK(dset = H5Dcreate2(file, "counts", H5T_STD_I16BE, space, H5P_DEFAULT, dcpl, H5P_DEFAULT));
    print_defined(dset, H5S_ALL);
    write_block(dset, 999, 98, 2, 3, 1); /* in four chunks */
    write_block(dset, 7, 5, 1, 1, 100);
    write_block(dset, 999999, 999, 1, 1, 200);
    print_defined(dset, H5S_ALL);

    CHECK(rows = H5Dget_space(dset));
    CHECK(H5Sselect_hyperslab(rows, H5S_SELECT_SET, start, NULL, shape, NULL));
    print_defined(dset, rows);

    printf("returned %d:",
           vol_sparse_iterate_defined(dset, H5S_ALL, H5T_NATIVE_INT, H5P_DEFAULT, add, &sum));
    printf(" %d calls, rows %d, values %ld\n", sum.calls, sum.rows, sum.values);
    memset(&sum, 0, sizeof(sum));
    sum.stop_after = 2;
    printf("returned %d:",
           vol_sparse_iterate_defined(dset, H5S_ALL, H5I_INVALID_HID, H5P_DEFAULT, add, &sum));
    printf(" %d calls, rows %d, values %ld\n", sum.calls, sum.rows, sum.values);

    CHECK(vol_sparse_erase(dset, rows, H5P_DEFAULT));
    print_defined(dset, H5S_ALL);
    CHECK(H5Sclose(rows));
    CHECK(H5Dclose(dset));
    CHECK(H5Pclose(dcpl));
    CHECK(H5Sclose(space));
    CHECK(H5Fclose(file));
}

/* HDF5 has begun anew: the operations have other numbers. */
static void
read_again(const char *name)
{
    hid_t file, dset;
    CHECK(file = H5Fopen(name, H5F_ACC_RDONLY, H5P_DEFAULT));
    CHECK(dset = H5Dopen2(file, "counts", H5P_DEFAULT));
    print_defined(dset, H5S_ALL);
    CHECK(H5Dclose(dset));
    CHECK(H5Fclose(file));
}

static void
fail(const char *name)
{
    hid_t file, dset, small, dxpl;
    CHECK(file = H5Fopen(name, H5F_ACC_RDONLY, H5P_DEFAULT));
    CHECK(dset = H5Dopen2(file, "counts", H5P_DEFAULT));
    CHECK(small = H5Screate_simple(2, chunk, NULL));
    CHECK(dxpl = H5Pcreate(H5P_DATASET_XFER));
    CHECK(H5Pset_data_transform(dxpl, "2*x"));
    printf("not a dataset: %d\n", (int)vol_sparse_get_defined(file, H5S_ALL, H5P_DEFAULT));
    printf("another extent: %d\n", (int)vol_sparse_get_defined(dset, small, H5P_DEFAULT));
    printf("read only: %d\n", vol_sparse_erase(dset, H5S_ALL, H5P_DEFAULT));
    printf("refused: %d\n",
           vol_sparse_iterate_defined(dset, H5S_ALL, H5T_NATIVE_INT, H5P_DEFAULT, refuse, NULL));
    printf("transformed: %d\n",
           vol_sparse_iterate_defined(dset, H5S_ALL, H5T_NATIVE_INT, dxpl, refuse, NULL));
    printf("no function: %d\n",
           vol_sparse_iterate_defined(dset, H5S_ALL, H5T_NATIVE_INT, H5P_DEFAULT, NULL, NULL));
    CHECK(H5Pclose(dxpl));
    CHECK(H5Sclose(small));
    CHECK(H5Dclose(dset));
    CHECK(H5Fclose(file));
}

int
main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 3 && strcmp(argv[1], "-r") == 0)
        fail(argv[2]);
    else if (argc == 2) {
        create(argv[1]);
        CHECK(H5close());
        read_again(argv[1]);
    } else
        return 2;
    return 0;
}
