#include "aside.h"

#include "signals.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#define STACK_BYTES (1 << 20)

static pthread_mutex_t lock    = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t  changed = PTHREAD_COND_INITIALIZER;

/* What is going on, and how it ended. Under the lock. */
static void (*work_of)(void *data);
static void          *data_of;
static bool           is_going_on;
static enum aside_end end;

static bool
end_with(enum aside_end how)
{
    pthread_mutex_lock(&lock);
    bool was_going_on = is_going_on;
    if (was_going_on) {
        is_going_on = false;
        end         = how;
        pthread_cond_signal(&changed);
    }
    pthread_mutex_unlock(&lock);
    return was_going_on;
}

static void *
do_work(void *unused)
{
    (void)unused;
    work_of(data_of);
    /* The caller goes on when the thread is about to end, not when it has ended: destructors of its
     * own data may still run, such as the one that detaches it from a JVM. */
    if (!end_with(ASIDE_DONE))
        for (;;)
            pause(); /* left behind by another thread of the work */
    return NULL;
}

/* Blocks all signals but those of faults; sets before to what was blocked. */
static void
block_signals(sigset_t *before)
{
    sigset_t blocked;
    sigfillset(&blocked);
    VOL_SPARSE_DELETE_SIGNALS(&blocked, ALL_FAULTS);
    sigprocmask(SIG_SETMASK, &blocked, before);
}

enum aside_end
vol_sparse_aside(void (*work)(void *data), void *data)
{
    pthread_attr_t attributes;
    pthread_t      thread;
    sigset_t       before;
    if (pthread_attr_init(&attributes) != 0)
        return ASIDE_NO_THREAD;
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    work_of     = work;
    data_of     = data;
    is_going_on = true;
    block_signals(&before);
    bool is_started = pthread_create(&thread, &attributes, do_work, NULL) == 0;
    sigprocmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (!is_started) {
        is_going_on = false;
        return ASIDE_NO_THREAD;
    }
    pthread_mutex_lock(&lock);
    while (is_going_on)
        pthread_cond_wait(&changed, &lock);
    enum aside_end how = end;
    pthread_mutex_unlock(&lock);
    return how;
}

void
vol_sparse_aside_after_fork(void)
{
    pthread_mutex_init(&lock, NULL);
    pthread_cond_init(&changed, NULL);
    is_going_on = false;
}

void
vol_sparse_aside_leave(void)
{
    if (end_with(ASIDE_LEFT))
        for (;;)
            pause();
}
