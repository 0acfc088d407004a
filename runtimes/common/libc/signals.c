// Signals, in place of libwasi-emulated-signal's signal.c, which calls a handler and has no sets, and of what it has not at all.
// A signal is one that the program sends itself, or that the host tells of (runtimes/common/attention). It is delivered where
// the program looks: there are no moments in between.
#define _WASI_EMULATED_GETPID
#define _WASI_EMULATED_SIGNAL
#include "signals.h"

#include "status.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

enum { SECOND = 1000000000, DAY = 86400 };
enum { FIRST_OF_LIBC = 32, LAST_OF_LIBC = 33 };  // of glibc's own

typedef void (*handler)(int);

static struct signal_action actions[_NSIG];
static uint64_t blocked, pending;
static const signals_host *host;
static int written_to = -1;

static uint64_t bit(int number)
{
    return 1ULL << (number - 1);
}

static const uint64_t IGNORED_BY_DEFAULT = 1ULL << (SIGCHLD - 1) | 1ULL << (SIGCONT - 1) | 1ULL << (SIGURG - 1) | 1ULL << (SIGWINCH - 1);
// They would stop the process until another one lets it go on.
static const uint64_t STOPPING = 1ULL << (SIGSTOP - 1) | 1ULL << (SIGTSTP - 1) | 1ULL << (SIGTTIN - 1) | 1ULL << (SIGTTOU - 1);
static const uint64_t NOT_CHANGED = 1ULL << (SIGKILL - 1) | 1ULL << (SIGSTOP - 1);

// Others send these, or timers do.
static const int SENT[] = {SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM, SIGALRM, SIGVTALRM, SIGPROF};

static const int TIMED[] = {SIGALRM, SIGVTALRM, SIGPROF};

static bool exists(int number)
{
    return number > 0 && number < _NSIG && !(number >= FIRST_OF_LIBC && number <= LAST_OF_LIBC);
}

static int invalid(void)
{
    errno = EINVAL;
    return -1;
}

// Their addresses are what counts.
void __SIG_IGN(int number)
{
    (void)number;
}

void __SIG_ERR(int number)
{
    (void)number;
}

static bool is_ignored(int number)
{
    handler action = actions[number].sa_handler;
    return action == SIG_IGN || (action == SIG_DFL && (bit(number) & (IGNORED_BY_DEFAULT | STOPPING)));
}

static void deliver(int number)
{
    struct signal_action action = actions[number];
    if (is_ignored(number)) {
        return;
    }
    if (action.sa_handler == SIG_DFL) {
        _exit(128 + number);
    }
    if (action.sa_flags & SA_RESETHAND) {
        actions[number].sa_handler = SIG_DFL;
    }
    uint64_t before = blocked;
    blocked |= action.sa_mask.bits | (action.sa_flags & SA_NODEFER ? 0 : bit(number));
    action.sa_handler(number);
    blocked = before;
}

static int first_of(uint64_t set)
{
    return set ? __builtin_ctzll(set) + 1 : 0;
}

// Whether there was one that a handler was called for.
static bool deliver_pending(void)
{
    bool called = false;
    for (int number; (number = first_of(pending & ~blocked));) {
        pending &= ~bit(number);
        called |= !is_ignored(number);
        deliver(number);
    }
    return called;
}

static void take_what_came(void)
{
    uint64_t came = host ? host->told() : 0;
    // The host itself does by default what nobody wants to be told of: such a tick was for a handler that has gone since.
    for (size_t i = 0; i < sizeof TIMED / sizeof *TIMED; i++) {
        if (actions[TIMED[i]].sa_handler == SIG_DFL) {
            came &= ~bit(TIMED[i]) | blocked;
        }
    }
    pending |= came;
}

void signals_look(void)
{
    take_what_came();
    deliver_pending();
}

// What the host does with a signal by default is right for one that is neither blocked nor has an action.
static void tell_host(void)
{
    uint32_t wanted = (uint32_t)blocked;
    for (int number = 1; number <= 32; number++) {
        wanted |= actions[number].sa_handler == SIG_DFL ? 0 : (uint32_t)bit(number);
    }
    if (host) {
        host->want(wanted);
    }
}

void signals_connect(const signals_host *connected)
{
    host = connected;
    tell_host();
}

void signals_are_written_to(int fd)
{
    written_to = fd;
}

static bool are_awaited(void)
{
    bool handled = written_to >= 0;
    for (size_t i = 0; !handled && i < sizeof SENT / sizeof *SENT; i++) {
        handler action = actions[SENT[i]].sa_handler;
        handled = action != SIG_DFL && action != SIG_IGN;
    }
    return host && handled;
}

// --- Actions

int sigaction(int number, const struct signal_action *restrict new, struct signal_action *restrict old);

int sigaction(int number, const struct signal_action *restrict new, struct signal_action *restrict old)
{
    if (!exists(number) || (new && (bit(number) & NOT_CHANGED))) {
        return invalid();
    }
    struct signal_action before = actions[number];
    if (new) {
        actions[number] = *new;
        tell_host();
        // What came until the host knew is for the action before.
        actions[number] = before;
        signals_look();
        actions[number] = *new;
        if (is_ignored(number)) {
            pending &= ~bit(number);
        }
    }
    if (old) {
        *old = before;
    }
    return 0;
}

handler signal(int number, handler action)
{
    struct signal_action new = {.sa_handler = action}, old;
    return sigaction(number, &new, &old) < 0 ? SIG_ERR : old.sa_handler;
}

handler bsd_signal(int, handler) __attribute__((alias("signal")));
handler __sysv_signal(int, handler);
handler __sysv_signal(int, handler) __attribute__((alias("signal")));

// --- Sending

int raise(int number)
{
    if (!exists(number)) {
        return invalid();
    }
    if (bit(number) & NOT_CHANGED) {
        deliver(number);
        return 0;
    }
    pending |= bit(number);
    deliver_pending();
    return 0;
}

int kill(pid_t process, int number);

// There is one process, which is a group of its own.
int kill(pid_t process, int number)
{
    if (number < 0 || number >= _NSIG) {
        return invalid();
    }
    if (process != 0 && process != getpid() && process != -getpid()) {
        errno = ESRCH;
        return -1;
    }
    return number == 0 ? 0 : raise(number);
}

// --- Sets

int sigemptyset(signal_set *set);
int sigfillset(signal_set *set);
int sigaddset(signal_set *set, int number);
int sigismember(const signal_set *set, int number);
int pthread_sigmask(int how, const signal_set *restrict set, signal_set *restrict old);
int sigpending(signal_set *set);

int sigemptyset(signal_set *set)
{
    set->bits = 0;
    return 0;
}

int sigfillset(signal_set *set)
{
    set->bits = ~(bit(FIRST_OF_LIBC) | bit(LAST_OF_LIBC));
    return 0;
}

int sigaddset(signal_set *set, int number)
{
    if (!exists(number)) {
        return invalid();
    }
    set->bits |= bit(number);
    return 0;
}

int sigismember(const signal_set *set, int number)
{
    return number > 0 && number < _NSIG ? (set->bits & bit(number)) != 0 : invalid();
}

// Returns an error, as functions of threads do.
int pthread_sigmask(int how, const signal_set *restrict set, signal_set *restrict old)
{
    uint64_t before = blocked, changed = set ? set->bits & ~NOT_CHANGED : 0;
    if (set && how == SIG_BLOCK) {
        blocked |= changed;
    } else if (set && how == SIG_UNBLOCK) {
        blocked &= ~changed;
    } else if (set && how == SIG_SETMASK) {
        blocked = changed;
    } else if (set) {
        return EINVAL;
    }
    if (blocked != before) {
        take_what_came();
        tell_host();
        deliver_pending();
    }
    if (old) {
        old->bits = before;
    }
    return 0;
}

int sigpending(signal_set *set)
{
    take_what_came();
    set->bits = pending & blocked;
    return 0;
}

// --- Waiting

int sigtimedwait(const signal_set *restrict set, signal_info *restrict info, const struct timespec *restrict timeout);
int sigwaitinfo(const signal_set *restrict set, signal_info *restrict info);
int sigwait(const signal_set *restrict set, int *restrict number);
int pause(void);

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * (int64_t)SECOND + time.tv_nsec;
}

// Sleeps until `end`, or for ever if that is negative. What wakes it is looked for by who called.
static void sleep_until(int64_t end)
{
    int64_t left = end < 0 ? DAY * (int64_t)SECOND : end - now();
    if (left > 0) {
        nanosleep(&(struct timespec){left / SECOND, left % SECOND}, NULL);
    }
}

int signals_wait(void)
{
    if (!are_awaited()) {
        errno = EDEADLK;
        return -1;
    }
    take_what_came();
    if (!(pending & ~blocked)) {
        sleep_until(-1);
    }
    errno = EINTR;
    return -1;
}

int sigtimedwait(const signal_set *restrict set, signal_info *restrict info, const struct timespec *restrict timeout)
{
    if (timeout && (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= SECOND)) {
        return invalid();
    }
    int64_t end = timeout ? now() + timeout->tv_sec * (int64_t)SECOND + timeout->tv_nsec : -1;
    for (;;) {
        take_what_came();
        int number = first_of(pending & set->bits);
        if (number) {
            pending &= ~bit(number);
            if (info) {
                *info = (signal_info){.si_signo = number, .si_pid = getpid(), .si_uid = USER};
            }
            return number;
        }
        if (deliver_pending()) {
            errno = EINTR;
            return -1;
        }
        if (end >= 0 && now() >= end) {
            errno = EAGAIN;
            return -1;
        }
        sleep_until(end);
    }
}

int sigwaitinfo(const signal_set *restrict set, signal_info *restrict info)
{
    return sigtimedwait(set, info, NULL);
}

int sigwait(const signal_set *restrict set, int *restrict number)
{
    do {
        *number = sigtimedwait(set, NULL, NULL);
    } while (*number < 0);
    return 0;
}

int pause(void)
{
    for (;;) {
        take_what_came();
        if (deliver_pending()) {
            errno = EINTR;
            return -1;
        }
        sleep_until(-1);
    }
}

// --- Timers, which are the host's

int setitimer(int which, const struct itimerval *restrict new, struct itimerval *restrict old);
int getitimer(int which, struct itimerval *old);

static int timer(int which, const struct itimerval *new, struct itimerval *old)
{
    struct itimerval before;
    if (which < ITIMER_REAL || which > ITIMER_PROF) {
        return invalid();
    }
    if (!host) {
        errno = ENOTSUP;
        return -1;
    }
    return host->timer(which, new, old ? old : &before);
}

int setitimer(int which, const struct itimerval *restrict new, struct itimerval *restrict old)
{
    int result = timer(which, new, old);
    signals_look(); // its last tick, if it was stopped
    return result;
}

int getitimer(int which, struct itimerval *old)
{
    return timer(which, NULL, old);
}

unsigned alarm(unsigned seconds)
{
    struct itimerval old;
    if (timer(ITIMER_REAL, &(struct itimerval){.it_value.tv_sec = seconds}, &old) < 0) {
        return 0;
    }
    // A part of a second is one: 0 is for no alarm at all.
    return (unsigned)old.it_value.tv_sec + (old.it_value.tv_usec > 0);
}
