// Signals of one process: those that it sends itself, and those that the host tells of.
#ifndef PYLON_LIBC_SIGNALS_H
#define PYLON_LIBC_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>

// wasi-libc's own type has room for none. CPython has these declarations in pycore_signal.h (patch 0047).
typedef struct {
    uint64_t bits;  // bit n - 1 is signal n
} signal_set;

typedef struct {
    int si_signo, si_code, si_errno;
    pid_t si_pid;
    uid_t si_uid;
    int si_status;
} signal_info;

struct signal_action {
    void (*sa_handler)(int);
    signal_set sa_mask;
    int sa_flags;
};

enum { SA_NODEFER = 0x40000000, SA_RESETHAND = (int)0x80000000 };
enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };
enum { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF };

struct itimerval {
    struct timeval it_interval, it_value;
};

// What a host offers that knows of signals. Sets of the first 32: bit n - 1 is signal n.
typedef struct {
    uint32_t (*told)(void);        // those that came since the last call
    void (*want)(uint32_t which);  // those to be told of, in place of what they do by default
    // As setitimer, or getitimer if `new` is NULL.
    int (*timer)(int which, const struct itimerval *new, struct itimerval *old);
} signals_host;

// NULL where the host knows nothing of signals.
void signals_connect(const signals_host *host);

// Calls the handlers of what the host told of.
void signals_look(void);

// Of a wait that nothing else can end: -1 with EDEADLK, or, if the program has asked for a signal, with EINTR when one has come,
// which is not delivered yet. It has asked if it has a handler for one that others send, besides Ctrl-C, or a descriptor that
// numbers of signals are written to (-1 for none).
int signals_wait(void);
void signals_are_written_to(int fd);

#endif
