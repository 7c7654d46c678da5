/*
 * Where things lie: the distribution that the plugin is part of, its jars, and a JVM.
 */
#ifndef VOL_SPARSE_INSTALLATION_H
#define VOL_SPARSE_INSTALLATION_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* What a user can do where a child of fork() cannot work. */
#define VOL_SPARSE_INSTEAD_OF_FORK \
    "start the child in another way (Python: multiprocessing's \"spawn\" or \"forkserver\")"

/*
 * Opens the first libjvm that can serve: of VOL_SPARSE_JAVA_HOME (if it is set, of no other place),
 * the distribution's folder "runtime", JAVA_HOME, and the java on PATH; of release 25 or newer.
 *
 * runtime  set to the folder of the distribution's own runtime if that is where it is, else empty
 * error    where the reason goes when there is none: it names the places that were tried
 *
 * Returns the handle that dlopen returned, or NULL.
 */
void *vol_sparse_find_libjvm(char runtime[PATH_MAX], char *error, size_t size);

/*
 * Opens a second libjvm, which shares nothing with one that is loaded already: the renamed copy in
 * the folder lib-fork1 of VOL_SPARSE_JAVA_HOME or, if that is not set, of the distribution's
 * folder "runtime". Otherwise like vol_sparse_find_libjvm.
 */
void *vol_sparse_find_second_libjvm(char runtime[PATH_MAX], char *error, size_t size);

/*
 * The folder of the distribution's native libraries for Java; empty if it has none.
 *
 * is_second   whether they are for a second JVM, which needs its own
 */
void vol_sparse_native_folder(bool is_second, char folder[PATH_MAX]);

/*
 * The jars of the distribution as URLs, sorted by name and separated by blanks. The caller frees
 * the result. NULL, and the reason in error, if there are none.
 */
char *vol_sparse_jars(char *error, size_t size);

#endif
