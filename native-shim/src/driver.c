#include "driver.h"

#include "jvm.h"
#include "worlds.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The driver's value, from HDF5's testing range (256-511), as the connector's. */
#define VOL_SPARSE_DRIVER 367

/* H5F_ACC_RDWR and H5F_ACC_SWMR_WRITE: HDF5's own macros call the library. */
#define ACC_RDWR       0x0001u
#define ACC_SWMR_WRITE 0x0020u

/* From the superblock's address on so much is Java's in any case: it looks at the superblock. */
#define SUPERBLOCK_BYTES 96

/* What HDF5 has of an open file. */
struct file {
    H5FD_t              public; /* HDF5's part, which it fills in */
    const H5FD_class_t *below;
    H5FD_t             *under;      /* the file in the driver below */
    int                 generation; /* of the JVM that knows it */
    struct driver_words words;
};

static struct file *
own(const H5FD_t *file)
{
    return (struct file *)(uintptr_t)file;
}

/* Whether the file was opened before a fork(), by a process whose Java this one has not. */
static bool
is_inherited(const struct file *file)
{
    return file->words.number != 0 && file->generation != vol_sparse_jvm_generation();
}

/* Tells Java what may have changed, and what HDF5 asks. */
static int64_t
ask_java(void *caller, enum slot slot, struct file *file, int64_t a, int64_t b, int64_t c)
{
    const int64_t words[] = {(int64_t)(intptr_t)&file->words, a, b, c};
    file->words.call      = vol_sparse_call_number();
    file->words.base      = (int64_t)file->public.base_addr;
    return vol_sparse_upcall(caller, slot, words, 4);
}

/* ---- the driver's own property ---- */

static void *
info_copy(const void *info)
{
    struct driver_info *copy = malloc(sizeof(*copy));
    if (copy != NULL)
        memcpy(copy, info, sizeof(*copy));
    return copy;
}

static herr_t
info_free(void *info)
{
    free(info);
    return 0;
}

/* What a file that is reached through this one is opened with, by an external link say. */
static void *
info_of_file(H5FD_t *file)
{
    struct driver_info info = {.strength = own(file)->words.strength};
    return info_copy(&info);
}

/* ---- open and close ---- */

static H5FD_t *
driver_open(const char *name, unsigned flags, hid_t fapl, haddr_t maxaddr)
{
    const struct driver      *driver = vol_sparse_driver_of(__builtin_return_address(0));
    const H5FD_class_t       *below  = NULL;
    const struct driver_info *info   = NULL;
    const void *(*info_of)(hid_t)    = NULL;
    void        *descriptor          = NULL;
    struct file *file                = calloc(1, sizeof(*file));
    bool         is_for_writing      = (flags & ACC_RDWR) != 0 && (flags & ACC_SWMR_WRITE) == 0;
    if (driver == NULL || file == NULL) {
        free(file);
        return NULL;
    }
    below               = (const H5FD_class_t *)(intptr_t)driver->below;
    *(void **)&info_of  = (void *)(intptr_t)driver->info_of;
    file->below         = below;
    file->generation    = vol_sparse_jvm_generation();
    file->words.own     = (intptr_t)file;
    file->words.size    = -1;
    file->words.journal = -1;
    file->words.failed  = -1;
    file->under         = below->open(name, flags, fapl, maxaddr);
    if (file->under == NULL) {
        free(file);
        return NULL;
    }
    file->under->cls          = below;
    file->under->access_flags = flags;
    file->under->maxaddr      = maxaddr;
    info                      = info_of(fapl);
    file->words.strength      = info == NULL ? 0 : info->strength;
    if (is_for_writing && file->words.strength != 0 &&
        below->get_handle(file->under, fapl, &descriptor) >= 0) {
        file->words.descriptor = *(const int *)descriptor;
        file->words.end        = (int64_t)below->get_eof(file->under, H5FD_MEM_DEFAULT);
        if (ask_java(__builtin_return_address(0), SLOT_DRIVER_OPEN, file, (intptr_t)name, 0, 0) <
            0) {
            below->close(file->under);
            free(file);
            return NULL;
        }
    }
    return &file->public;
}

static herr_t
driver_close(H5FD_t *public)
{
    struct file *file   = own(public);
    herr_t       result = 0;
    if (file->words.number != 0 && !is_inherited(file))
        result = (herr_t)ask_java(__builtin_return_address(0), SLOT_DRIVER_CLOSE, file, 0, 0, 0);
    if (file->below->close(file->under) < 0)
        result = -1;
    free(file);
    return result;
}

/* ---- read and write ---- */

/* Whether Java holds some of these bytes. */
static bool
is_held(const struct file *file, haddr_t address, size_t size)
{
    return (int64_t)address < file->words.held_to &&
           (int64_t)(address + size) > file->words.held_from;
}

/* Puts what the parent held over what is in the file. */
static herr_t
read_pieces(const struct driver_words *words, int64_t address, int64_t size, char *buffer)
{
    const struct driver_piece *pieces = (const struct driver_piece *)(intptr_t)words->pieces;
    for (int64_t i = 0; i < words->piece_count; i++) {
        int64_t from     = pieces[i].address > address ? pieces[i].address : address;
        int64_t end      = pieces[i].address + pieces[i].size;
        int64_t to       = end < address + size ? end : address + size;
        int64_t position = pieces[i].position + (from - pieces[i].address);
        char   *at       = buffer + (from - address);
        if (from >= to)
            continue;
        if (pieces[i].position < 0) {
            memset(at, 0, (size_t)(to - from));
        } else if (position < words->memory_from + words->memory_size) {
            memcpy(at, (const char *)(intptr_t)words->memory + (position - words->memory_from),
                   (size_t)(to - from));
        } else {
            for (int64_t done = 0; done < to - from;) {
                ssize_t count = pread((int)words->journal, at + done, (size_t)(to - from - done),
                                      position + done);
                if (count == 0 || (count < 0 && errno != EINTR))
                    return -1;
                done += count < 0 ? 0 : count;
            }
        }
    }
    return 0;
}

static herr_t
read_inherited(void *caller, struct file *file, haddr_t address, size_t size, void *buffer)
{
    if (file->words.piece_count >= 0 &&
        read_pieces(&file->words, (int64_t)address, (int64_t)size, buffer) >= 0)
        return 0;
    vol_sparse_driver_error(caller, "the file was open for writing before the fork, and part of it "
                                    "is known to the parent only: flush it before the fork, or "
                                    "open it anew in the child");
    return -1;
}

static herr_t
driver_read(H5FD_t *public, H5FD_mem_t type, hid_t dxpl, haddr_t address, size_t size, void *buffer)
{
    void        *caller = __builtin_return_address(0);
    struct file *file   = own(public);
    herr_t       result = file->below->read(file->under, type, dxpl, address, size, buffer);
    if (file->words.number == 0 || result < 0 || !is_held(file, address, size))
        return result;
    if (is_inherited(file))
        return read_inherited(caller, file, address, size, buffer);
    return (herr_t)ask_java(caller, SLOT_DRIVER_READ, file, (int64_t)address, (int64_t)size,
                            (intptr_t)buffer);
}

/* A child that writes goes on with the file as it would natively: what the parent held is put into
 * it, and from then on all passes through. Two who write spoil the file, as they do natively. */
static herr_t
take_over(void *caller, struct file *file)
{
    struct driver_words       *words  = &file->words;
    const struct driver_piece *pieces = (const struct driver_piece *)(intptr_t)words->pieces;
    bool is_unknown                   = words->held_from < words->held_to && words->piece_count < 0;
    char buffer[8192];
    for (int64_t i = 0; !is_unknown && i < words->piece_count; i++) {
        for (int64_t done = 0; done < pieces[i].size;) {
            int64_t rest = pieces[i].size - done;
            int64_t size = rest < (int64_t)sizeof(buffer) ? rest : (int64_t)sizeof(buffer);
            int64_t from = pieces[i].address + done;
            if (read_pieces(words, from, size, buffer) < 0 ||
                file->below->write(file->under, H5FD_MEM_DEFAULT, H5P_DEFAULT, (haddr_t)from,
                                   (size_t)size, buffer) < 0)
                return -1;
            done += size;
        }
    }
    if (is_unknown) {
        vol_sparse_driver_error(caller, "the file was open for writing before the fork, and part "
                                        "of it is known to the parent only: flush it before the "
                                        "fork, or open it anew in the child");
        return -1;
    }
    if (words->size >= 0 &&
        vol_sparse_driver_below(words, BELOW_TRUNCATE, 0, words->size, NULL) < 0)
        return -1;
    words->size   = -1;
    words->number = 0;
    return 0;
}

/*
 * What HDF5 writes when a child closes what it has only read is the parent's to write. Returns
 * whether that is so; else all passes through, or the result is negative.
 */
static int
is_left_to_parent(void *caller, struct file *file)
{
    const struct driver *driver = vol_sparse_driver_of(caller);
    if (vol_sparse_is_releasing() && (driver == NULL || driver->changes == 0))
        return 1;
    return take_over(caller, file);
}

/* Passes a write on to the driver below. */
static herr_t
write_below(struct file *file, haddr_t address, size_t size, const void *buffer)
{
    herr_t result =
        file->below->write(file->under, H5FD_MEM_DEFAULT, H5P_DEFAULT, address, size, buffer);
    if (result >= 0 && (int64_t)(address + size) > file->words.size)
        file->words.size = -1; /* the driver below knows the end of the file again */
    return result;
}

static herr_t
driver_write(H5FD_t *public, H5FD_mem_t type, hid_t dxpl, haddr_t address, size_t size,
             const void *buffer)
{
    void        *caller = __builtin_return_address(0);
    struct file *file   = own(public);
    haddr_t      kept   = file->public.base_addr + SUPERBLOCK_BYTES;
    size_t       asked  = 0;
    if (is_inherited(file)) {
        int left = is_left_to_parent(caller, file);
        if (left != 0)
            return left < 0 ? -1 : 0;
    }
    if (file->words.number == 0)
        return file->below->write(file->under, type, dxpl, address, size, buffer);
    if (file->words.progress == PROGRESS_FLUSHED)
        file->words.progress = PROGRESS_WRITTEN;
    if ((int64_t)kept < file->words.end)
        kept = (haddr_t)file->words.end;
    if (is_held(file, address, size))
        asked = size;
    else if (address < kept)
        asked = kept - address < size ? (size_t)(kept - address) : size;
    file->words.refused = 0;
    if (asked < size &&
        write_below(file, address + asked, size - asked, (const char *)buffer + asked) < 0) {
        asked               = size; /* Java tries again, or holds it */
        file->words.refused = 1;
    }
    if (asked > 0 && ask_java(caller, SLOT_DRIVER_WRITE, file, (int64_t)address, (int64_t)asked,
                              (intptr_t)buffer) < 0) {
        file->words.failed = vol_sparse_call_number();
        return -1;
    }
    return 0;
}

/* ---- sizes ---- */

static haddr_t
driver_get_eoa(const H5FD_t *public, H5FD_mem_t type)
{
    const struct file *file = own(public);
    return file->below->get_eoa(file->under, type);
}

static herr_t
driver_set_eoa(H5FD_t *public, H5FD_mem_t type, haddr_t address)
{
    struct file *file  = own(public);
    file->words.serial = (int64_t)file->public.fileno; /* HDF5 has set it once the file is open */
    return file->below->set_eoa(file->under, type, address);
}

static haddr_t
driver_get_eof(const H5FD_t *public, H5FD_mem_t type)
{
    const struct file *file = own(public);
    return file->words.size >= 0 ? (haddr_t)file->words.size
                                 : file->below->get_eof(file->under, type);
}

static herr_t
driver_truncate(H5FD_t *public, hid_t dxpl, hbool_t closing)
{
    void        *caller = __builtin_return_address(0);
    struct file *file   = own(public);
    int64_t      size   = (int64_t)file->below->get_eoa(file->under, H5FD_MEM_DEFAULT);
    herr_t       result = 0;
    if (is_inherited(file)) {
        int left = is_left_to_parent(caller, file);
        if (left != 0)
            return left < 0 ? -1 : 0;
    }
    if (file->words.number == 0)
        return file->below->truncate(file->under, dxpl, closing);
    if (size < file->words.end || size < file->words.held_to)
        result = (herr_t)ask_java(caller, SLOT_DRIVER_TRUNCATE, file, size, 0, 0);
    if (result >= 0 && size >= file->words.end) {
        file->words.size = -1;
        result           = file->below->truncate(file->under, dxpl, closing);
    }
    if (result < 0)
        file->words.failed = vol_sparse_call_number();
    file->words.progress = closing ? PROGRESS_CLOSING : PROGRESS_TRUNCATED;
    return result;
}

/* HDF5 sets a file to its size before it flushes it as a whole, and not before it flushes only what
 * belongs to one object. The driver below has nothing to flush. */
static herr_t
driver_flush(H5FD_t *public, hid_t dxpl, hbool_t closing)
{
    struct file *file = own(public);
    (void)closing;
    (void)dxpl;
    if (file->words.progress == PROGRESS_TRUNCATED)
        file->words.progress = PROGRESS_FLUSHED;
    return 0;
}

int64_t
vol_sparse_driver_below(struct driver_words *words, int64_t operation, int64_t address,
                        int64_t size, void *buffer)
{
    struct file *file = (struct file *)(intptr_t)words->own;
    herr_t       result;
    haddr_t      eoa;
    switch ((enum below)operation) {
        case BELOW_READ:
            return file->below->read(file->under, H5FD_MEM_DEFAULT, H5P_DEFAULT, (haddr_t)address,
                                     (size_t)size, buffer);
        case BELOW_WRITE:
            return write_below(file, (haddr_t)address, (size_t)size, buffer);
        case BELOW_TRUNCATE:
            eoa = file->below->get_eoa(file->under, H5FD_MEM_DEFAULT);
            file->below->set_eoa(file->under, H5FD_MEM_DEFAULT, (haddr_t)size);
            result = file->below->truncate(file->under, H5P_DEFAULT, 0);
            file->below->set_eoa(file->under, H5FD_MEM_DEFAULT, eoa);
            return result;
        case BELOW_END:
            return (int64_t)file->below->get_eof(file->under, H5FD_MEM_DEFAULT);
    }
    return -1;
}

/* ---- what passes through ---- */

static int
driver_cmp(const H5FD_t *first, const H5FD_t *second)
{
    return own(first)->below->cmp(own(first)->under, own(second)->under);
}

static herr_t
driver_query(const H5FD_t *public, unsigned long *flags)
{
    const struct driver *driver = NULL;
    if (public != NULL)
        return own(public)->below->query(own(public)->under, flags);
    driver = vol_sparse_driver_of(__builtin_return_address(0));
    return driver == NULL ? -1
                          : ((const H5FD_class_t *)(intptr_t)driver->below)->query(NULL, flags);
}

static herr_t
driver_get_handle(H5FD_t *public, hid_t fapl, void **handle)
{
    return own(public)->below->get_handle(own(public)->under, fapl, handle);
}

static herr_t
driver_lock(H5FD_t *public, hbool_t is_exclusive)
{
    return own(public)->below->lock(own(public)->under, is_exclusive);
}

static herr_t
driver_unlock(H5FD_t *public)
{
    return own(public)->below->unlock(own(public)->under);
}

static herr_t
driver_del(const char *name, hid_t fapl)
{
    const struct driver *driver = vol_sparse_driver_of(__builtin_return_address(0));
    return driver == NULL ? -1 : ((const H5FD_class_t *)(intptr_t)driver->below)->del(name, fapl);
}

static herr_t
driver_ctl(H5FD_t *public, uint64_t operation, uint64_t flags, const void *input, void **output)
{
    return own(public)->below->ctl(own(public)->under, operation, flags, input, output);
}

const H5FD_class_t *
vol_sparse_driver_class(const H5FD_class_t *below)
{
    static _Thread_local H5FD_class_t made;
    if (below->version != H5FD_CLASS_VERSION || strcmp(below->name, "sec2") != 0 ||
        below->open == NULL || below->close == NULL || below->cmp == NULL || below->query == NULL ||
        below->get_eoa == NULL || below->set_eoa == NULL || below->get_eof == NULL ||
        below->get_handle == NULL || below->read == NULL || below->write == NULL ||
        below->truncate == NULL || below->lock == NULL || below->unlock == NULL ||
        below->del == NULL || below->ctl == NULL || below->flush != NULL || below->alloc != NULL)
        return NULL;
    made = (H5FD_class_t){
        .version    = H5FD_CLASS_VERSION,
        .value      = VOL_SPARSE_DRIVER,
        .name       = "vol_sparse",
        .maxaddr    = below->maxaddr,
        .fc_degree  = below->fc_degree,
        .fapl_size  = sizeof(struct driver_info),
        .fapl_get   = info_of_file,
        .fapl_copy  = info_copy,
        .fapl_free  = info_free,
        .open       = driver_open,
        .close      = driver_close,
        .cmp        = driver_cmp,
        .query      = driver_query,
        .get_eoa    = driver_get_eoa,
        .set_eoa    = driver_set_eoa,
        .get_eof    = driver_get_eof,
        .get_handle = driver_get_handle,
        .read       = driver_read,
        .write      = driver_write,
        .flush      = driver_flush,
        .truncate   = driver_truncate,
        .lock       = driver_lock,
        .unlock     = driver_unlock,
        .del        = driver_del,
        .ctl        = driver_ctl,
    };
    memcpy(made.fl_map, below->fl_map, sizeof(made.fl_map));
    return &made;
}
