// The host's part of the time module, which is the unix port's; included by extmod/modtime.c.
#include <sys/select.h>
#include <sys/time.h>

#include "py/mphal.h"

// It sleeps with select() on no files, and would take select()'s word that the time has passed; hal_sleep_us() sees to
// it that it has.
static int sleep_for(const struct timeval *time) {
    if (time->tv_sec < 0 || time->tv_usec < 0) {
        errno = EINVAL;
        return -1;
    }
    hal_sleep_us((uint64_t)time->tv_sec * 1000000u + (uint64_t)time->tv_usec);
    return 0;
}

#define select(files, read, write, except, time) sleep_for(time)
#include "ports/unix/modtime.c"
#undef select
