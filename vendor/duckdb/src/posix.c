/* What DuckDB takes from POSIX and wasi-libc does not have: a system with one process, one processor and no limits. */
#include <errno.h>
#include <stddef.h>

#include "../include/duckdb_posix.h"

int
getrlimit(int resource, struct rlimit *limit)
{
    (void)resource;
    limit->rlim_cur = limit->rlim_max = RLIM_INFINITY;
    return 0;
}

/* Whether a process runs, which is all that is asked: no other one does. */
int
kill(pid_t process, int signal)
{
    (void)process;
    (void)signal;
    errno = ESRCH;
    return -1;
}

int
sched_getcpu(void)
{
    return 0;
}

/* Memory is never swapped out, and cannot be given back in parts. */
int
mlock(const void *address, size_t length)
{
    (void)address;
    (void)length;
    return 0;
}

int
munlock(const void *address, size_t length)
{
    (void)address;
    (void)length;
    return 0;
}

int
madvise(void *address, size_t length, int advice)
{
    (void)address;
    (void)length;
    (void)advice;
    return 0;
}

/* There are no files in memory. */
int
msync(void *address, size_t length, int flags)
{
    (void)address;
    (void)length;
    (void)flags;
    errno = ENOSYS;
    return -1;
}

/* Extensions that the generated loader mentions and that are left out. */
int
duckdb_extension_httplib_describe(void *descriptor)
{
    (void)descriptor;
    return 1;
}

int
duckdb_extension_loadable_extensions_describe(void *descriptor)
{
    (void)descriptor;
    return 1;
}
