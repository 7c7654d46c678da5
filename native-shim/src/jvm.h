/*
 * The one JVM of the process: joined, or started. In a child of fork() it is another one than in
 * the parent, from other libraries.
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

/*
 * How many JVMs this process lost by forks: threads do not survive a fork, so the JVM stays with
 * the parent. What was got from a JVM of another generation is lost, too.
 */
int vol_sparse_jvm_generation(void);

/* To be called in the child of every fork. */
void vol_sparse_jvm_after_fork(void);

/* Whether a thread of the host other than the calling one has entered Java, and has not ended. */
bool vol_sparse_jvm_has_other_users(void);

#endif
