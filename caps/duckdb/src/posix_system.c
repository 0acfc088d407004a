/* Time, random numbers and the environment, as the consumer has them. */
#define _GNU_SOURCE
#include "posix.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int
clock_gettime(clockid_t clock, struct timespec *time)
{
    uint64_t now = 0;
    posix_fault_t fault;

    (void)clock;
    if (!pylon_lend_files_now(&now, &fault))
        return posix_failed(fault);
    time->tv_sec = (time_t)(now / 1000000000);
    time->tv_nsec = (long)(now % 1000000000);
    return 0;
}

int
gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    time->tv_sec = now.tv_sec;
    time->tv_usec = (suseconds_t)(now.tv_nsec / 1000);
    return 0;
}

time_t
time(time_t *to)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_REALTIME, &now);
    if (to != NULL)
        *to = now.tv_sec;
    return now.tv_sec;
}

clock_t
clock(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (clock_t)now.tv_sec * CLOCKS_PER_SEC + (clock_t)(now.tv_nsec / (1000000000 / CLOCKS_PER_SEC));
}

int
nanosleep(const struct timespec *wanted, struct timespec *left)
{
    posix_fault_t fault;

    if (left != NULL)
        memset(left, 0, sizeof *left);
    return pylon_lend_files_sleep((uint64_t)wanted->tv_sec * 1000000000 + (uint64_t)wanted->tv_nsec, &fault)
               ? 0
               : posix_failed(fault);
}

/* DuckDB asks for 4 bytes at a time, 64 for each transaction: some are had at once. None is handed out twice. */
static uint8_t entropy[1024];
static size_t entropy_left;

static bool
more_entropy(void)
{
    duckdb_cap_list_u8_t random;
    posix_fault_t fault;

    if (!pylon_lend_files_random(sizeof entropy, &random, &fault)) {
        posix_failed(fault);
        return false;
    }
    bool fits = random.len == sizeof entropy;
    if (fits) {
        memcpy(entropy, random.ptr, sizeof entropy);
        entropy_left = sizeof entropy;
    }
    duckdb_cap_list_u8_free(&random);
    errno = EIO;
    return fits;
}

int
getentropy(void *to, size_t length)
{
    for (size_t given = 0; given < length;) {
        if (entropy_left == 0 && !more_entropy())
            return -1;
        size_t some = length - given < entropy_left ? length - given : entropy_left;
        uint8_t *from = entropy + sizeof entropy - entropy_left;
        memcpy((uint8_t *)to + given, from, some);
        memset(from, 0, some);
        given += some;
        entropy_left -= some;
    }
    return 0;
}

/* What was returned last stays until the next call: DuckDB copies it. */
char *
getenv(const char *name)
{
    static char *value;
    duckdb_cap_list_u8_t path = posix_name(name);
    duckdb_cap_list_u8_t found;
    posix_fault_t fault;

    if (!pylon_lend_folders_variable(&path, &found, &fault))
        return NULL;
    char *copy = realloc(value, found.len + 1);
    if (copy != NULL) {
        if (found.len > 0)
            memcpy(copy, found.ptr, found.len);
        copy[found.len] = '\0';
        value = copy;
    }
    duckdb_cap_list_u8_free(&found);
    return copy;
}

int
clock_nanosleep(clockid_t clock, int flags, const struct timespec *wanted, struct timespec *left)
{
    (void)clock;
    (void)flags;
    return nanosleep(wanted, left) == 0 ? 0 : errno;
}

/* There is one thread, which goes on. */
int
sched_yield(void)
{
    return 0;
}

/* One processor, and what memory 32 bits can have. */
long
sysconf(int name)
{
    enum { PAGE = 65536 };

    switch (name) {
    case _SC_PAGESIZE:
        return PAGE;
    case _SC_NPROCESSORS_CONF:
    case _SC_NPROCESSORS_ONLN:
        return 1;
    case _SC_PHYS_PAGES:
    case _SC_AVPHYS_PAGES:
        return (long)(UINT32_MAX / PAGE);
    default:
        errno = EINVAL;
        return -1;
    }
}

int
chdir(const char *name)
{
    (void)name;
    errno = ENOSYS;
    return -1;
}

/* There is one process. */
pid_t
getpid(void)
{
    return 1;
}

/* There are no files in memory. */
void *
mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset)
{
    (void)address;
    (void)length;
    (void)protection;
    (void)flags;
    (void)descriptor;
    (void)offset;
    errno = ENOSYS;
    return MAP_FAILED;
}

int
munmap(void *address, size_t length)
{
    (void)address;
    (void)length;
    errno = EINVAL;
    return -1;
}
