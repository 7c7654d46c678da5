/*
 * A program as a user of HDF5's C library writes it: it knows of no connector, and prints all it
 * sees. What h5py cannot say is said here.
 *
 *   detector frames | selections | conversions | members | mistakes | far | near
 */
#include "hdf5.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- what is printed ---- */

static void
print_bytes(const char *what, const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;
    printf("%s:", what);
    for (size_t i = 0; i < size; i++)
        printf(i % 4 == 0 ? " %02x" : "%02x", byte[i]);
    printf("\n");
}

static void
print_status(const char *what, herr_t status)
{
    printf("%s: %s\n", what, status < 0 ? "failed" : "done");
}

/* ---- files and datasets ---- */

static hid_t
new_file(const char *name)
{
    return H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
}

static hid_t
new_dataset(hid_t file, const char *name, hid_t type, int rank, const hsize_t *extent,
            const hsize_t *maximum, const hsize_t *chunk)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(rank, extent, maximum);
    H5Pset_chunk(list, rank, chunk);
    hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    H5Sclose(space);
    H5Pclose(list);
    return dataset;
}

/* ---- a detector: frames are appended, and the program ends without closing anything ---- */

#define FRAME_BYTES (6 * 8)

static void
frames(void)
{
    hid_t   file = new_file("frames.h5"), list = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t extent[] = {0, 6, 8}, maximum[] = {H5S_UNLIMITED, 6, 8}, chunk[] = {1, 6, 8};
    hsize_t one[] = {1, 6, 8};
    hid_t   space = H5Screate_simple(3, extent, maximum), memory = H5Screate_simple(3, one, NULL);
    H5Pset_chunk(list, 3, chunk);
    H5Pset_shuffle(list);
    H5Pset_deflate(list, 4);
    hid_t dataset =
        H5Dcreate2(file, "counts", H5T_STD_U16BE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    for (hsize_t i = 0; i < 20; i++) {
        uint16_t frame[FRAME_BYTES]  = {0};
        hsize_t  start[]             = {i, 0, 0};
        frame[(7 * i) % FRAME_BYTES] = (uint16_t)(i + 1);
        extent[0]                    = i + 1;
        H5Dset_extent(dataset, extent);
        hid_t target = H5Dget_space(dataset);
        H5Sselect_hyperslab(target, H5S_SELECT_SET, start, NULL, one, NULL);
        print_status("frame",
                     H5Dwrite(dataset, H5T_NATIVE_UINT16, memory, target, H5P_DEFAULT, frame));
        H5Sclose(target);
        if (i == 10)
            print_status("flush", H5Fflush(file, H5F_SCOPE_LOCAL));
    }
    uint16_t all[20 * FRAME_BYTES];
    H5Dread(dataset, H5T_NATIVE_UINT16, H5S_ALL, H5S_ALL, H5P_DEFAULT, all);
    print_bytes("all", all, sizeof(all));
}

/* ---- selections ---- */

static const hsize_t extent2[] = {12, 10};

static hid_t
slab(hid_t space, H5S_seloper_t operation, hsize_t y, hsize_t x, hsize_t stride, hsize_t rows,
     hsize_t columns)
{
    hsize_t start[] = {y, x}, strides[] = {stride, stride}, count[] = {rows, columns};
    H5Sselect_hyperslab(space, operation, start, strides, count, NULL);
    return space;
}

static hid_t
plane(void)
{
    return H5Screate_simple(2, extent2, NULL);
}

/* Writes through a selection, then reads through it, and prints both. */
static void
through(hid_t dataset, const char *what, hid_t memory, hid_t selection, hid_t list)
{
    static int first = 100;
    int        buffer[120], back[120] = {0}, all[120];
    for (int i = 0; i < 120; i++)
        buffer[i] = first + i;
    first += 100;
    print_status(what, H5Dwrite(dataset, H5T_NATIVE_INT, memory, selection, list, buffer));
    print_status("read", H5Dread(dataset, H5T_NATIVE_INT, memory, selection, list, back));
    H5Dread(dataset, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, all);
    print_bytes("back", back, sizeof(back));
    print_bytes("all", all, sizeof(all));
}

/* The same with as many elements in a row of memory. */
static void
through_row(hid_t dataset, const char *what, hid_t selection)
{
    hssize_t points = H5Sget_select_npoints(selection);
    hsize_t  length = points > 0 ? (hsize_t)points : 0;
    hid_t    memory = H5Screate_simple(1, &length, NULL);
    printf("%s: %d elements\n", what, (int)points);
    through(dataset, what, memory, selection, H5P_DEFAULT);
    H5Sclose(memory);
    H5Sclose(selection);
}

static void
selections(void)
{
    static const char *const names[]      = {"or", "and", "xor", "notb", "nota"};
    const H5S_seloper_t      operations[] = {H5S_SELECT_OR, H5S_SELECT_AND, H5S_SELECT_XOR,
                                             H5S_SELECT_NOTB, H5S_SELECT_NOTA};
    hsize_t                  chunk[] = {5, 4}, twenty = 20, one = 1;
    hid_t                    file = new_file("selections.h5");
    hid_t dataset = new_dataset(file, "plane", H5T_STD_I32LE, 2, extent2, NULL, chunk);

    for (size_t i = 0; i < COUNT(operations); i++) {
        hid_t a = slab(plane(), H5S_SELECT_SET, 1, 1, 2, 4, 3);
        through_row(dataset, names[i], slab(a, operations[i], 3, 2, 1, 5, 6));
        hid_t inverted = plane(); /* all but a slab */
        through_row(dataset, names[i], slab(inverted, operations[i], 2, 0, 3, 3, 3));
        hid_t left  = slab(plane(), H5S_SELECT_SET, 0, 0, 1, 7, 5);
        hid_t right = slab(plane(), H5S_SELECT_SET, 4, 3, 2, 4, 3);
        through_row(dataset, names[i], H5Scombine_select(left, operations[i], right));
        H5Smodify_select(left, operations[i], right);
        slab(left, H5S_SELECT_XOR, 6, 1, 1, 3, 9);
        through_row(dataset, names[i], left);
        H5Sclose(right);
    }

    hsize_t points[][2] = {{11, 9}, {0, 0}, {5, 4}, {0, 0}, {4, 3}, {11, 9}};
    hid_t   twice       = plane();
    H5Sselect_elements(twice, H5S_SELECT_SET, COUNT(points), points[0]);
    through_row(dataset, "points", H5Scopy(twice));
    H5Sselect_elements(twice, H5S_SELECT_PREPEND, 2, points[2]);
    through_row(dataset, "points before", twice);

    hid_t    moved = slab(plane(), H5S_SELECT_SET, 0, 0, 2, 3, 3);
    hssize_t by[]  = {6, 4};
    H5Soffset_simple(moved, by);
    through_row(dataset, "moved", moved);

    hid_t block = slab(plane(), H5S_SELECT_SET, 2, 2, 1, 4, 5);
    through(dataset, "block", H5S_BLOCK, block, H5P_DEFAULT);
    hid_t   list    = H5Pcreate(H5P_DATASET_XFER);
    hsize_t start[] = {7, 1}, count[] = {2, 3};
    print_status("list", H5Pset_dataset_io_hyperslab_selection(list, 2, H5S_SELECT_SET, start, NULL,
                                                               count, NULL));
    through(dataset, "block by list", H5S_BLOCK, H5S_PLIST, list);
    hid_t six = H5Screate_simple(1, (hsize_t[]){6}, NULL);
    through(dataset, "row by list", six, H5S_PLIST, list);

    hid_t scalar = H5Screate(H5S_SCALAR), null = H5Screate(H5S_NULL), nothing = plane();
    hid_t single = slab(plane(), H5S_SELECT_SET, 3, 3, 1, 1, 1);
    H5Sselect_none(nothing);
    through(dataset, "scalar", scalar, single, H5P_DEFAULT);
    through(dataset, "null", null, nothing, H5P_DEFAULT);
    through(dataset, "null for one", null, single, H5P_DEFAULT);
    through(dataset, "scalar for nothing", scalar, nothing, H5P_DEFAULT);

    hid_t row = H5Screate_simple(1, &twenty, NULL);
    H5Sselect_hyperslab(row, H5S_SELECT_SET, &one, (hsize_t[]){3}, (hsize_t[]){6}, NULL);
    through(dataset, "another shape", row, slab(plane(), H5S_SELECT_SET, 0, 9, 2, 6, 1), list);
    H5Fclose(file);
}

/* ---- conversions ---- */

static hid_t
enumeration(hid_t base)
{
    hid_t type = H5Tenum_create(base);
    for (int i = 0; i < 3; i++) {
        static const char *const names[]  = {"OFF", "ON", "LOST"};
        unsigned char            value[8] = {0};
        int                      number   = i * 40;
        memcpy(value, &number, sizeof(number));
        H5Tconvert(H5T_NATIVE_INT, base, 1, value, NULL, H5P_DEFAULT);
        H5Tenum_insert(type, names[i], value);
    }
    return type;
}

/* A type of few bits somewhere in its bytes. */
static hid_t
narrow(hid_t base, size_t precision, size_t offset)
{
    hid_t type = H5Tcopy(base);
    H5Tset_precision(type, precision);
    H5Tset_offset(type, offset);
    if (H5Tget_class(type) == H5T_BITFIELD)
        H5Tset_pad(type, H5T_PAD_ONE, H5T_PAD_ZERO);
    return type;
}

static void
conversions(void)
{
    hid_t         types[]  = {H5T_STD_I8LE,
                              H5T_STD_U8BE,
                              H5T_STD_I16BE,
                              H5T_STD_U32LE,
                              H5T_STD_I64BE,
                              H5T_STD_U64LE,
                              H5T_IEEE_F32BE,
                              H5T_IEEE_F64LE,
                              H5T_STD_B16LE,
                              H5T_STD_B32BE,
                              enumeration(H5T_STD_I16LE),
                              enumeration(H5T_STD_U32BE),
                              narrow(H5T_STD_I32LE, 11, 5),
                              narrow(H5T_STD_U16BE, 7, 9),
                              narrow(H5T_STD_B32LE, 10, 3)};
    const double  values[] = {0, 0, 40, 80, 1, -1, 0, 200, -40000.75, 3e9, 1e19, 0, -0.5};
    const hsize_t length = COUNT(values), chunk = 5;
    hid_t         file = new_file("conversions.h5");
    for (size_t from = 0; from < COUNT(types); from++) {
        unsigned char source[COUNT(values) * 8];
        memcpy(source, values, sizeof(values));
        if (H5Tconvert(H5T_NATIVE_DOUBLE, types[from], length, source, NULL, H5P_DEFAULT) < 0)
            for (size_t i = 0; i < sizeof(source); i++) /* bits and names have no numbers */
                source[i] = i % 7 == 0 ? (unsigned char)(40 * (i % 3)) : 0;
        for (size_t to = 0; to < COUNT(types); to++) {
            char          name[32];
            unsigned char back[COUNT(values) * 8] = {0};
            snprintf(name, sizeof(name), "from %d to %d", (int)from, (int)to);
            hid_t dataset = new_dataset(file, name, types[to], 1, &length, NULL, &chunk);
            print_status(name,
                         H5Dwrite(dataset, types[from], H5S_ALL, H5S_ALL, H5P_DEFAULT, source));
            H5Dread(dataset, types[to], H5S_ALL, H5S_ALL, H5P_DEFAULT, back);
            print_bytes("stored", back, sizeof(back));
            memset(back, 0x5a, sizeof(back));
            H5Dread(dataset, types[from], H5S_ALL, H5S_ALL, H5P_DEFAULT, back);
            print_bytes("back", back, sizeof(back));
            H5Dclose(dataset);
        }
    }
    H5Fclose(file);
}

/* ---- members of nested compounds ---- */

struct inner {
    short a;
    float b[2];
};

struct record {
    int          id;
    struct inner in;
    char         name[6];
    struct inner list[2];
};

static hid_t
inner_type(int a, int b)
{
    hsize_t two  = 2;
    hid_t   type = H5Tcreate(H5T_COMPOUND, sizeof(struct inner));
    if (a)
        H5Tinsert(type, "a", HOFFSET(struct inner, a), H5T_NATIVE_SHORT);
    if (b)
        H5Tinsert(type, "b", HOFFSET(struct inner, b), H5Tarray_create2(H5T_NATIVE_FLOAT, 1, &two));
    return type;
}

static hid_t
record_type(int id, int a, int b, int name, int list)
{
    hsize_t two  = 2;
    hid_t   type = H5Tcreate(H5T_COMPOUND, sizeof(struct record)), text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, 6);
    if (id)
        H5Tinsert(type, "id", HOFFSET(struct record, id), H5T_NATIVE_INT);
    if (a || b)
        H5Tinsert(type, "in", HOFFSET(struct record, in), inner_type(a, b));
    if (name)
        H5Tinsert(type, "name", HOFFSET(struct record, name), text);
    if (list)
        H5Tinsert(type, "list", HOFFSET(struct record, list),
                  H5Tarray_create2(inner_type(a, b), 1, &two));
    return type;
}

static void
members(void)
{
    hsize_t       nine = 9, four = 4;
    hid_t         file = new_file("members.h5");
    hid_t         full = record_type(1, 1, 1, 1, 1), stored = H5Tcopy(full);
    struct record records[9];
    H5Tpack(stored);
    hid_t dataset = new_dataset(file, "records", stored, 1, &nine, NULL, &four);
    for (int mask = 1; mask < 32; mask++) {
        hid_t part = record_type(mask & 1, mask & 2, mask & 4, mask & 8, mask & 16);
        if (H5Tget_nmembers(part) == 0 || ((mask & 16) && !(mask & 6)))
            continue;
        char what[32];
        memset(records, 0, sizeof(records));
        for (int i = mask % 3; i < 9; i += 3) {
            records[i].id        = mask;
            records[i].in.a      = (short)-i;
            records[i].in.b[1]   = (float)mask / 4;
            records[i].name[0]   = (char)('a' + i);
            records[i].list[1].a = (short)i;
        }
        snprintf(what, sizeof(what), "members %d", mask);
        print_status(what, H5Dwrite(dataset, part, H5S_ALL, H5S_ALL, H5P_DEFAULT, records));
        memset(records, 0x33, sizeof(records));
        H5Dread(dataset, part, H5S_ALL, H5S_ALL, H5P_DEFAULT, records);
        print_bytes("part", records, sizeof(records));
        unsigned char packed[9 * 64];
        H5Dread(dataset, stored, H5S_ALL, H5S_ALL, H5P_DEFAULT, packed);
        print_bytes("all", packed, 9 * H5Tget_size(stored));
    }
    H5Fclose(file);
}

/* ---- mistakes: HDF5 prints its errors itself ---- */

/* A row of seven elements whose chunks have two dimensions, or that may grow without chunks. */
static hid_t
misfit(hid_t file, hsize_t most, const hsize_t *chunk)
{
    hsize_t seven = 7;
    hid_t   list = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &seven, &most);
    if (chunk != NULL)
        H5Pset_chunk(list, 2, chunk);
    return H5Dcreate2(file, "misfit", H5T_NATIVE_INT, space, H5P_DEFAULT, list, H5P_DEFAULT);
}

static void
mistakes(void)
{
    hsize_t  chunk[] = {5, 4}, seven = 7, offset[] = {5, 4}, odd[] = {1, 1}, far_off[] = {50, 4};
    hsize_t  larger[]    = {13, 10};
    int      buffer[120] = {0};
    hid_t    file = new_file("mistakes.h5"), row = H5Screate_simple(1, &seven, NULL);
    hid_t    dataset = new_dataset(file, "plane", H5T_STD_I32LE, 2, extent2, NULL, chunk);
    hid_t    outside = slab(plane(), H5S_SELECT_SET, 10, 0, 1, 4, 4);
    hid_t    text    = H5Tcopy(H5T_C_S1);
    hid_t    number  = H5T_NATIVE_INT;
    uint32_t filters = 0;
    print_status("no type", H5Dwrite(dataset, -1, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer));
    print_status("a space for a type",
                 H5Dwrite(dataset, row, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer));
    print_status("no conversion", H5Dwrite(dataset, text, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer));
    print_status("no space", H5Dread(dataset, number, -5, H5S_ALL, H5P_DEFAULT, buffer));
    print_status("too few elements", H5Dread(dataset, number, row, H5S_ALL, H5P_DEFAULT, buffer));
    print_status("outside", H5Dwrite(dataset, number, outside, outside, H5P_DEFAULT, buffer));
    print_status("no buffer", H5Dwrite(dataset, number, H5S_ALL, H5S_ALL, H5P_DEFAULT, NULL));
    print_status("no list", H5Dread(dataset, number, H5S_ALL, H5S_ALL, number, buffer));
    print_status("a file for a dataset",
                 H5Dread(file, number, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer));
    print_status("too large", H5Dset_extent(dataset, larger));
    print_status("no chunk written", H5Dread_chunk(dataset, H5P_DEFAULT, offset, &filters, buffer));
    print_status("no chunk begins here", H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, odd, 80, buffer));
    print_status("no chunk there", H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, far_off, 80, buffer));
    print_status("an empty chunk", H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, offset, 0, buffer));
    print_status("no such name", H5Dopen2(file, "nowhere", H5P_DEFAULT) < 0 ? -1 : 0);
    print_status("a name twice",
                 new_dataset(file, "plane", number, 2, extent2, NULL, chunk) < 0 ? -1 : 0);
    print_status("a chunk too large",
                 new_dataset(file, "chunk", number, 2, chunk, NULL, extent2) < 0 ? -1 : 0);
    print_status("a chunk of another rank", misfit(file, 7, chunk) < 0 ? -1 : 0);
    print_status("no group", new_dataset(file, "x/y", number, 1, &seven, NULL, chunk) < 0 ? -1 : 0);
    print_status("a type that is none",
                 new_dataset(file, "type", -1, 1, &seven, NULL, chunk) < 0 ? -1 : 0);
    print_status("no chunks", misfit(file, H5S_UNLIMITED, NULL) < 0 ? -1 : 0);
    print_status("what is right", H5Dwrite(dataset, number, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer));
    H5Dclose(dataset);
    print_status("closed", H5Dread(dataset, number, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer));
    H5Fclose(file);
}

/* ---- extents and chunks that take 33 bits and more ---- */

/* Writes values at these places of a row, then reads them after a reopening, with their neighbours.
 */
static void
places(const char *name, hsize_t length, hsize_t chunk, const hsize_t *at, size_t count)
{
    const hsize_t three = 3;
    char          file_name[64];
    snprintf(file_name, sizeof(file_name), "%s.h5", name);
    hid_t file    = new_file(file_name);
    hid_t dataset = new_dataset(file, "row", H5T_STD_U8LE, 1, &length, NULL, &chunk);
    hid_t space = H5Screate_simple(1, &length, NULL), memory = H5Screate_simple(1, &three, NULL);
    for (int again = 0; again < 2; again++) {
        for (size_t i = 0; i < count; i++) {
            unsigned char values[3] = {0, (unsigned char)(i + 1), 0};
            hsize_t       start     = at[i] - 1;
            H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &three, NULL);
            if (again) {
                memset(values, 0x77, sizeof(values));
                H5Dread(dataset, H5T_NATIVE_UCHAR, memory, space, H5P_DEFAULT, values);
                print_bytes(name, values, sizeof(values));
            } else {
                print_status(
                    name, H5Dwrite(dataset, H5T_NATIVE_UCHAR, memory, space, H5P_DEFAULT, values));
            }
        }
        H5Dclose(dataset);
        H5Fclose(file);
        file    = H5Fopen(file_name, H5F_ACC_RDONLY, H5P_DEFAULT);
        dataset = H5Dopen2(file, "row", H5P_DEFAULT);
    }
    hid_t         points     = H5Screate_simple(1, &length, NULL);
    unsigned char values[16] = {0};
    hsize_t       n          = count;
    hid_t         row        = H5Screate_simple(1, &n, NULL);
    H5Sselect_elements(points, H5S_SELECT_SET, count, at);
    print_status("points", H5Dread(dataset, H5T_NATIVE_UCHAR, row, points, H5P_DEFAULT, values));
    print_bytes("points", values, count);
    H5Fclose(file);
}

/* A long row of small chunks. */
static void
far(void)
{
    const hsize_t two32 = (hsize_t)1 << 32;
    const hsize_t at[]  = {1, two32 - 1, two32, two32 + 1, 5 * two32 + 77, 16 * two32 - 2};
    places("far", 16 * two32, 4099, at, COUNT(at));
}

/* Chunks as large as HDF5 has them. */
static void
near(void)
{
    const hsize_t chunk = 0xffffffff, two31 = (hsize_t)1 << 31;
    const hsize_t at[] = {1, two31 - 1, two31, chunk - 1, chunk, 2 * chunk - 2, 3 * chunk + 9};
    places("near", 4 * chunk, chunk, at, COUNT(at));
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } parts[] = {{"frames", frames},   {"selections", selections}, {"conversions", conversions},
                 {"members", members}, {"mistakes", mistakes},     {"far", far},
                 {"near", near}};
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < COUNT(parts); i++)
        if (argc == 2 && strcmp(argv[1], parts[i].name) == 0) {
            parts[i].run();
            return 0;
        }
    return 2;
}
