#include "jvm.h"

#include "aside.h"
#include "installation.h"
#include "signals.h"
#include "surroundings.h"

#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAXIMUM_OPTIONS 64

/* The module that holds the connector's classes in the distribution's own Java runtime, and the
 * archive of all classes for a JVM whose main module it is. */
#define MODULE  "io.github.volsparse"
#define ARCHIVE "lib/server/vol-sparse.aot"

// Methods that are never compiled as a part of those that call them.
#define COMPILED_ALONE "-XX:CompileCommand=dontinline," MODULE "."

/* The name that the second libjvm has to others; build-support/second-runtime gives it. */
#define SECOND_LIBJVM "libjv2.so"

#define MEBI          ((size_t)1 << 20)

/*
 * The limit of the JVM's heap, in MiB. Values of chunks are outside of it; what describes them
 * grows with the cache. Address space is all that a large limit takes: where that is short, the
 * least serves, too.
 */
#define HEAP_BESIDES_CACHE 256
#define MAXIMUM_OF_CACHE   1024
#define LEAST_HEAP         96

/*
 * The MiB of address space that a JVM takes besides its heap, most of it never touched: libraries,
 * modules, compiled code, classes, the archive, and stacks; and a quarter more for what it
 * compiles.
 */
#define ADDRESS_SPACE_BESIDES_HEAP 350

static JavaVM *jvm;
static bool    is_started;
static bool    has_classes;
static bool    has_own_stack_settings; /* StackShadowPages, that is */
static int     generation;

/* How many threads of the host have entered the JVM and not ended. */
static _Atomic int users;

/* Why the start of a JVM was left behind; empty if none was. */
static char left_because[2048];

/*
 * Java is not entered with less stack left than this: an overflow before our own code is reached
 * cannot be caught, and ends the process. HDF5 calls back while Java calls it, to run the filter
 * say, and has to get so far.
 */
#define MINIMUM_STACK        ((size_t)80 * 1024)
#define MINIMUM_STACK_INSIDE ((size_t)64 * 1024)

/* With so much left, no setting of the JVM's makes it take it for an overflow. A JVM that has other
 * settings than ours attaches no thread with less: classes of its own could become unusable. */
#define AMPLE_STACK ((size_t)256 * 1024)

#define TOO_LITTLE_STACK                                                                       \
    "vol-sparse cannot enter Java from this thread: too little of its stack is left (threads " \
    "need "

/* What the JVM of our own options leaves to Java of these, which another one has to leave as well.
 */
#define STACK_OF_JAVA        ((size_t)24 * 1024)
#define STACK_OF_JAVA_INSIDE ((size_t)8 * 1024)

/* So much is zeroed of a stack before a filter runs that must not depend on what was there: LZF has
 * a table of 1 MiB on it, which it does not set. */
#define CLEARED_STACK ((size_t)1280 * 1024)

/* What the JVM takes for the limit of the main thread's stack, if the system's is higher. */
#define STACK_OF_JVM ((size_t)8 << 20)

/* Its destructor detaches a thread that ends from the JVM. It has a value on an attached thread,
 * &users on one of the host. */
static pthread_key_t attached;

static void
detach(void *value)
{
    if (value == &users)
        users--;
    if (jvm != NULL)
        (*jvm)->DetachCurrentThread(jvm);
}

bool
vol_sparse_jvm_has_other_users(void)
{
    int own = jvm != NULL && pthread_getspecific(attached) == &users ? 1 : 0;
    return jvm != NULL && (!is_started || users > own); /* Java's own threads are not counted */
}

void
vol_sparse_jvm_after_fork(void)
{
    vol_sparse_aside_after_fork();
    if (jvm == NULL)
        return;
    pthread_setspecific(attached, NULL);
    vol_sparse_signals_after_fork();
    users                  = 0;
    jvm                    = NULL;
    is_started             = false;
    has_classes            = false;
    has_own_stack_settings = false;
    generation++;
}

int
vol_sparse_jvm_generation(void)
{
    return generation;
}

bool
vol_sparse_jvm_is_started(void)
{
    return is_started;
}

bool
vol_sparse_jvm_has_classes(void)
{
    return has_classes;
}

/* A method of Java's that does nothing. */
static jclass    any_class;
static jmethodID any_method;

/* Remembers the JVM. */
static void
keep(JavaVM *found)
{
    jvm        = found;
    any_method = NULL;
    if (generation == 0)
        pthread_key_create(&attached, detach);
}

/* Looks the method up; false, and the reason in error, if that fails. */
static bool
find_method(JNIEnv *env, char *error, size_t size)
{
    jclass class_ = (*env)->FindClass(env, "java/lang/Math");
    any_class     = class_ == NULL ? NULL : (*env)->NewGlobalRef(env, class_);
    any_method =
        any_class == NULL ? NULL : (*env)->GetStaticMethodID(env, any_class, "abs", "(I)I");
    (*env)->ExceptionClear(env);
    if (any_method == NULL)
        snprintf(error, size, "vol-sparse is out of memory");
    return any_method != NULL;
}

/* The stack of the calling thread, once it was looked at. */
static _Thread_local struct {
    uintptr_t low, high;
} stack;

/*
 * Looks at the calling thread's stack. That of the main thread grows to a limit, which the process
 * may change; and no further down than the JVM knows it, which goes by its own limit.
 */
static void
look_at_stack(void)
{
    pthread_attr_t attributes;
    void          *lowest = NULL;
    size_t         size   = 0;
    stack.low = stack.high = UINTPTR_MAX; /* it lies nowhere */
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return;
    pthread_attr_getstack(&attributes, &lowest, &size);
    pthread_attr_destroy(&attributes);
    stack.low  = (uintptr_t)lowest;
    stack.high = (uintptr_t)lowest + size;
    if (getpid() == (pid_t)syscall(SYS_gettid) && size > STACK_OF_JVM)
        stack.low = stack.high - STACK_OF_JVM;
}

/* The bytes of the calling thread's stack that are left; SIZE_MAX on one that the program has made
 * itself, for a coroutine say, of which nothing is known. */
static size_t
stack_left(void)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    return stack.low <= here && here < stack.high ? here - stack.low : SIZE_MAX;
}

/*
 * Whether the JVM agrees that there is stack enough: its own limit depends on its options. A method
 * that is called by JNI it refuses by an exception.
 */
static __attribute__((noinline)) bool
has_stack_for_jvm(JNIEnv *env, bool is_inside)
{
    volatile char of_java[is_inside ? STACK_OF_JAVA_INSIDE : STACK_OF_JAVA];
    of_java[0] = 0;
    (*env)->CallStaticIntMethod(env, any_class, any_method, (jint)of_java[0]);
    bool has = !(*env)->ExceptionCheck(env);
    (*env)->ExceptionClear(env);
    return has;
}

const char *
vol_sparse_jvm_refusal(bool is_inside)
{
    size_t minimum = is_inside ? MINIMUM_STACK_INSIDE : MINIMUM_STACK;
    if (stack.high == 0 || stack_left() < minimum)
        look_at_stack();
    return stack_left() >= minimum ? NULL : TOO_LITTLE_STACK "128 KiB)";
}

static __attribute__((noinline)) void
zero_stack(void)
{
    char below[CLEARED_STACK];
    memset(below, 0, sizeof(below));
    __asm__ volatile("" : : "r"(below) : "memory"); /* it is used, for all the compiler knows */
}

void
vol_sparse_clear_stack(void)
{
    size_t left = stack_left();
    if (left != SIZE_MAX && left >= CLEARED_STACK + AMPLE_STACK)
        zero_stack();
}

/* Attaches the calling thread to the JVM. Of the signals that the JVM unblocks on it for itself
 * only those of faults stay unblocked. */
static bool
attach(JNIEnv **env)
{
    sigset_t blocked;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    bool is_attached = (*jvm)->AttachCurrentThreadAsDaemon(jvm, (void **)env, NULL) == JNI_OK;
    VOL_SPARSE_DELETE_SIGNALS(&blocked, FAULTS_OF_JVM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    return is_attached;
}

/*
 * The environment of the calling thread, or NULL and the reason.
 *
 * is_user   whether the thread is one of the host
 */
static JNIEnv *
environment(bool is_user, const char **refusal)
{
    JNIEnv *env = NULL;
    if ((*jvm)->GetEnv(jvm, (void **)&env, JNI_VERSION_10) == JNI_OK)
        return env;
    if (stack_left() < AMPLE_STACK && !has_own_stack_settings) {
        *refusal = TOO_LITTLE_STACK "256 KiB with this JVM)";
        return NULL;
    }
    if (!attach(&env)) {
        *refusal =
            stack_left() == SIZE_MAX
                ? "vol-sparse cannot attach a thread to the JVM on a stack that the program has "
                  "made: let the thread call HDF5 on its own stack first"
                : "vol-sparse cannot attach a thread to the JVM: there is not enough memory";
        return NULL;
    }
    users += is_user;
    pthread_setspecific(attached, is_user ? (void *)&users : env);
    return env;
}

const char *
vol_sparse_jvm_enter(bool is_inside)
{
    const char *refusal = vol_sparse_jvm_refusal(is_inside);
    JNIEnv     *env     = refusal == NULL ? environment(true, &refusal) : NULL;
    if (env != NULL && stack_left() < AMPLE_STACK && !has_stack_for_jvm(env, is_inside))
        refusal = TOO_LITTLE_STACK "256 KiB with this JVM)";
    return refusal;
}

/* Threads of the JVM, as Linux shows names: not more than 15 characters. The second compiler has
 * one or more, the work of the JVM itself has one. */
#define SECOND_COMPILER "C2 CompilerThre"
#define THREAD_OF_JVM   "VM Thread"

/* Whether a thread of this process has a name. */
static bool
has_name(const char *thread, const char *name)
{
    char path[sizeof("/proc/self/task//comm") + NAME_MAX];
    char found[32] = "";
    snprintf(path, sizeof(path), "/proc/self/task/%s/comm", thread);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    if (fgets(found, sizeof(found), file) == NULL)
        found[0] = '\0';
    fclose(file);
    char *end = strchr(found, '\n');
    if (end != NULL)
        *end = '\0';
    return strcmp(found, name) == 0;
}

/* Sets the priority of a thread, if it is one of this process. */
static void
lower_thread(pid_t thread, int priority)
{
    if (syscall(SYS_tgkill, getpid(), thread, 0) == 0)
        setpriority(PRIO_PROCESS, (id_t)thread, priority);
}

/*
 * Lets the JVM's second compiler work in the time that others leave. While a program begins it
 * would take a second of the processor, and on two cores take it from the program and the first
 * compiler, which matters more by then: the first hundred frames would take a fifth longer. Ten
 * steps lower, it still gets a tenth of the time where every core is busy.
 *
 * No option of the JVM's does so: its priority of compilers is that of both. The JVM never ends the
 * thread of either that it starts with, so the number found is still its number.
 */
static void
lower_second_compiler(void)
{
    int  lower   = getpriority(PRIO_PROCESS, 0) + 10;
    DIR *threads = opendir("/proc/self/task");
    if (threads == NULL)
        return;
    for (struct dirent *thread; (thread = readdir(threads)) != NULL;)
        if (has_name(thread->d_name, SECOND_COMPILER))
            lower_thread((pid_t)strtol(thread->d_name, NULL, 10), lower);
    closedir(threads);
}

/* ---- the start ---- */

/*
 * What the JVM says while it starts, for the error if it cannot. It is not printed, unless options
 * of the user's may have asked for it.
 */
static char         said[1024];
static _Atomic bool is_starting;
static bool         is_heard;
static char        *locale_of_host;

/* What the JVM calls to print, to log files as well. The host's standard output is not for it. */
static jint JNICALL
say(FILE *file, const char *format, va_list arguments)
{
    if (file == stdout)
        file = stderr;
    if (is_starting && file == stderr) {
        va_list once_more;
        size_t  length = strlen(said);
        va_copy(once_more, arguments);
        int all = vsnprintf(said + length, sizeof(said) - length, format, once_more);
        va_end(once_more);
        if (!is_heard)
            return all;
    }
    return vfprintf(file, format, arguments);
}

/* The JVM calls these before it ends the process: because it cannot start, or because it is broken.
 */

static void JNICALL
before_abort(void)
{
    vol_sparse_aside_leave();
}

static void JNICALL
before_exit(jint status)
{
    (void)status;
    vol_sparse_aside_leave();
}

/* What it said, in one line. */
static const char *
said_in_one_line(void)
{
    for (char *c = said; *c != '\0'; c++)
        *c = *c == '\n' || *c == '\r' ? ' ' : *c;
    for (size_t end = strlen(said); end > 0 && said[end - 1] == ' '; end--)
        said[end - 1] = '\0';
    return said[0] == '\0' ? "it does not say why" : said;
}

/* Gives the host back what the start of a JVM takes, once: a thread of the JVM may have left a
 * start behind that another one still goes on with. */
static void
end_start(void *libjvm)
{
    if (!atomic_exchange(&is_starting, false))
        return;
    vol_sparse_show_environment();
    vol_sparse_signals_after_jvm(libjvm);
    /* The JVM sets the locale of the process from the environment; a C program that has not done so
     * itself would print its numbers differently. */
    if (locale_of_host != NULL)
        setlocale(LC_ALL, locale_of_host);
    free(locale_of_host);
    locale_of_host = NULL;
}

void
vol_sparse_jvm_left(char *error, size_t size)
{
    end_start(NULL);
    snprintf(left_because, sizeof(left_because),
             "vol-sparse cannot start the JVM, and cannot try again in this process: %s",
             said_in_one_line());
    snprintf(error, size, "%s", left_because);
}

/*
 * Starts the JVM.
 *
 * -Xrs leaves Ctrl-C and SIGTERM with the host program, -MaxFDLimit its limit of open files. With
 * DisableAttachMechanism there is no socket in /tmp. The JVM's own messages are kept from the
 * host's standard output, and its reports from the host's folder. The stack of the host's main
 * thread stays the host's: the JVM would put guard pages into it, 1 MiB deep.
 *
 * Before each call the JVM makes sure that so much of the stack is left for native code. The least
 * it allows is enough where no sockets are used, and leaves more of a host's small stack to Java.
 *
 * Programs call us some hundred times, and each call loops over hundreds of runs of elements. The
 * JVM would interpret such a method for the first hundred calls; the thresholds make it ten. Those
 * of tier 4 are a fifth of what the JVM has: code that counts for the second compiler takes half as
 * long again as other code.
 *
 * Compiled code stays: the JVM would collect all garbage, whenever another 5 MiB are compiled, to
 * find what may go.
 *
 * Reflection, of which there is little, calls natively: what the JVM would generate for it takes
 * longer.
 *
 * The classes come from the module in the distribution's own runtime, and from its archive unless
 * the options are about another. With another JVM, for which runtime is empty, each world loads
 * them from the jars; the native library they use is in the runtime all the same.
 *
 * A second JVM sets no locale, which is what tells a JVM how paths are written: the thread's does.
 */
static JNIEnv *
start(void *libjvm, bool is_second, const char *runtime, size_t heap, char *error, size_t size)
{
    typedef jint (*create_function)(JavaVM **, void **, void *);
    static char     own_signal[] = "_JAVA_SR_SIGNUM=" SIGNAL_OF_JVM;
    create_function create       = NULL;
    *(void **)&create            = dlsym(libjvm, "JNI_CreateJavaVM");
    const char *given            = getenv("VOL_SPARSE_JAVA_OPTIONS");
    char       *own              = strdup(given == NULL ? "" : given);
    char       *archive = NULL, *libraries = NULL, folder[PATH_MAX], maximum[32];
    JNIEnv     *env     = NULL;
    JavaVM     *created = NULL;
    bool        is_own  = *runtime != '\0';
    vol_sparse_native_folder(is_second, folder);
    snprintf(maximum, sizeof(maximum), "-Xmx%zum", heap);
    if (create == NULL || own == NULL ||
        asprintf(&archive, "-XX:AOTCache=%s/" ARCHIVE, runtime) < 0 ||
        asprintf(&libraries, "-Djava.library.path=%s", folder) < 0) {
        snprintf(error, size, "vol-sparse cannot start the JVM: %s",
                 create == NULL ? "its libjvm has no JNI_CreateJavaVM" : "out of memory");
    } else {
        JavaVMOption options[MAXIMUM_OPTIONS] = {
            {.optionString = "vfprintf", .extraInfo = (void *)(intptr_t)say},
            {.optionString = "abort", .extraInfo = (void *)(intptr_t)before_abort},
            {.optionString = "exit", .extraInfo = (void *)(intptr_t)before_exit},
            {.optionString = is_own ? "-Djdk.module.main=" MODULE : libraries},
            {.optionString = "-Xrs"},
            {.optionString = "-XX:-MaxFDLimit"},
            {.optionString = "-XX:+DisableAttachMechanism"},
            {.optionString = "-XX:ErrorFile=/dev/null"},
            {.optionString = "-XX:+UseSerialGC"},
            {.optionString = maximum},
            {.optionString = "-Xms16m"},
            {.optionString = "-Xmn8m"},
            {.optionString = "-XX:ReservedCodeCacheSize=32m"},
            {.optionString = "-XX:SweeperThreshold=100"},
            {.optionString = "-XX:CompressedClassSpaceSize=32m"},
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
            {.optionString = "-XX:Tier4MinInvocationThreshold=100"},
            {.optionString = "-XX:Tier4InvocationThreshold=1000"},
            {.optionString = "-XX:Tier4CompileThreshold=3000"},
            {.optionString = "-XX:Tier4BackEdgeThreshold=8000"},
            {.optionString = "-XX:StackShadowPages=10"},
            {.optionString = "-XX:+UnlockDiagnosticVMOptions"},
            {.optionString = "-XX:-AOTReplayTraining"},
            // The second compiler would compile a callback with all that it calls, which takes up to
            // 40 MiB and half a second of a core, for each callback, and again when a loop on the way
            // takes another turn. So what is called once for a chunk or a call is compiled alone; only
            // selections and the coding of chunks have loops over elements.
            {.optionString = "-XX:CompileCommand=quiet"},
            {.optionString = COMPILED_ALONE "format.SparseBlob::*"},
            {.optionString = COMPILED_ALONE "cache.*::*"},
            {.optionString = COMPILED_ALONE "config.*::*"},
            {.optionString = COMPILED_ALONE "dataset.*::*"},
            {.optionString = COMPILED_ALONE "driver.*::*"},
            {.optionString = COMPILED_ALONE "filter.*::*"},
            {.optionString = COMPILED_ALONE "hdf5.*::*"},
            {.optionString = COMPILED_ALONE "stored.*::*"},
            {.optionString = COMPILED_ALONE "transfer.*::*"},
            {.optionString = COMPILED_ALONE "vol.*::*"},
            {.optionString = "-Djava.lang.foreign.VERIFY_BINDINGS=false"},
            {.optionString = "-Djdk.reflect.useNativeAccessorOnly=true"},
        };
        JavaVMInitArgs arguments = {.version = JNI_VERSION_10, .options = options};
        char          *rest      = NULL;
        while (options[arguments.nOptions].optionString != NULL)
            arguments.nOptions++;
        if (is_own && strstr(own, "-XX:AOT") == NULL && strstr(own, "-Xshare") == NULL)
            options[arguments.nOptions++].optionString = archive;
        for (char *word = strtok_r(own, " \t\n", &rest);
             word != NULL && arguments.nOptions < MAXIMUM_OPTIONS;
             word = strtok_r(NULL, " \t\n", &rest))
            options[arguments.nOptions++].optionString = word;

        is_starting    = true;
        is_heard       = *own != '\0';
        locale_of_host = is_second ? NULL : strdup(setlocale(LC_ALL, NULL));
        vol_sparse_signals_before_jvm();
        vol_sparse_hide_environment(own_signal, !is_second);
        if (is_second) {
            vol_sparse_use_utf_8(true);
            vol_sparse_open_main_stack();
        }
        jint status = create(&created, (void **)&env, &arguments);
        if (is_second)
            vol_sparse_use_utf_8(false);
        end_start(status == JNI_OK ? libjvm : NULL);
        if (status != JNI_OK) {
            env = NULL;
            snprintf(error, size,
                     "vol-sparse cannot start the JVM (error %d): %s; VOL_SPARSE_JAVA_OPTIONS is "
                     "\"%s\"",
                     (int)status, said_in_one_line(), given == NULL ? "" : given);
        } else {
            keep(created);
            is_started             = true;
            has_classes            = is_own;
            has_own_stack_settings = given == NULL || strstr(given, "StackShadow") == NULL;
            lower_second_compiler();
            pthread_setspecific(attached, env); /* this thread ends when the world is open */
        }
    }
    free(libraries);
    free(archive);
    free(own);
    return env;
}

/* The JVM that was created in this process or in one that it was forked from, by a libjvm of this
 * name; NULL if there is none. */
static JavaVM *
created_by(const char *name)
{
    typedef jint (*get_function)(JavaVM **, jsize, jsize *);
    get_function get    = NULL;
    JavaVM      *found  = NULL;
    jsize        count  = 0;
    void        *libjvm = dlopen(name, RTLD_LAZY | RTLD_NOLOAD);
    if (libjvm == NULL)
        return NULL;
    *(void **)&get = dlsym(libjvm, "JNI_GetCreatedJavaVMs");
    if (get == NULL || get(&found, 1, &count) != JNI_OK || count == 0)
        found = NULL;
    dlclose(libjvm);
    return found;
}

/*
 * Whether a JVM that was created is in this process, and not only in one that it was forked from:
 * it has the thread without which no JVM does anything. (The plugin may have been loaded after the
 * fork, so it cannot know of it otherwise.)
 */
static bool
is_running(void)
{
    DIR *threads = opendir("/proc/self/task");
    bool found   = threads == NULL && generation == 0;
    if (threads == NULL)
        return found;
    for (struct dirent *thread; !found && (thread = readdir(threads)) != NULL;)
        found = has_name(thread->d_name, THREAD_OF_JVM);
    closedir(threads);
    return found;
}

/* The limit of the heap, in MiB; 0, and the reason in error, if there is no room for a JVM. */
static size_t
choose_heap(size_t cache, char *error, size_t size)
{
    size_t of_cache = cache / MEBI < MAXIMUM_OF_CACHE ? cache / MEBI : MAXIMUM_OF_CACHE;
    size_t heap     = HEAP_BESIDES_CACHE + of_cache;
    size_t left     = vol_sparse_address_space_left();
    if (left == SIZE_MAX)
        return heap;
    left /= MEBI;
    if (left < LEAST_HEAP + ADDRESS_SPACE_BESIDES_HEAP) {
        snprintf(error, size,
                 "vol-sparse needs %d MiB of address space to start Java, but the process may use "
                 "only %zu MiB more. Raise the limit of address space (ulimit -v)",
                 LEAST_HEAP + ADDRESS_SPACE_BESIDES_HEAP, left);
        return 0;
    }
    vol_sparse_save_address_space();
    /* Half of what is left stays with the program. */
    size_t share = (left - ADDRESS_SPACE_BESIDES_HEAP) / 2;
    share        = share < LEAST_HEAP ? LEAST_HEAP : share;
    return share < heap ? share : heap;
}

JNIEnv *
vol_sparse_jvm(size_t cache, char *error, size_t size)
{
    JNIEnv *env = NULL;
    if (left_because[0] != '\0') {
        snprintf(error, size, "%s", left_because);
        return NULL;
    }
    JavaVM *first = NULL, *second = NULL;
    if (jvm == NULL) {
        first  = created_by("libjvm.so");
        second = created_by(SECOND_LIBJVM);
        if ((first != NULL || second != NULL) && is_running())
            keep(second != NULL ? second : first);
    }
    if (jvm == NULL && second != NULL) {
        snprintf(error, size,
                 "vol-sparse cannot work in this child of fork(): its parent, in which it worked, "
                 "was a child of fork() itself, and a third JVM cannot start. Fork from the first "
                 "process, or " VOL_SPARSE_INSTEAD_OF_FORK);
    } else if (jvm != NULL) {
        const char *refusal = NULL;
        env                 = environment(false, &refusal);
        if (env == NULL)
            snprintf(error, size, "%s", refusal);
    } else {
        char   runtime[PATH_MAX];
        void  *libjvm = first != NULL ? vol_sparse_find_second_libjvm(runtime, error, size)
                                      : vol_sparse_find_libjvm(runtime, error, size);
        size_t heap   = libjvm == NULL ? 0 : choose_heap(cache, error, size);
        if (heap > 0 && vol_sparse_has_room(error, size) && vol_sparse_enter_directory(error, size))
            env = start(libjvm, first != NULL, runtime, heap, error, size);
    }
    if (env != NULL && any_method == NULL && !find_method(env, error, size))
        env = NULL;
    return env;
}
