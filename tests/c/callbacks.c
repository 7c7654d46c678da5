/* Functions of a program that HDF5 calls: errors inside them are printed, and their results
 * reported. */
#include "hdf5.h"

#include <stdio.h>
#include <string.h>

static hid_t file;

/* What the program's functions return in the end. */
static int result;

/* Fails, which HDF5 prints; then succeeds. */
static int
fail(const char *where)
{
    fprintf(stderr, "in %s\n", where);
    fprintf(stderr, "opened: %d\n", H5Gopen2(file, "nothing", H5P_DEFAULT) >= 0);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    fprintf(stderr, "in silence: %d\n", H5Gopen2(file, "nothing", H5P_DEFAULT) >= 0);
    H5Eset_auto2(H5E_DEFAULT, (H5E_auto2_t)H5Eprint2, NULL);
    return result;
}

static int
of_chunk(const hsize_t *offset, unsigned mask, haddr_t address, hsize_t size, void *data)
{
    (void)address, (void)size, (void)data;
    fprintf(stderr, "chunk %d, mask %u\n", (int)offset[0], mask);
    return fail("H5Dchunk_iter");
}

static herr_t
of_link(hid_t group, const char *name, const H5L_info2_t *info, void *data)
{
    (void)group, (void)info;
    fprintf(stderr, "link %s\n", name);
    return fail(data);
}

static herr_t
of_old_link(hid_t group, const char *name, void *data)
{
    (void)group;
    fprintf(stderr, "link %s\n", name);
    return fail(data);
}

static herr_t
of_object(hid_t object, const char *name, const H5O_info2_t *info, void *data)
{
    (void)object, (void)info;
    fprintf(stderr, "object %s\n", name);
    return fail(data);
}

static herr_t
of_attribute(hid_t object, const char *name, const H5A_info_t *info, void *data)
{
    (void)object, (void)info;
    fprintf(stderr, "attribute %s\n", name);
    return fail(data);
}

static herr_t
of_old_attribute(hid_t object, const char *name, void *data)
{
    (void)object;
    fprintf(stderr, "attribute %s\n", name);
    return fail(data);
}

static herr_t
of_element(void *element, hid_t type, unsigned rank, const hsize_t *point, void *data)
{
    (void)element, (void)type, (void)rank;
    if (point[0] % 10 == 0)
        fprintf(stderr, "element %d\n", (int)point[0]);
    return point[0] == 25 ? fail(data) : 0;
}

static void
all(hid_t dset, hid_t space)
{
    int      values[40];
    unsigned at    = 0;
    hsize_t  old   = 0;
    int      place = 0;
    fprintf(stderr, "= %d\n", (int)H5Dchunk_iter(dset, H5P_DEFAULT, of_chunk, NULL));
    fprintf(stderr, "= %d\n",
            (int)H5Literate2(file, H5_INDEX_NAME, H5_ITER_INC, &old, of_link, "H5Literate2"));
    fprintf(stderr, "= %d\n", (int)H5Giterate(file, "/", &place, of_old_link, "H5Giterate"));
    fprintf(stderr, "= %d\n",
            (int)H5Lvisit2(file, H5_INDEX_NAME, H5_ITER_INC, of_link, "H5Lvisit2"));
    fprintf(
        stderr, "= %d\n",
        (int)H5Ovisit3(file, H5_INDEX_NAME, H5_ITER_INC, of_object, "H5Ovisit3", H5O_INFO_BASIC));
    old = 0;
    fprintf(stderr, "= %d\n",
            (int)H5Aiterate2(dset, H5_INDEX_NAME, H5_ITER_INC, &old, of_attribute, "H5Aiterate2"));
    fprintf(stderr, "= %d\n", (int)H5Aiterate1(dset, &at, of_old_attribute, "H5Aiterate1"));
    for (int i = 0; i < 40; i++)
        values[i] = i;
    fprintf(stderr, "= %d\n",
            (int)H5Diterate(values, H5T_NATIVE_INT, space, of_element, "H5Diterate"));
}

int
main(void)
{
    hsize_t extent = 40, chunk = 20;
    int     values[40];
    hid_t   list = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &extent, NULL);
    file = H5Fcreate("callbacks.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Pset_chunk(list, 1, &chunk);
    hid_t dset = H5Dcreate2(file, "data", H5T_NATIVE_INT, space, H5P_DEFAULT, list, H5P_DEFAULT);
    hid_t attr = H5Acreate2(dset, "name", H5T_NATIVE_INT, space, H5P_DEFAULT, H5P_DEFAULT);
    for (int i = 0; i < 40; i++)
        values[i] = i == 8 ? 1000 : i % 9 == 7;
    H5Awrite(attr, H5T_NATIVE_INT, values);
    H5Dwrite(dset, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    for (result = 1; result >= -1; result--) {
        fprintf(stderr, "--- %d\n", result);
        all(dset, space);
    }
    H5Aclose(attr), H5Dclose(dset), H5Sclose(space), H5Pclose(list), H5Fclose(file);
    return 0;
}
