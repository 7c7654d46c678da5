/*
 * Where things lie: the distribution that the plugin is part of, its jars, and a JVM.
 */
#ifndef VOL_SPARSE_INSTALLATION_H
#define VOL_SPARSE_INSTALLATION_H

#include <limits.h>
#include <stddef.h>

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

/* The folder of the distribution's native libraries for Java; empty if it has none. */
void vol_sparse_native_folder(char folder[PATH_MAX]);

/*
 * The jars of the distribution as URLs, sorted by name and separated by blanks. The caller frees
 * the result. NULL, and the reason in error, if there are none.
 */
char *vol_sparse_jars(char *error, size_t size);

#endif
