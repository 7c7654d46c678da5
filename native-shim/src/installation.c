#include "installation.h"

#include "libjvm_exit.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MINIMUM_JAVA 25

/* What build-support/second-runtime makes. */
#define SECOND_FOLDER "lib-fork1"

static void
append(char *text, size_t size, const char *format, ...)
{
    size_t  length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, size - length, format, arguments);
    va_end(arguments);
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
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    while (release == 0 && fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, key, start) == 0)
            for (const char *c = line + start; *c >= '0' && *c <= '9' && release < 1000; c++)
                release = 10 * release + (*c - '0');
    fclose(file);
    return release;
}

/*
 * Opens what the renamed libraries need of one another, in an order in which each finds what it
 * needs by the name it has: the files have other ones. The JVM opens these, too, but may begin with
 * another.
 */
static void
open_renamed(const char *home)
{
    static const char *const names[] = {"libjava.so", "libnet.so"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof(path), "%s/" SECOND_FOLDER "/%s", home, names[i]);
        dlopen(path, RTLD_LAZY | RTLD_LOCAL);
    }
}

/* Opens the libjvm of the JDK in this folder; NULL, and a line in tried, if it cannot serve. */
static void *
open_libjvm(const char *origin, const char *home, bool is_second, char *tried, size_t size)
{
    char path[PATH_MAX], resolved[PATH_MAX];
    int  release = java_release(home);
    if (release == 0) {
        append(tried, size, "; %s: no Java in \"%s\"", origin, home);
        return NULL;
    }
    if (release < MINIMUM_JAVA) {
        append(tried, size, "; %s: Java %d in \"%s\" is too old", origin, release, home);
        return NULL;
    }
    snprintf(path, sizeof(path), "%s/%s/server/libjvm.so", home, is_second ? SECOND_FOLDER : "lib");
    if (is_second && access(path, F_OK) != 0) {
        append(tried, size, "; %s: no \"" SECOND_FOLDER "\" in \"%s\"", origin, home);
        return NULL;
    }
    if (realpath(path, resolved) != NULL && strchr(resolved, ':') != NULL) {
        append(tried, size,
               "; %s: Java does not work in a folder whose path has a colon: move \"%s\"", origin,
               resolved);
        return NULL;
    }
    vol_sparse_before_libjvm();
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        append(tried, size, "; %s: %s", origin, dlerror());
        return NULL;
    }
    vol_sparse_after_libjvm(library);
    if (is_second)
        open_renamed(home);
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

void
vol_sparse_native_folder(bool is_second, char folder[PATH_MAX])
{
    if (!distribution_folder(is_second ? "runtime/" SECOND_FOLDER : "runtime/lib", folder))
        *folder = '\0';
}

void *
vol_sparse_find_second_libjvm(char runtime[PATH_MAX], char *error, size_t size)
{
    char        tried[4096] = "";
    void       *library     = NULL;
    const char *chosen      = getenv("VOL_SPARSE_JAVA_HOME");
    *runtime                = '\0';
    if (chosen != NULL && *chosen != '\0')
        library = open_libjvm("VOL_SPARSE_JAVA_HOME", chosen, true, tried, sizeof(tried));
    else if (distribution_folder("runtime", runtime))
        library =
            open_libjvm("the runtime of the distribution", runtime, true, tried, sizeof(tried));
    if (library == NULL)
        snprintf(error, size,
                 "vol-sparse cannot work in this child of fork(): the JVM stayed with the parent, "
                 "and there is no second one to start (tried%s). Use the distribution's own "
                 "runtime, or " VOL_SPARSE_INSTEAD_OF_FORK,
                 tried[0] == ';' ? tried + 1 : tried);
    return library;
}

void *
vol_sparse_find_libjvm(char runtime[PATH_MAX], char *error, size_t size)
{
    char        home[PATH_MAX], tried[4096] = "";
    void       *library = NULL;
    const char *chosen  = getenv("VOL_SPARSE_JAVA_HOME");
    const char *usual   = getenv("JAVA_HOME");
    *runtime            = '\0';
    if (chosen != NULL && *chosen != '\0') {
        library = open_libjvm("VOL_SPARSE_JAVA_HOME", chosen, false, tried, sizeof(tried));
    } else {
        if (distribution_folder("runtime", runtime))
            library = open_libjvm("the runtime of the distribution", runtime, false, tried,
                                  sizeof(tried));
        if (library == NULL)
            *runtime = '\0';
        if (library == NULL && usual != NULL && *usual != '\0')
            library = open_libjvm("JAVA_HOME", usual, false, tried, sizeof(tried));
        if (library == NULL && java_on_path(home))
            library = open_libjvm("java on PATH", home, false, tried, sizeof(tried));
        else if (library == NULL)
            append(tried, sizeof(tried), "; no java on PATH");
    }
    if (library == NULL)
        snprintf(error, size,
                 "vol-sparse needs Java %d or newer and found none (tried%s). Keep the folder "
                 "\"runtime\" of the distribution, or name the folder of a JDK in "
                 "VOL_SPARSE_JAVA_HOME",
                 MINIMUM_JAVA, tried[0] == ';' ? tried + 1 : tried);
    return library;
}

static int
is_jar(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot != NULL && strcmp(dot, ".jar") == 0;
}

/* Adds a path to a URL: what may have a meaning there, and what is not ASCII, as %XX. */
static char *
add_encoded(char *url, const char *path)
{
    for (; *path != '\0'; path++) {
        unsigned char c        = (unsigned char)*path;
        bool          is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                 (c >= '0' && c <= '9') || strchr("/-._~", c) != NULL;
        url += is_plain ? sprintf(url, "%c", c) : sprintf(url, "%%%02X", c);
    }
    return url;
}

char *
vol_sparse_jars(char *error, size_t size)
{
    char            folder[PATH_MAX] = "";
    struct dirent **jars             = NULL;
    if (!distribution_folder("java", folder)) {
        snprintf(error, size, "vol-sparse cannot find the folder of its plugin");
        return NULL;
    }
    int count = scandir(folder, &jars, is_jar, alphasort);
    if (count <= 0) {
        snprintf(error, size,
                 "vol-sparse found no jar in \"%s\": keep the distribution's folders together",
                 folder);
        return NULL;
    }
    size_t length = 1;
    for (int i = 0; i < count; i++)
        length += sizeof(" file:/") + 3 * (strlen(folder) + strlen(jars[i]->d_name));
    char *list = calloc(1, length), *end = list;
    for (int i = 0; i < count; i++) {
        if (list != NULL) {
            end += sprintf(end, "%sfile:", i == 0 ? "" : " ");
            end = add_encoded(add_encoded(add_encoded(end, folder), "/"), jars[i]->d_name);
        }
        free(jars[i]);
    }
    free(jars);
    if (list == NULL)
        snprintf(error, size, "vol-sparse is out of memory");
    return list;
}
