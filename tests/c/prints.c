/*
 * What HDF5 prints while it runs functions of the program, and what it finds chosen afterwards:
 * these functions fail in calls of their own, and choose another printer or none.
 */
#include "hdf5.h"

#include <stdio.h>
#include <string.h>

#define ELEMENTS 100
#define CHUNK    10
#define FILTER   300

/* What a function of the program does besides failing in a call of its own. */
enum mode {
    NOTHING,
    PRINT_NO_MORE,
    PRINT_OTHERWISE,
    TRY,
    FAIL,
    MODES
};

static hid_t     file;
static enum mode mode;

static herr_t
print(hid_t stack, void *data)
{
    printf("    printed by %s%s\n", (const char *)data, H5Eget_num(stack) > 0 ? "" : ", nothing");
    return 0;
}

/* In a function of the program. */
static void
in(const char *function)
{
    printf("  in %s\n", function);
    H5Dopen2(file, "nothing", H5P_DEFAULT);
    if (mode == PRINT_NO_MORE)
        H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    if (mode == PRINT_OTHERWISE)
        H5Eset_auto2(H5E_DEFAULT, print, "another");
    if (mode == TRY) {
        H5E_BEGIN_TRY
        {
            H5Dopen2(file, "nothing", H5P_DEFAULT);
        }
        H5E_END_TRY
    }
}

static herr_t
at_link(hid_t group, const char *name, const H5L_info2_t *info, void *data)
{
    (void)group, (void)name, (void)info, (void)data;
    in("a link's visitor");
    return mode == FAIL ? -1 : 1;
}

static herr_t
at_object(hid_t group, const char *name, const H5O_info2_t *info, void *data)
{
    (void)group, (void)name, (void)info, (void)data;
    in("an object's visitor");
    return mode == FAIL ? -1 : 1;
}

static herr_t
at_attribute(hid_t object, const char *name, const H5A_info_t *info, void *data)
{
    (void)object, (void)name, (void)info, (void)data;
    in("an attribute's visitor");
    return mode == FAIL ? -1 : 1;
}

/* The visitors of H5Giterate and H5Aiterate1, which are deprecated. */
static herr_t
at_name(hid_t object, const char *name, void *data)
{
    (void)object, (void)name, (void)data;
    in("a visitor of HDF5 1.6");
    return mode == FAIL ? -1 : 1;
}

static int
at_chunk(const hsize_t *offset, unsigned mask, haddr_t address, hsize_t size, void *data)
{
    (void)offset, (void)mask, (void)address, (void)size, (void)data;
    in("a chunk's visitor");
    return mode == FAIL ? -1 : 1;
}

static herr_t
at_element(void *element, hid_t type, unsigned rank, const hsize_t *point, void *data)
{
    (void)element, (void)type, (void)rank, (void)point, (void)data;
    in("an element's visitor");
    return mode == FAIL ? -1 : 1;
}

static H5T_conv_ret_t
at_exception(H5T_conv_except_t what, hid_t from, hid_t to, void *source, void *target, void *data)
{
    (void)what, (void)from, (void)to, (void)source, (void)target, (void)data;
    in("a conversion");
    return mode == FAIL ? H5T_CONV_ABORT : H5T_CONV_UNHANDLED;
}

static size_t
filter(unsigned flags, size_t count, const unsigned values[], size_t bytes, size_t *size,
       void **buffer)
{
    (void)count, (void)values, (void)size, (void)buffer;
    in(flags & H5Z_FLAG_REVERSE ? "a filter that decodes" : "a filter that encodes");
    return bytes;
}

static H5O_mcdt_search_ret_t
at_search(void *data)
{
    (void)data;
    in("a search for committed datatypes");
    return mode == FAIL ? H5O_MCDT_SEARCH_ERROR : H5O_MCDT_SEARCH_CONT;
}

static const H5Z_class2_t filter_class = {H5Z_CLASS_T_VERS, FILTER, 1,    1,
                                          "of the program", NULL,   NULL, filter};

static void
begin(const char *what)
{
    printf("%s, mode %d\n", what, (int)mode);
    H5Eset_auto2(H5E_DEFAULT, print, "the first");
}

static void
end(int64_t result)
{
    H5E_auto2_t printer = NULL;
    void       *data    = NULL;
    H5Eget_auto2(H5E_DEFAULT, &printer, &data);
    printf("  %s; then printed by %s\n", result < 0 ? "failed" : "done",
           printer == NULL    ? "no one"
           : printer == print ? (const char *)data
                              : "an unknown");
    H5Eset_auto2(H5E_DEFAULT, print, "the first");
}

/* A dataspace of the dataset in which some elements of a chunk are selected. */
static hid_t
part(hsize_t start, hsize_t count)
{
    hsize_t extent[1] = {ELEMENTS};
    hid_t   space     = H5Screate_simple(1, extent, NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &count, NULL);
    return space;
}

int
main(void)
{
    hsize_t extent[1] = {ELEMENTS}, chunk[1] = {CHUNK};
    int     data[ELEMENTS];
    short   converted[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++)
        data[i] = 100000 + i;

    H5Zregister(&filter_class);
    file        = H5Fcreate("prints.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t other = H5Fcreate("other.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(1, extent, NULL);
    hid_t dcpl  = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(dcpl, 1, chunk);
    hid_t x = H5Dcreate2(file, "x", H5T_NATIVE_INT, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    H5Pset_filter(dcpl, FILTER, 0, 0, NULL);
    hid_t y = H5Dcreate2(file, "y", H5T_NATIVE_INT, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    H5Premove_filter(dcpl, FILTER);
    hid_t type = H5Tcopy(H5T_NATIVE_INT);
    H5Tcommit2(file, "type", type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dclose(H5Dcreate2(file, "z", type, space, H5P_DEFAULT, dcpl, H5P_DEFAULT));
    H5Tclose(type);
    type = H5Tcopy(H5T_NATIVE_INT);
    H5Tcommit2(other, "type", type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Tclose(type);
    H5Aclose(H5Acreate2(x, "attribute", H5T_NATIVE_INT, space, H5P_DEFAULT, H5P_DEFAULT));

    hid_t converting = H5Pcreate(H5P_DATASET_XFER);
    H5Pset_type_conv_cb(converting, at_exception, NULL);
    hid_t copying = H5Pcreate(H5P_OBJECT_COPY);
    H5Pset_copy_object(copying, H5O_COPY_MERGE_COMMITTED_DTYPE_FLAG);
    H5Pset_mcdt_search_cb(copying, at_search, NULL);

    for (mode = NOTHING; mode < MODES; mode++) {
        char  copy[16];
        hid_t one = part(5, 1), ten = part(CHUNK * (hsize_t)mode, CHUNK);
        snprintf(copy, sizeof(copy), "copy %d", (int)mode);
        begin("H5Dopen2");
        end(H5Dopen2(file, "nothing", H5P_DEFAULT));
        begin("H5Literate2");
        end(H5Literate2(file, H5_INDEX_NAME, H5_ITER_INC, NULL, at_link, NULL));
        begin("H5Ovisit3");
        end(H5Ovisit3(file, H5_INDEX_NAME, H5_ITER_INC, at_object, NULL, H5O_INFO_BASIC));
        begin("H5Aiterate2");
        end(H5Aiterate2(x, H5_INDEX_NAME, H5_ITER_INC, NULL, at_attribute, NULL));
        begin("H5Giterate");
        end(H5Giterate(file, "/", NULL, at_name, NULL));
        begin("H5Aiterate1");
        end(H5Aiterate1(x, NULL, at_name, NULL));
        begin("H5Dwrite");
        end(H5Dwrite(x, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, data));
        begin("H5Dchunk_iter");
        end(H5Dchunk_iter(x, H5P_DEFAULT, at_chunk, NULL));
        begin("H5Diterate");
        end(H5Diterate(data, H5T_NATIVE_INT, space, at_element, NULL));
        begin("H5Dread, converted");
        end(H5Dread(x, H5T_NATIVE_SHORT, one, one, converting, converted));
        begin("H5Dwrite, filtered");
        H5Dwrite(y, H5T_NATIVE_INT, ten, ten, H5P_DEFAULT, data);
        end(H5Dflush(y));
        begin("H5Ocopy");
        end(H5Ocopy(file, "z", other, copy, copying, H5P_DEFAULT));
        H5Sclose(one);
        H5Sclose(ten);
    }
    mode = NOTHING;
    H5Pclose(copying);
    H5Pclose(converting);
    H5Pclose(dcpl);
    H5Sclose(space);
    H5Dclose(x);
    H5Dclose(y);
    H5Fclose(other);
    return H5Fclose(file) < 0;
}
