/*
 * Work on a thread of its own, for which the calling thread waits.
 *
 * What a guest does for itself needs more than a host's thread may have to give: a larger stack,
 * and blocked signals that the threads it starts inherit. And a thread that must never return, for
 * the library on it would end the process next, can be left behind.
 */
#ifndef VOL_SPARSE_ASIDE_H
#define VOL_SPARSE_ASIDE_H

#include <stdbool.h>

enum aside_end {
    ASIDE_DONE,     /* the work returned, and its thread has ended */
    ASIDE_LEFT,     /* vol_sparse_aside_leave was called: threads of the work may still exist */
    ASIDE_NO_THREAD /* no thread could be started: the work was not begun */
};

/*
 * Does work on a thread of its own, with a stack of 1 MiB and every signal blocked but those that
 * faults raise. One at a time: the caller sees to it. The data must outlive the call where it may
 * end in ASIDE_LEFT.
 */
enum aside_end vol_sparse_aside(void (*work)(void *data), void *data);

/*
 * Ends the wait for the work that is going on, and stops the calling thread for good. It is for a
 * thread of the work that is about to end the process. Returns when there is no such work.
 */
void vol_sparse_aside_leave(void);

/* To be called in the child of every fork: whatever was going on, its thread stayed behind. */
void vol_sparse_aside_after_fork(void);

#endif
