/*
 * The one JVM of the process: joined, or started.
 */
#ifndef VOL_SPARSE_JVM_H
#define VOL_SPARSE_JVM_H

#include <jni.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Joins the JVM of the process, or starts one if there is none, with the connector's classes from
 * the distribution's own runtime where it is that runtime's, and with the options of
 * VOL_SPARSE_JAVA_OPTIONS.
 *
 * To be called in work of vol_sparse_aside: the threads that a JVM starts inherit signals and
 * working directory of the thread that starts it, and one that cannot start is left behind there.
 *
 * cache        bytes that the cache of chunks may take, which the JVM's heap is made for
 * error, size  where the reason goes when there is none
 *
 * Returns the environment of the calling thread, which is attached until it ends, or NULL.
 */
JNIEnv *vol_sparse_jvm(size_t cache, char *error, size_t size);

/*
 * Says what became of a start that was left behind, and gives the host's signals and surroundings
 * back. No other start is tried in this process.
 */
void vol_sparse_jvm_left(char *error, size_t size);

/* Whether the JVM was started by this plugin, as opposed to joined. */
bool vol_sparse_jvm_is_started(void);

/* Whether the connector's classes are among the JVM's own, and come from its archive. */
bool vol_sparse_jvm_has_classes(void);

/*
 * Readies the calling thread for a call into the JVM that vol_sparse_jvm found: sees that so much
 * of its stack is left as Java needs, and attaches it until it ends.
 *
 * is_inside  whether this is a callback within a callback, which may use what the outer one left
 *
 * Returns NULL, or why it cannot enter.
 */
const char *vol_sparse_jvm_enter(bool is_inside);

/* Why the calling thread could not enter a JVM, or NULL: too little of its stack is left. */
const char *vol_sparse_jvm_refusal(bool is_inside);

/*
 * Zeroes the next MiB of the calling thread's stack, where that much is left. For code that takes
 * what lies there for its own: what it makes is the same every time then.
 */
void vol_sparse_clear_stack(void);

/* Whether this process is a child of a fork that came after the JVM was found: threads do not
 * survive a fork, so no Java may run in it. */
bool vol_sparse_jvm_lost_in_fork(void);

#endif
