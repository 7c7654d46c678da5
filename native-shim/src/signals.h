/*
 * The host's signals, while a JVM is in its process.
 *
 * A JVM installs handlers for faults, which it needs: compiled code relies on them. It installs
 * others that it does not need (SIGPIPE, SIGXFSZ, SIGUSR2), and takes a fault that is none of its
 * own for the end of the process, which it then reports and aborts.
 *
 * So the plugin's own handler of faults comes first. It asks the JVM whether the fault is one of
 * compiled code; any other fault is the host's, and takes the way it takes natively: to the handler
 * the host set, whether before the JVM came or after, or to the default action. The dispositions
 * of all other signals are given back as they were.
 */
#ifndef VOL_SPARSE_SIGNALS_H
#define VOL_SPARSE_SIGNALS_H

#include <signal.h>
#include <stddef.h>

/*
 * The signals of faults that a JVM takes, for its compiled code relies on them; and all that an
 * instruction can raise. Who blocks those of faults loses what the host does about them.
 */
#define FAULTS_OF_JVM SIGSEGV, SIGBUS, SIGFPE, SIGILL
#define ALL_FAULTS    FAULTS_OF_JVM, SIGTRAP, SIGSYS

/* Takes signals out of a set; they are given as FAULTS_OF_JVM or ALL_FAULTS. */
#define VOL_SPARSE_DELETE_SIGNALS(set, ...)                               \
    do {                                                                  \
        static const int numbers[] = {__VA_ARGS__};                       \
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) \
            sigdelset(set, numbers[i]);                                   \
    } while (0)

/*
 * The JVM's threads unblock the signal it suspends threads by (_JAVA_SR_SIGNUM), also where the
 * host blocks it to wait for it. Nothing uses this one.
 */
#define SIGNAL_OF_JVM "16"

/* Notes the dispositions of all signals, and takes the handlers of faults away, so that the JVM
 * that is started next finds none to hand faults to. */
void vol_sparse_signals_before_jvm(void);

/*
 * Gives all dispositions back, except that the plugin's handler takes faults from now on if a JVM
 * was started.
 *
 * libjvm   handle of the library of the JVM that was started, or NULL
 */
void vol_sparse_signals_after_jvm(void *libjvm);

/*
 * Takes the faults again if the host has set a handler of its own since: it comes second from then
 * on. To be called on a thread of the host before it enters Java.
 */
void vol_sparse_signals_keep(void);

/*
 * To be called in the child of every fork: the JVM stayed with the parent. The plugin's handler of
 * faults stays, for handlers of the host may be set on top of it, and passes all to the host's.
 */
void vol_sparse_signals_after_fork(void);

#endif
