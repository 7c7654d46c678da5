/*
 * The one JVM of the process: found, joined or started.
 */
#ifndef VOL_SPARSE_JVM_H
#define VOL_SPARSE_JVM_H

#include <jni.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Joins the JVM of the process, or starts one if there is none.
 *
 * A JVM is looked for in VOL_SPARSE_JAVA_HOME (if it is set, nowhere else), the distribution's
 * folder "runtime", JAVA_HOME, and the java on PATH; it must be of release 25 or newer. It starts
 * with the connector's classes, from that runtime or from the distribution's jars, and with the
 * options of VOL_SPARSE_JAVA_OPTIONS.
 *
 * started     set to whether this call or an earlier one started the JVM (as opposed to joined it)
 * error, size where the reason goes when there is none
 *
 * Returns the environment of the calling thread, which is attached until it ends, or NULL.
 */
JNIEnv *vol_sparse_jvm(bool *started, char *error, size_t size);

/* The environment of the calling thread in the JVM that vol_sparse_jvm found, or NULL. */
JNIEnv *vol_sparse_jvm_env(void);

/* Whether this process is a child of a fork that came after the JVM was found: threads do not
 * survive a fork, so no Java may run in it. */
bool vol_sparse_jvm_lost_in_fork(void);

/*
 * The jars of the distribution, sorted by name and separated by colons. The caller frees the
 * result. NULL, and the reason in error, if there are none.
 */
char *vol_sparse_jars(char *error, size_t size);

#endif
