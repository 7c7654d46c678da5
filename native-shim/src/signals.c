#include "signals.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* How many handlers a host may set for one fault, one after another, before the oldest but the
 * first are forgotten. */
#define MAXIMUM_HANDLERS 8

static const int faults[] = {FAULTS_OF_JVM};
#define FAULTS (sizeof(faults) / sizeof(faults[0]))

/*
 * What the host does about a fault: the disposition at the start of the JVM first, and then those
 * it set since. The last one counts; it may call the one before, or give the fault back to it, as
 * handlers do that were set on top of others.
 */
static struct {
    struct sigaction handlers[MAXIMUM_HANDLERS];
    _Atomic int      count;
} of_host[FAULTS];

/* The dispositions before the JVM. */
static struct sigaction before[_NSIG];

/* How the JVM wants its own handlers to be called. */
static int flags_of_jvm[FAULTS];

/*
 * JVM_handle_linux_signal: handles a signal if it is the JVM's. A program that brings handlers of
 * its own is meant to call it.
 */
static int (*handle_in_jvm)(int number, siginfo_t *info, void *context, int abort_if_unrecognized);

/* How the JVM handles the signal it suspends threads by. */
static struct sigaction suspension;

static _Atomic bool    is_taking;
static pthread_mutex_t taking = PTHREAD_MUTEX_INITIALIZER;

/*
 * The calls of the host's handlers that are running on this thread, the innermost one. A handler
 * that is called while another one runs is called by it: it is the one before. One that was jumped
 * out of runs no more: its mark on the stack is overwritten sooner or later, and lies deeper than
 * the next.
 *
 * In a handler the memory for a thread's variables cannot be allocated: it must be there.
 */
struct running {
    uint64_t        mark;
    size_t          fault;
    int             handler;
    struct running *outer;
};
static __attribute__((tls_model("initial-exec"))) _Thread_local struct running *innermost;

#define MARK UINT64_C(0x5eed0fa51941a100)

static void take_fault(int number, siginfo_t *info, void *context);

static bool
is_ours(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) != 0 && action->sa_sigaction == take_fault;
}

static void
install(size_t fault)
{
    struct sigaction own = {.sa_sigaction = take_fault};
    sigemptyset(&own.sa_mask);
    /* On the host's alternate stack, if it has one: its handlers may need it. */
    own.sa_flags = flags_of_jvm[fault] | SA_SIGINFO | SA_ONSTACK;
    sigaction(faults[fault], &own, NULL);
}

static bool
is_handler(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) != 0 ||
           (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN);
}

/* Lets the default action end the process: at once if the signal was sent, else when the faulting
 * instruction is executed again. */
static void
default_action(int number, const siginfo_t *info)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
    if (info->si_code <= 0) {
        sigset_t only;
        sigemptyset(&only);
        sigaddset(&only, number);
        raise(number);
        sigprocmask(SIG_UNBLOCK, &only, NULL);
    }
}

/* The number of the handler that is to be called: the last one, or the one before the one that is
 * running. Negative if there is none any more. */
static int
next_handler(size_t fault, const void *frame)
{
    const struct running *running = innermost;
    while (running != NULL && (running->mark != MARK || (uintptr_t)running <= (uintptr_t)frame))
        running = running->outer;
    while (running != NULL && running->fault != fault)
        running = running->outer;
    return running != NULL ? running->handler - 1 : atomic_load(&of_host[fault].count) - 1;
}

static bool
is_same(const struct sigaction *one, const struct sigaction *other)
{
    return one->sa_sigaction == other->sa_sigaction &&
           ((one->sa_flags ^ other->sa_flags) & SA_SIGINFO) == 0;
}

/* Notes a disposition that the host has set on top of the others, and takes the fault again. */
static void
take_again(size_t fault, const struct sigaction *set)
{
    int count = atomic_load(&of_host[fault].count);
    if (count == MAXIMUM_HANDLERS) {
        memmove(&of_host[fault].handlers[1], &of_host[fault].handlers[2],
                (MAXIMUM_HANDLERS - 2) * sizeof(*set));
        count--;
    }
    if (!is_same(&of_host[fault].handlers[count - 1], set))
        of_host[fault].handlers[count++] = *set;
    atomic_store(&of_host[fault].count, count);
    install(fault);
}

/*
 * Calls a handler of the host as the kernel would. It finds itself installed meanwhile, and what it
 * sets instead counts: ours if it gives the fault back to the handler that it was set on top of.
 */
static void
call_handler(size_t fault, int handler, int number, siginfo_t *info, void *context)
{
    volatile struct running running = {
        .mark = MARK, .fault = fault, .handler = handler, .outer = innermost};
    const struct sigaction action = of_host[fault].handlers[handler];
    struct sigaction       now;
    sigset_t               blocked = action.sa_mask, only;
    sigemptyset(&only);
    sigaddset(&only, number);
    sigaction(number, &action, NULL);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    sigprocmask((action.sa_flags & SA_NODEFER) != 0 ? SIG_UNBLOCK : SIG_BLOCK, &only, NULL);
    innermost = (struct running *)&running;
    if ((action.sa_flags & SA_SIGINFO) != 0)
        action.sa_sigaction(number, info, context);
    else
        action.sa_handler(number);
    innermost    = running.outer;
    running.mark = 0;
    sigaction(number, NULL, &now);
    if (is_ours(&now))
        atomic_store(&of_host[fault].count, handler);
    else
        take_again(fault, &now);
}

static void
take_fault(int number, siginfo_t *info, void *context)
{
    int    error = errno;
    size_t fault = 0;
    while (faults[fault] != number)
        fault++;
    if (handle_in_jvm == NULL || !handle_in_jvm(number, info, context, 0)) {
        int              handler = next_handler(fault, &error);
        struct sigaction action  = {.sa_handler = SIG_DFL};
        if (handler >= 0)
            action = of_host[fault].handlers[handler];
        if (is_handler(&action)) {
            if (((unsigned)action.sa_flags & SA_RESETHAND) != 0)
                of_host[fault].handlers[handler].sa_handler = SIG_DFL;
            call_handler(fault, handler, number, info, context);
        } else if (action.sa_handler == SIG_DFL || info->si_code > 0) {
            default_action(number, info); /* a fault cannot be ignored, what is sent can */
        }
    }
    errno = error;
}

void
vol_sparse_signals_before_jvm(void)
{
    struct sigaction none = {.sa_handler = SIG_DFL};
    sigemptyset(&none.sa_mask);
    for (int number = 1; number < _NSIG; number++)
        sigaction(number, NULL, &before[number]);
    for (size_t fault = 0; fault < FAULTS; fault++)
        sigaction(faults[fault], &none, NULL);
}

void
vol_sparse_signals_after_jvm(void *libjvm)
{
    *(void **)&handle_in_jvm = libjvm == NULL ? NULL : dlsym(libjvm, "JVM_handle_linux_signal");
    int own                  = atoi(SIGNAL_OF_JVM);
    for (int number = 1; number < _NSIG; number++) {
        struct sigaction now;
        bool             is_fault = false;
        for (size_t fault = 0; fault < FAULTS; fault++)
            is_fault = is_fault || faults[fault] == number;
        bool is_own = number == own && !is_handler(&before[number]);
        bool stays  = libjvm != NULL && (is_own || is_fault);
        if (!stays && sigaction(number, NULL, &now) == 0 &&
            now.sa_sigaction != before[number].sa_sigaction)
            sigaction(number, &before[number], NULL);
    }
    if (handle_in_jvm == NULL)
        return;
    for (size_t fault = 0; fault < FAULTS; fault++) {
        struct sigaction now;
        sigaction(faults[fault], NULL, &now);
        flags_of_jvm[fault] = now.sa_flags & (SA_SIGINFO | SA_RESTART);
        if (atomic_load(&of_host[fault].count) == 0) {
            of_host[fault].handlers[0] = before[faults[fault]];
            atomic_store(&of_host[fault].count, 1);
            install(fault);
        } else if (is_ours(&before[faults[fault]])) {
            install(fault);
        } else {
            take_again(fault, &before[faults[fault]]);
        }
    }
    sigaction(own, NULL, &suspension);
    atomic_store(&is_taking, true);
}

void
vol_sparse_signals_after_fork(void)
{
    struct sigaction now;
    int              own = atoi(SIGNAL_OF_JVM);
    handle_in_jvm        = NULL;
    pthread_mutex_init(&taking, NULL);
    if (atomic_exchange(&is_taking, false) && sigaction(own, NULL, &now) == 0 &&
        is_handler(&suspension) && is_same(&now, &suspension))
        sigaction(own, &before[own], NULL);
}

void
vol_sparse_signals_keep(void)
{
    struct sigaction now;
    innermost = NULL; /* a handler that was jumped out of */
    if (!atomic_load_explicit(&is_taking, memory_order_acquire) ||
        sigaction(SIGSEGV, NULL, &now) != 0 || is_ours(&now))
        return;
    pthread_mutex_lock(&taking);
    for (size_t fault = 0; fault < FAULTS; fault++) {
        sigaction(faults[fault], NULL, &now);
        if (!is_ours(&now))
            take_again(fault, &now);
    }
    pthread_mutex_unlock(&taking);
}
