/*
 * Preloaded into a program: writes down what the program does to the files of one folder, call by
 * call, and lets calls fail. The folder is that of DISK_FOLDER; the record goes to DISK_RECORD.
 *
 * disk_fail("N,COUNT,ERRNO[,SUFFIX]") lets COUNT writing calls from the Nth on fail, of files whose
 * names end so. N is -2 for the second call after a mark is written. With an ERRNO of 0 a call does
 * not fail: it writes half of what it was given.
 *
 * A record is a line "OPERATION OFFSET LENGTH NAME" and LENGTH bytes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define FILES 1024

/* Of fail_from. */
#define AFTER_MARK (-2)

static char           *names[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FILE           *record;
static long            calls;
static long            fail_from = -1, fail_count, fail_errno;
static char            fail_suffix[64];

static void
record_call(const char *operation, long offset, size_t length, const char *name, const void *data)
{
    const char *path = getenv("DISK_RECORD");
    if (path == NULL)
        return;
    if (record == NULL && (record = fopen(path, "we")) == NULL)
        abort();
    fprintf(record, "%s %ld %zu %s\n", operation, offset, length, name);
    if (length > 0)
        fwrite(data, 1, length, record);
    fflush(record);
}

/* For programs: what happens now has this name. */
void disk_mark(const char *name);
void
disk_mark(const char *name)
{
    pthread_mutex_lock(&lock);
    record_call("mark", 0, 0, name, NULL);
    pthread_mutex_unlock(&lock);
}

/* For programs: count calls from the next on, and let some fail. */
void disk_fail(const char *how);
void
disk_fail(const char *how)
{
    pthread_mutex_lock(&lock);
    calls          = 0;
    fail_suffix[0] = '\0';
    fail_from      = -1;
    sscanf(how, "%ld,%ld,%ld,%63s", &fail_from, &fail_count, &fail_errno, fail_suffix);
    pthread_mutex_unlock(&lock);
}

/* For programs: how many calls there were since. */
long disk_calls(void);
long
disk_calls(void)
{
    return calls;
}

/* The name of a path, if the file is in the folder. */
static char *
name_in_folder(const char *path)
{
    const char *folder = getenv("DISK_FOLDER");
    char        full[PATH_MAX + 1];
    if (folder == NULL)
        return NULL;
    if (path[0] != '/') {
        if (getcwd(full, sizeof(full)) == NULL)
            return NULL;
        strncat(full, "/", sizeof(full) - strlen(full) - 1);
        strncat(full, path, sizeof(full) - strlen(full) - 1);
        path = full;
    }
    size_t length = strlen(folder);
    if (strncmp(path, folder, length) != 0 || path[length] != '/' || strchr(path + length + 1, '/'))
        return NULL;
    return strdup(path + length + 1);
}

/* Whether this call is to fail; with the lock. */
static int
fails(const char *name, int is_mark)
{
    size_t length = strlen(name), suffix = strlen(fail_suffix);
    if (suffix > length || strcmp(name + length - suffix, fail_suffix) != 0)
        return 0;
    long call = calls++;
    if (fail_from == AFTER_MARK && is_mark)
        fail_from = calls + 1;
    if (fail_from < 0 || call < fail_from || call >= fail_from + fail_count)
        return 0;
    errno = (int)fail_errno;
    return 1;
}

/* Whether this call, which is no write, is to fail; with the lock. */
static int
refused(const char *name)
{
    return fails(name, 0) && fail_errno != 0;
}

/* Writes half of what it is given, if the call is to be short. */
static size_t
half(size_t size, int is_short)
{
    return is_short && size > 1 ? size / 2 : size;
}

static int
opened(int descriptor, const char *path, int flags)
{
    int error = errno;
    if (descriptor >= 0 && descriptor < FILES) {
        pthread_mutex_lock(&lock);
        free(names[descriptor]);
        names[descriptor] = (flags & O_ACCMODE) == O_RDONLY ? NULL : name_in_folder(path);
        if (names[descriptor] != NULL && (flags & O_CREAT))
            record_call("create", 0, 0, names[descriptor], NULL);
        if (names[descriptor] != NULL && (flags & O_TRUNC))
            record_call("truncate", 0, 0, names[descriptor], NULL);
        pthread_mutex_unlock(&lock);
    }
    errno = error;
    return descriptor;
}

#define REAL(type, name, ...)         \
    static type (*real)(__VA_ARGS__); \
    if (real == NULL)                 \
        *(void **)&real = dlsym(RTLD_NEXT, name);

#define OPEN(function)                                                            \
    int function(const char *path, int flags, ...)                                \
    {                                                                             \
        REAL(int, #function, const char *, int, ...)                              \
        va_list more;                                                             \
        va_start(more, flags);                                                    \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(more, mode_t) : 0; \
        va_end(more);                                                             \
        char *name = (flags & O_CREAT) ? name_in_folder(path) : NULL;             \
        pthread_mutex_lock(&lock);                                                \
        int fail = name != NULL && refused(name);                                 \
        pthread_mutex_unlock(&lock);                                              \
        free(name);                                                               \
        return fail ? -1 : opened(real(path, flags, mode), path, flags);          \
    }
OPEN(open)
OPEN(open64)

static const char *
name_of(int descriptor)
{
    return descriptor >= 0 && descriptor < FILES ? names[descriptor] : NULL;
}

#define WRITE(function, offset_type)                                                               \
    ssize_t function(int descriptor, const void *buffer, size_t size, offset_type offset)          \
    {                                                                                              \
        REAL(ssize_t, #function, int, const void *, size_t, offset_type)                           \
        const char *name = name_of(descriptor);                                                    \
        if (name == NULL)                                                                          \
            return real(descriptor, buffer, size, offset);                                         \
        pthread_mutex_lock(&lock);                                                                 \
        int     is_hit = fails(name, size == 8 && offset == 0);                                    \
        ssize_t result =                                                                           \
            is_hit && fail_errno != 0 ? -1 : real(descriptor, buffer, half(size, is_hit), offset); \
        int error = errno;                                                                         \
        if (result > 0)                                                                            \
            record_call("write", (long)offset, (size_t)result, name, buffer);                      \
        pthread_mutex_unlock(&lock);                                                               \
        errno = error;                                                                             \
        return result;                                                                             \
    }
WRITE(pwrite, off_t)
WRITE(pwrite64, off64_t)

#define TRUNCATE(function, offset_type)                           \
    int function(int descriptor, offset_type size)                \
    {                                                             \
        REAL(int, #function, int, offset_type)                    \
        const char *name = name_of(descriptor);                   \
        if (name == NULL)                                         \
            return real(descriptor, size);                        \
        pthread_mutex_lock(&lock);                                \
        int result = refused(name) ? -1 : real(descriptor, size); \
        int error  = errno;                                       \
        if (result == 0)                                          \
            record_call("truncate", (long)size, 0, name, NULL);   \
        pthread_mutex_unlock(&lock);                              \
        errno = error;                                            \
        return result;                                            \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int
fsync(int descriptor)
{
    REAL(int, "fsync", int)
    const char *name = name_of(descriptor);
    pthread_mutex_lock(&lock);
    int result = name != NULL && refused(name) ? -1 : real(descriptor);
    int error  = errno;
    if (result == 0)
        record_call("sync", 0, 0, name == NULL ? "." : name,
                    NULL); /* what is not written: a folder */
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int
unlink(const char *path)
{
    REAL(int, "unlink", const char *)
    char *name = name_in_folder(path);
    if (name == NULL)
        return real(path);
    pthread_mutex_lock(&lock);
    int result = refused(name) ? -1 : real(path);
    int error  = errno;
    if (result == 0)
        record_call("unlink", 0, 0, name, NULL);
    pthread_mutex_unlock(&lock);
    free(name);
    errno = error;
    return result;
}
