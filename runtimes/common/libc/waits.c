// Waiting for a time, in place of libc's clock_nanosleep.c, which a host cannot interrupt, and pthread_cond_timedwait.c,
// which asks for a clock that WASI does not have and so returns at once. There is one thread, so nobody can signal
// meanwhile: to sleep until the time is exact. And the time that was not waited, in place of libc's emulated clock.c.
#include "waits.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

enum { SECOND = 1000000000 };

static uint64_t waited;

void wait_for_any(const poll_list_borrow_pollable_t *of, wasip2_list_u32_t *ready)
{
    uint64_t begin = monotonic_clock_now();
    poll_poll((poll_list_borrow_pollable_t *)of, ready);
    waited += monotonic_clock_now() - begin;
}

clock_t __clock(void);

// WASI tells no processor's time. What the program has not waited is nearest to it.
clock_t __clock(void)
{
    return (clock_t)((monotonic_clock_now() - waited) / (SECOND / CLOCKS_PER_SEC));
}

clock_t clock(void) __attribute__((alias("__clock")));

int __clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left);

// EINTR if the host ended it, with what is left of a duration.
int __clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left)
{
    if ((flags & ~TIMER_ABSTIME) || time->tv_nsec < 0 || time->tv_nsec >= SECOND) {
        return EINVAL;
    }
    if (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME) {
        return EOPNOTSUPP;
    }
    struct timespec begin, end, wait = *time;
    clock_gettime(clock, &begin);
    if (flags & TIMER_ABSTIME) {
        wait.tv_sec -= begin.tv_sec;
        wait.tv_nsec -= begin.tv_nsec;
        if (wait.tv_nsec < 0) {
            wait.tv_nsec += SECOND;
            wait.tv_sec--;
        }
    }
    int64_t nanoseconds;
    if (__builtin_mul_overflow(wait.tv_sec, (int64_t)SECOND, &nanoseconds)
        || __builtin_add_overflow(nanoseconds, wait.tv_nsec, &nanoseconds)) {
        nanoseconds = INT64_MAX;
    }
    if (nanoseconds <= 0) {
        return 0;
    }
    poll_own_pollable_t due = monotonic_clock_subscribe_duration((uint64_t)nanoseconds);
    poll_borrow_pollable_t clock_due = poll_borrow_pollable(due);
    wasip2_list_u32_t ready;
    wait_for_any(&(poll_list_borrow_pollable_t){&clock_due, 1}, &ready);
    bool ended = ready.len > 0;
    wasip2_list_u32_free(&ready);
    poll_pollable_drop_own(due);
    if (ended) {
        return 0;
    }
    if (left && !(flags & TIMER_ABSTIME)) {
        clock_gettime(clock, &end);
        nanoseconds -= (end.tv_sec - begin.tv_sec) * (int64_t)SECOND + (end.tv_nsec - begin.tv_nsec);
        nanoseconds = nanoseconds < 0 ? 0 : nanoseconds;
        *left = (struct timespec){nanoseconds / SECOND, nanoseconds % SECOND};
    }
    return EINTR;
}

int clock_nanosleep(clockid_t, int, const struct timespec *, struct timespec *)
    __attribute__((alias("__clock_nanosleep")));

int __pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                             const struct timespec *restrict until);

int __pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                             const struct timespec *restrict until)
{
    (void)condition, (void)mutex;
    if (until->tv_nsec < 0 || until->tv_nsec >= SECOND) {
        return EINVAL;
    }
    // libc forgets which clock the condition was made for. A time that is decades off on the one is of the other.
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (until->tv_sec - now.tv_sec > SECOND) {
        clock_gettime(CLOCK_REALTIME, &now);
    }
    struct timespec left = {until->tv_sec - now.tv_sec, until->tv_nsec - now.tv_nsec};
    if (left.tv_nsec < 0) {
        left.tv_nsec += SECOND;
        left.tv_sec--;
    }
    // A wait that was interrupted ends like one that nothing woke: whoever waits looks, and waits again.
    if (left.tv_sec >= 0 && __clock_nanosleep(CLOCK_MONOTONIC, 0, &left, NULL) == EINTR) {
        return 0;
    }
    return ETIMEDOUT;
}

int pthread_cond_timedwait(pthread_cond_t *restrict, pthread_mutex_t *restrict, const struct timespec *restrict)
    __attribute__((alias("__pthread_cond_timedwait")));
