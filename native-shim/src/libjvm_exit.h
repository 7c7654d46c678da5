/*
 * Keeps a JVM whole while the process exits.
 *
 * libjvm has static objects with destructors, among them closures of its garbage collectors. exit()
 * runs these with the handlers of atexit(), in the reverse of the order in which they were
 * registered. The JVM's threads go on, and Java itself is called later: HDF5 registers the handler
 * that closes open files before it loads a plugin. A collector that then uses a closure calls a
 * function that is not there, which ends the process by SIGSEGV. (Seen in JDK 25.0.3: each full
 * collection of the serial collector, which the compilers ask for, too.)
 *
 * All that these destructors do is to replace the table of virtual functions of an object by that
 * of its base class. So handlers before and after them save the tables and put them back.
 */
#ifndef VOL_SPARSE_LIBJVM_EXIT_H
#define VOL_SPARSE_LIBJVM_EXIT_H

/* Call before a libjvm is loaded. */
void vol_sparse_before_libjvm(void);

/* Call after it was loaded, with the handle that dlopen returned. */
void vol_sparse_after_libjvm(void *libjvm);

#endif
