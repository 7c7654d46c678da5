/* What programs do with signals of crashes, while they use HDF5. Each part prints what it saw. */
#define _GNU_SOURCE
#include "hdf5.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
use_hdf5(void)
{
    unsigned short frame[64][64];
    hsize_t        extent[3] = {20, 64, 64}, one[3] = {1, 64, 64}, start[3] = {0, 0, 0};
    hid_t          file = H5Fcreate("signals.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(3, extent, NULL), memory = H5Screate_simple(3, one, NULL);
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 3, one);
    hid_t dset = H5Dcreate2(file, "frames", H5T_STD_U16LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    memset(frame, 0, sizeof(frame));
    frame[3][5] = 7;
    for (; start[0] < extent[0]; start[0]++) {
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, one, NULL);
        if (H5Dwrite(dset, H5T_NATIVE_USHORT, memory, space, H5P_DEFAULT, frame) < 0)
            printf("not written\n");
    }
    if (H5Dread(dset, H5T_NATIVE_USHORT, memory, space, H5P_DEFAULT, frame) < 0 || frame[3][5] != 7)
        printf("not read\n");
    H5Pclose(list), H5Sclose(memory), H5Sclose(space), H5Dclose(dset), H5Fclose(file);
}

static sigjmp_buf   back;
static volatile int nothing;

static void
jump(int number)
{
    (void)number;
    siglongjmp(back, 1);
}

/* Whether memory can be read, found out by trying. */
static int
can_read(volatile const char *address)
{
    if (sigsetjmp(back, 1))
        return 0;
    nothing = *address;
    return 1;
}

static void
set(int number, void (*handler)(int), struct sigaction *before)
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = handler;
    sigaction(number, &action, before);
}

/* Fills a stack that grows deeper at each call, so that what a handler left there is overwritten.
 */
static int
deeper(int levels)
{
    volatile char room[4096];
    memset((char *)room, levels, sizeof(room));
    return levels == 0 ? can_read(NULL) : deeper(levels - 1) + room[7] - room[7];
}

static void
probe(void)
{
    char here = 1;
    set(SIGSEGV, jump, NULL);
    printf("before: %d %d\n", can_read(NULL), can_read(&here));
    for (int i = 0; i < 5; i++) {
        use_hdf5();
        printf("%d: %d %d %d\n", i, can_read(NULL), can_read(&here), deeper(3 * i));
        printf("%d: %d %d\n", i, can_read(NULL), can_read(NULL));
        if (i == 2)
            set(SIGSEGV, jump, NULL);
    }
}

static struct sigaction previous;

/* Says so, and leaves the rest to the handler there was before. */
static void
note(int number)
{
    static const char text[] = "noted\n";
    fflush(stdout);
    if (write(1, text, sizeof(text) - 1) < 0)
        abort();
    sigaction(number, &previous, NULL);
    raise(number);
}

static void
chain(void)
{
    use_hdf5();
    set(SIGSEGV, note, &previous);
    use_hdf5();
    nothing = *(volatile char *)NULL;
}

static void
ignored(void)
{
    set(SIGSEGV, SIG_IGN, NULL);
    set(SIGFPE, SIG_IGN, NULL);
    use_hdf5();
    raise(SIGSEGV);
    raise(SIGFPE);
    printf("ignored what was sent\n");
    fflush(stdout);
    nothing = *(volatile char *)NULL; /* which cannot be ignored */
}

int
main(int argc, char **argv)
{
    const char *part = argc > 1 ? argv[1] : "";
    if (strcmp(part, "probe") == 0)
        probe();
    else if (strcmp(part, "chain") == 0)
        chain();
    else if (strcmp(part, "ignore") == 0)
        ignored();
    else if (strcmp(part, "fault") == 0) {
        use_hdf5();
        set(SIGFPE, jump, NULL);
        use_hdf5();
        printf("division: %d\n", sigsetjmp(back, 1) ? -1 : (nothing = 1 / nothing));
        use_hdf5();
    } else if (strcmp(part, "null") == 0) {
        use_hdf5();
        nothing = *(volatile char *)NULL;
    }
    return 0;
}
