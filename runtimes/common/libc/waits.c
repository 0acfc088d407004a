// Waiting with a time limit, in place of libc's pthread_cond_timedwait.c, which asks for a clock that WASI does not
// have and so returns at once. There is one thread, so nobody can signal meanwhile: to sleep until the time is exact.
#include <errno.h>
#include <pthread.h>
#include <time.h>

enum { SECOND = 1000000000 };

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
    if (left.tv_sec >= 0) {
        clock_nanosleep(CLOCK_MONOTONIC, 0, &left, NULL);
    }
    return ETIMEDOUT;
}

int pthread_cond_timedwait(pthread_cond_t *restrict, pthread_mutex_t *restrict, const struct timespec *restrict)
    __attribute__((alias("__pthread_cond_timedwait")));
