#include "jvm.h"

#include <dirent.h>
#include <dlfcn.h>
#include <glob.h>
#include <limits.h>
#include <locale.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MINIMUM_JAVA    25
#define MAXIMUM_OPTIONS 64

/* The module that holds the connector's classes in the distribution's own Java runtime, and the
 * archive of all classes for a JVM whose main module it is. */
#define MODULE  "io.github.volsparse"
#define ARCHIVE "lib/server/vol-sparse.aot"

static JavaVM *jvm;
static bool    jvm_started;
static bool    lost_in_fork;

/* A JVM cannot enter a thread with less stack left than this: it crashes while it tries. */
#define MINIMUM_STACK (64 * 1024)

/* Its destructor detaches a thread that ends from the JVM. */
static pthread_key_t attached;

static void
append(char *text, size_t size, const char *format, ...)
{
    size_t  length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, size - length, format, arguments);
    va_end(arguments);
}

static void
detach(void *environment)
{
    (void)environment;
    if (!lost_in_fork)
        (*jvm)->DetachCurrentThread(jvm);
}

static void
after_fork_in_child(void)
{
    lost_in_fork = true;
}

bool
vol_sparse_jvm_lost_in_fork(void)
{
    return lost_in_fork;
}

/* Remembers the JVM, and whether this plugin started it. */
static void
keep(JavaVM *found, bool started)
{
    jvm         = found;
    jvm_started = started;
    pthread_key_create(&attached, detach);
    pthread_atfork(NULL, NULL, after_fork_in_child);
}

/* Whether the calling thread has stack enough left for a JVM. */
static bool
has_stack_left(void)
{
    pthread_attr_t attributes;
    void          *lowest = NULL;
    size_t         size   = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return true;
    pthread_attr_getstack(&attributes, &lowest, &size);
    pthread_attr_destroy(&attributes);
    return (uintptr_t)&attributes - (uintptr_t)lowest >= MINIMUM_STACK;
}

JNIEnv *
vol_sparse_jvm_env(void)
{
    JNIEnv *env = NULL;
    if (jvm == NULL || lost_in_fork)
        return NULL;
    if ((*jvm)->GetEnv(jvm, (void **)&env, JNI_VERSION_10) == JNI_OK)
        return env;
    if (!has_stack_left() ||
        (*jvm)->AttachCurrentThreadAsDaemon(jvm, (void **)&env, NULL) != JNI_OK)
        return NULL;
    pthread_setspecific(attached, env);
    return env;
}

/* The release of the JDK in this folder, from its file "release"; 0 if there is none. */
static int
java_release(const char *home)
{
    static const char key[] = "JAVA_VERSION=\"";
    const size_t      start = sizeof(key) - 1;
    char              path[PATH_MAX], line[256];
    int               release = 0;
    snprintf(path, sizeof(path), "%s/release", home);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    while (release == 0 && fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, key, start) == 0)
            for (const char *c = line + start; *c >= '0' && *c <= '9' && release < 1000; c++)
                release = 10 * release + (*c - '0');
    fclose(file);
    return release;
}

/* Opens the libjvm of the JDK in this folder; NULL, and a line in tried, if it cannot serve. */
static void *
open_libjvm(const char *origin, const char *home, char *tried, size_t size)
{
    char path[PATH_MAX];
    int  release = java_release(home);
    if (release == 0) {
        append(tried, size, "; %s: no Java in \"%s\"", origin, home);
        return NULL;
    }
    if (release < MINIMUM_JAVA) {
        append(tried, size, "; %s: Java %d in \"%s\" is too old", origin, release, home);
        return NULL;
    }
    snprintf(path, sizeof(path), "%s/lib/server/libjvm.so", home);
    void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (library == NULL)
        append(tried, size, "; %s: %s", origin, dlerror());
    return library;
}

/* The home of the java on PATH, symbolic links resolved. */
static bool
java_on_path(char home[PATH_MAX])
{
    const char *path = getenv("PATH");
    char       *copy = strdup(path == NULL ? "" : path), *rest = NULL;
    bool        found = false;
    if (copy == NULL)
        return false;
    for (char *folder = strtok_r(copy, ":", &rest); folder != NULL && !found;
         folder       = strtok_r(NULL, ":", &rest)) {
        char program[PATH_MAX];
        snprintf(program, sizeof(program), "%s/java", folder);
        if (realpath(program, home) != NULL) {
            char *bin = strstr(home, "/bin/java");
            if (bin != NULL) {
                *bin  = '\0';
                found = true;
            }
        }
    }
    free(copy);
    return found;
}

/* A folder of the distribution, which the one of the plugins is in: lib/plugin/../../name. */
static bool
distribution_folder(const char *name, char folder[PATH_MAX])
{
    Dl_info self;
    char    path[PATH_MAX];
    if (dladdr((void *)(intptr_t)&distribution_folder, &self) == 0 ||
        realpath(self.dli_fname, path) == NULL)
        return false;
    for (int level = 0; level < 3; level++) {
        char *slash = strrchr(path, '/');
        if (slash == NULL)
            return false;
        *slash = '\0';
    }
    int length = snprintf(folder, PATH_MAX, "%s/%s", path, name);
    return length > 0 && length < PATH_MAX;
}

/* The first libjvm that can serve. Where it is not that of the distribution's own runtime, the
 * runtime's folder becomes empty. */
static void *
find_libjvm(char runtime[PATH_MAX], char *tried, size_t size)
{
    char        home[PATH_MAX];
    const char *chosen = getenv("VOL_SPARSE_JAVA_HOME");
    *runtime           = '\0';
    if (chosen != NULL && *chosen != '\0')
        return open_libjvm("VOL_SPARSE_JAVA_HOME", chosen, tried, size);

    void *library = NULL;
    if (distribution_folder("runtime", runtime))
        library = open_libjvm("the runtime of the distribution", runtime, tried, size);
    if (library == NULL)
        *runtime = '\0';

    const char *usual = getenv("JAVA_HOME");
    if (library == NULL && usual != NULL && *usual != '\0')
        library = open_libjvm("JAVA_HOME", usual, tried, size);
    if (library == NULL) {
        if (java_on_path(home))
            library = open_libjvm("java on PATH", home, tried, size);
        else
            append(tried, size, "; no java on PATH");
    }
    return library;
}

char *
vol_sparse_jars(char *error, size_t size)
{
    char   folder[PATH_MAX] = "", pattern[PATH_MAX + 8];
    glob_t jars;
    if (!distribution_folder("java", folder)) {
        snprintf(error, size, "vol-sparse cannot tell where its plugin lies");
        return NULL;
    }
    snprintf(pattern, sizeof(pattern), "%s/*.jar", folder);
    if (glob(pattern, 0, NULL, &jars) != 0) {
        snprintf(error, size,
                 "vol-sparse finds no jar in \"%s\": keep the distribution's folders together",
                 folder);
        return NULL;
    }
    size_t length = 1;
    for (size_t i = 0; i < jars.gl_pathc; i++)
        length += strlen(jars.gl_pathv[i]) + 1;
    char *list = calloc(1, length);
    for (size_t i = 0; list != NULL && i < jars.gl_pathc; i++)
        append(list, length, "%s%s", i == 0 ? "" : ":", jars.gl_pathv[i]);
    globfree(&jars);
    if (list == NULL)
        snprintf(error, size, "vol-sparse is out of memory");
    return list;
}

/* The threads of the JVM's second compiler, as Linux shows names: not more than 15 characters. */
#define SECOND_COMPILER "C2 CompilerThre"

/*
 * Lets the JVM's second compiler work in the time that others leave. While a program begins it
 * would take a second of the processor, and on two cores take it from the program and the first
 * compiler, which matters more by then: the first hundred frames would take a fifth longer. Ten
 * steps lower, it still gets a tenth of the time where every core is busy.
 */
static void
lower_second_compiler(void)
{
    int  lower   = getpriority(PRIO_PROCESS, 0) + 10;
    DIR *threads = opendir("/proc/self/task");
    if (threads == NULL)
        return;
    for (struct dirent *thread; (thread = readdir(threads)) != NULL;) {
        char path[sizeof("/proc/self/task//comm") + sizeof(thread->d_name)];
        char name[sizeof(SECOND_COMPILER)] = "";
        snprintf(path, sizeof(path), "/proc/self/task/%s/comm", thread->d_name);
        FILE *file = fopen(path, "re");
        if (file == NULL)
            continue;
        if (fgets(name, sizeof(name), file) != NULL && strcmp(name, SECOND_COMPILER) == 0)
            setpriority(PRIO_PROCESS, (id_t)strtoul(thread->d_name, NULL, 10), lower);
        fclose(file);
    }
    closedir(threads);
}

/*
 * Starts the JVM. -Xrs leaves Ctrl-C and SIGTERM with the host program; the JVM's own messages are
 * kept from the host's standard output; nothing is written outside the host's files. The stack of
 * the host's main thread stays the host's: the JVM would put guard pages into it, 1 MiB deep.
 *
 * Before each call the JVM makes sure that so much of the stack is left for native code. The least
 * it allows is enough where no sockets are used, and leaves more of a host's small stack to Java.
 *
 * Programs call us some hundred times, and each call loops over hundreds of runs of elements. The
 * JVM would interpret such a method for the first hundred calls; the thresholds make it ten.
 *
 * Reflection, of which there is little, calls natively: what the JVM would generate for it takes
 * longer.
 *
 * The classes come from the module in the distribution's own runtime, and from its archive unless
 * the options are about another; with another JVM, for which runtime is empty, they come from the
 * jars.
 */
static JNIEnv *
start(void *libjvm, const char *runtime, char *error, size_t size)
{
    typedef jint (*create_function)(JavaVM **, void **, void *);
    create_function create = NULL;
    *(void **)&create      = dlsym(libjvm, "JNI_CreateJavaVM");
    bool  own_runtime      = *runtime != '\0';
    char *jars             = own_runtime ? NULL : vol_sparse_jars(error, size);
    if (!own_runtime && jars == NULL)
        return NULL;

    const char *given   = getenv("VOL_SPARSE_JAVA_OPTIONS");
    char       *own     = strdup(given == NULL ? "" : given);
    char       *before  = strdup(setlocale(LC_ALL, NULL));
    char       *classes = NULL;
    char       *archive = NULL;
    JNIEnv     *env     = NULL;
    JavaVM     *created = NULL;
    if (create == NULL || own == NULL || before == NULL ||
        asprintf(&classes, "%s%s", own_runtime ? "-Djdk.module.main=" : "-Djava.class.path=",
                 own_runtime ? MODULE : jars) < 0 ||
        asprintf(&archive, "-XX:AOTCache=%s/" ARCHIVE, runtime) < 0) {
        snprintf(error, size, "vol-sparse cannot start the JVM: %s",
                 create == NULL ? "its libjvm has no JNI_CreateJavaVM" : "out of memory");
    } else {
        JavaVMOption options[MAXIMUM_OPTIONS] = {
            {.optionString = classes},
            {.optionString = "-Xrs"},
            {.optionString = "-XX:+UseSerialGC"},
            {.optionString = "-Xss8m"},
            {.optionString = "-XX:+UnlockExperimentalVMOptions"},
            {.optionString = "-XX:+DisablePrimordialThreadGuardPages"},
            {.optionString = "-XX:-UsePerfData"},
            {.optionString = "-XX:+DisplayVMOutputToStderr"},
            {.optionString = "-Xlog:disable"},
            {.optionString = "-Xlog:all=error,cds*=off,aot*=off:stderr"},
            {.optionString = "-XX:Tier3MinInvocationThreshold=10"},
            {.optionString = "-XX:Tier3CompileThreshold=1000"},
            {.optionString = "-XX:Tier3BackEdgeThreshold=5000"},
            {.optionString = "-XX:StackShadowPages=10"},
            {.optionString = "-Djdk.reflect.useNativeAccessorOnly=true"},
        };
        JavaVMInitArgs arguments = {.version = JNI_VERSION_10, .options = options};
        char          *rest      = NULL;
        while (options[arguments.nOptions].optionString != NULL)
            arguments.nOptions++;
        if (own_runtime && strstr(own, "-XX:AOT") == NULL && strstr(own, "-Xshare") == NULL)
            options[arguments.nOptions++].optionString = archive;
        for (char *word = strtok_r(own, " \t\n", &rest);
             word != NULL && arguments.nOptions < MAXIMUM_OPTIONS;
             word = strtok_r(NULL, " \t\n", &rest))
            options[arguments.nOptions++].optionString = word;

        jint status = create(&created, (void **)&env, &arguments);
        /* The JVM sets the locale of the process from the environment; a C program that has not
         * done so itself would print its numbers differently. */
        setlocale(LC_ALL, before);
        if (status != JNI_OK) {
            env = NULL;
            snprintf(error, size,
                     "vol-sparse cannot start the JVM (error %d; what it says is on standard "
                     "error); VOL_SPARSE_JAVA_OPTIONS is \"%s\"",
                     (int)status, given == NULL ? "" : given);
        } else {
            keep(created, true);
            lower_second_compiler();
            pthread_setspecific(attached, env);
        }
    }
    free(archive);
    free(classes);
    free(before);
    free(own);
    free(jars);
    return env;
}

/* The JVM that already runs in this process, if any. */
static JavaVM *
running(void)
{
    typedef jint (*get_function)(JavaVM **, jsize, jsize *);
    get_function get    = NULL;
    JavaVM      *found  = NULL;
    jsize        count  = 0;
    void        *libjvm = dlopen("libjvm.so", RTLD_LAZY | RTLD_NOLOAD);
    if (libjvm == NULL)
        return NULL;
    *(void **)&get = dlsym(libjvm, "JNI_GetCreatedJavaVMs");
    if (get == NULL || get(&found, 1, &count) != JNI_OK || count == 0)
        found = NULL;
    dlclose(libjvm);
    return found;
}

JNIEnv *
vol_sparse_jvm(bool *started, char *error, size_t size)
{
    JNIEnv *env = NULL;
    if (jvm == NULL) {
        JavaVM *found = running();
        if (found != NULL)
            keep(found, false);
    }
    if (jvm != NULL) {
        env = vol_sparse_jvm_env();
        if (env == NULL)
            snprintf(error, size, "vol-sparse cannot attach this thread to the JVM");
    } else {
        char  tried[4096] = "", runtime[PATH_MAX];
        void *libjvm      = find_libjvm(runtime, tried, sizeof(tried));
        if (libjvm == NULL)
            snprintf(error, size,
                     "vol-sparse needs Java %d or newer and found none (tried%s). Keep the folder "
                     "\"runtime\" of the distribution, or name the folder of a JDK in "
                     "VOL_SPARSE_JAVA_HOME",
                     MINIMUM_JAVA, tried[0] == ';' ? tried + 1 : tried);
        else
            env = start(libjvm, runtime, error, size);
    }
    *started = jvm_started;
    return env;
}
