/* What DuckDB takes from POSIX and wasi-libc's headers do not have. Read before each of its files; src/posix.c defines it. */
#ifndef PYLON_DUCKDB_POSIX_H
#define PYLON_DUCKDB_POSIX_H

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Commands of fcntl() on a struct flock. */
#ifndef F_SETLK
#define F_GETLK 5
#define F_SETLK 6
#define F_SETLKW 7
#endif

/* The command of ioctl() that asks how large a terminal is. */
#ifndef TIOCGWINSZ
#define TIOCGWINSZ 0x5413
struct winsize {
    unsigned short ws_row;
    unsigned short ws_col;
    unsigned short ws_xpixel;
    unsigned short ws_ypixel;
};
#endif

/* How many files may be open. */
#ifndef RLIMIT_NOFILE
#define RLIMIT_NOFILE 7
#define RLIM_INFINITY (~0ULL)
typedef unsigned long long rlim_t;
struct rlimit {
    rlim_t rlim_cur;
    rlim_t rlim_max;
};
int getrlimit(int resource, struct rlimit *limit);
#endif

int kill(pid_t process, int signal);
int sched_getcpu(void);

#ifdef __cplusplus
}
#endif

#endif
