#include "surroundings.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* Descriptors that a JVM has open at the same time while it starts, and threads that it starts. */
#define FILES   8
#define THREADS 16

/* Enough for a thread that does nothing. */
#define STACK_BYTES (1 << 16)

/* The address space that the process has taken, in bytes; 0 where the system does not tell. */
static size_t
address_space_taken(void)
{
    size_t pages = 0;
    FILE  *file  = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%zu", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

size_t
vol_sparse_address_space_left(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return SIZE_MAX;
    size_t taken = address_space_taken();
    return taken < limit.rlim_cur ? (size_t)limit.rlim_cur - taken : 0;
}

void
vol_sparse_save_address_space(void)
{
    if (getenv("MALLOC_ARENA_MAX") == NULL && getenv("GLIBC_TUNABLES") == NULL)
        mallopt(M_ARENA_MAX, 1);
}

static bool
has_files(char *error, size_t size)
{
    int  files[FILES];
    int  count = 0;
    bool enough;
    while (count < FILES && (files[count] = open("/", O_RDONLY | O_CLOEXEC)) >= 0)
        count++;
    enough = count == FILES || (errno != EMFILE && errno != ENFILE);
    for (int i = 0; i < count; i++)
        close(files[i]);
    if (!enough)
        snprintf(error, size,
                 "vol-sparse needs to open %d files to start Java, but the process may open "
                 "only %d more. Raise the limit of open files (ulimit -n)",
                 FILES, count);
    return enough;
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *
pass_gate(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return NULL;
}

/* Tries it, for there is no other way to know. It takes less than a millisecond, and is only done
 * where the number is limited and the limit holds for this user. */
static bool
has_threads(char *error, size_t size)
{
    struct rlimit  limit;
    pthread_attr_t small;
    pthread_t      threads[THREADS];
    int            count = 0;
    if (geteuid() == 0 || getrlimit(RLIMIT_NPROC, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
        pthread_attr_init(&small) != 0)
        return true;
    pthread_attr_setstacksize(&small, STACK_BYTES);
    pthread_mutex_lock(&gate);
    while (count < THREADS && pthread_create(&threads[count], &small, pass_gate, NULL) == 0)
        count++;
    pthread_mutex_unlock(&gate);
    pthread_attr_destroy(&small);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    if (count < THREADS)
        snprintf(error, size,
                 "vol-sparse needs %d threads to start Java, but this user may start only %d more. "
                 "Raise the limit of threads (ulimit -u)",
                 THREADS, count);
    return count == THREADS;
}

bool
vol_sparse_has_room(char *error, size_t size)
{
    return has_files(error, size) && has_threads(error, size);
}

bool
vol_sparse_enter_directory(char *error, size_t size)
{
    char *directory = getcwd(NULL, 0);
    if (directory != NULL) {
        free(directory);
        return true;
    }
    if (unshare(CLONE_FS) == 0 && chdir("/") == 0)
        return true;
    snprintf(error, size,
             "vol-sparse cannot start Java: the working directory of the process has been deleted "
             "or cannot be read (%s). Change to another directory",
             strerror(errno));
    return false;
}

static const char *const hidden[] = {"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS",
                                     "JDK_AOT_VM_OPTIONS"};

/* The environment of the process, and the list that took its place, whose last entries are those
 * for the JVM alone. A thread that looked something up in the list may still be at it: it stays. */
static char **of_process;
static char **shown;
static char **of_jvm;

static bool
have_same_name(const char *entry, const char *other)
{
    size_t length = strcspn(other, "=");
    return strncmp(entry, other, length) == 0 && entry[length] == '=';
}

static bool
is_hidden(const char *entry)
{
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
        if (have_same_name(entry, hidden[i]))
            return true;
    for (char **own = of_jvm; *own != NULL; own++)
        if (have_same_name(entry, *own))
            return true;
    return false;
}

/* Whether the environment asks for a locale whose characters are written in UTF-8. */
static bool
is_utf_8(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (locale == (locale_t)0)
        return false;
    bool is = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
    freelocale(locale);
    return is;
}

/* Made where locales may be looked up, for a JVM that is started where they may not. */
static locale_t utf_8_locale;

void
vol_sparse_use_utf_8(bool is_to_be)
{
    if (utf_8_locale != (locale_t)0)
        uselocale(is_to_be ? utf_8_locale : LC_GLOBAL_LOCALE);
}

/* How many mappings without access may lie below the main thread's stack. */
#define MAXIMUM_GUARDS 32

/* How far below the beginning of the main thread's stack a JVM looks for its end, at most. */
#define STACK_OF_JVM ((uintptr_t)8 << 20)

void
vol_sparse_open_main_stack(void)
{
    struct {
        uintptr_t low, high;
    } guards[MAXIMUM_GUARDS];
    char   line[PATH_MAX + 128];
    size_t count = 0;
    FILE  *maps  = fopen("/proc/self/maps", "re");
    if (maps == NULL)
        return;
    while (fgets(line, sizeof(line), maps) != NULL) {
        uintptr_t low = 0, high = 0;
        char      access[5] = "";
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &low, &high, access) != 3)
            continue;
        if (strcmp(access, "---p") == 0) {
            guards[count % MAXIMUM_GUARDS].low  = low;
            guards[count % MAXIMUM_GUARDS].high = high;
            count++;
        } else if (strstr(line, "[stack]") != NULL) {
            for (size_t i = 0; i < count && i < MAXIMUM_GUARDS; i++)
                if (guards[i].high <= low && high - guards[i].low <= STACK_OF_JVM)
                    munmap((void *)guards[i].low, guards[i].high - guards[i].low);
            break;
        }
    }
    fclose(maps);
}

void
vol_sparse_hide_environment(char *own, bool has_locale)
{
    static char *own_entries[3];
    static char  utf_8[] = "LC_ALL=C.UTF-8";
    size_t       count = 0, kept = 0;
    own_entries[0] = own;
    own_entries[1] = !has_locale || is_utf_8() ? NULL : utf_8;
    of_jvm         = own_entries;
    if (has_locale && utf_8_locale == (locale_t)0)
        utf_8_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    while (environ != NULL && environ[count] != NULL)
        count++;
    free(shown);
    shown = calloc(count + sizeof(own_entries) / sizeof(own_entries[0]), sizeof(*shown));
    if (shown == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        if (!is_hidden(environ[i]))
            shown[kept++] = environ[i];
    for (char **entry = own_entries; *entry != NULL; entry++)
        shown[kept++] = *entry;
    of_process = environ;
    environ    = shown;
}

/* If the host has changed its environment meanwhile, that is a copy of the list with the change:
 * what the list lacks is put back into it. */
void
vol_sparse_show_environment(void)
{
    if (shown == NULL)
        return;
    if (environ == shown) {
        environ = of_process;
        return;
    }
    for (char **entry = of_jvm; *entry != NULL; entry++) {
        char *name = strndup(*entry, strcspn(*entry, "="));
        if (name != NULL)
            unsetenv(name);
        free(name);
    }
    for (char **entry = of_process; entry != NULL && *entry != NULL; entry++)
        if (is_hidden(*entry))
            putenv(*entry);
}
