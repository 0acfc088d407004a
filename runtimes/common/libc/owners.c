// chmod, chown and their like. Of wasi-libc's own the first are stubs, replaced by --wrap, and the second are not there. And who
// the program is, beyond the number of its user: a process without others.
#include "descriptors.h"
#include "files.h"
#include "modes.h"
#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int __wrap_chmod(const char *path, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode);
int __wrap_fchmodat(int fd, const char *path, mode_t mode, int flags);

// Whether it is there, and not in what may only be read. Otherwise errno says why not.
static bool is_changeable(int fd, const char *path, int flags, struct stat *status)
{
    return fstatat(fd, path, status, flags) == 0 && (faccessat(fd, path, W_OK, flags) == 0 || errno != EROFS);
}

// As above of what is open.
static bool is_open_changeable(int fd, struct stat *status)
{
    if (fstat(fd, status) < 0) {
        return false;
    }
    bool changeable = !(S_ISREG(status->st_mode) || S_ISDIR(status->st_mode))
                   || (descriptor_table_get_ref(fd)->vtable->get_file && !file_is_read_only(fd));
    errno = changeable ? errno : EROFS;
    return changeable;
}

static int give(const struct stat *status, mode_t mode)
{
    if (S_ISLNK(status->st_mode)) {
        errno = EOPNOTSUPP;
        return -1;
    }
    if (S_ISCHR(status->st_mode)) {
        errno = EPERM;
        return -1;
    }
    return mode_give(status->st_ino, mode);
}

int __wrap_fchmodat(int fd, const char *path, mode_t mode, int flags)
{
    struct stat status;
    return is_changeable(fd, path, flags, &status) ? give(&status, mode) : -1;
}

int __wrap_chmod(const char *path, mode_t mode)
{
    return __wrap_fchmodat(AT_FDCWD, path, mode, 0);
}

int __wrap_fchmod(int fd, mode_t mode)
{
    struct stat status;
    return is_open_changeable(fd, &status) ? give(&status, mode) : -1;
}

// There is one user, who can give away nothing.
static int own(uid_t user, gid_t group)
{
    if ((user == (uid_t)-1 || user == USER) && (group == (gid_t)-1 || group == USER)) {
        return 0;
    }
    errno = EPERM;
    return -1;
}

int fchownat(int fd, const char *path, uid_t user, gid_t group, int flags)
{
    struct stat status;
    return is_changeable(fd, path, flags, &status) ? own(user, group) : -1;
}

int chown(const char *path, uid_t user, gid_t group)
{
    return fchownat(AT_FDCWD, path, user, group, 0);
}

int lchown(const char *path, uid_t user, gid_t group)
{
    return fchownat(AT_FDCWD, path, user, group, AT_SYMLINK_NOFOLLOW);
}

int fchown(int fd, uid_t user, gid_t group)
{
    struct stat status;
    return is_open_changeable(fd, &status) ? own(user, group) : -1;
}

int getgroups(int room, gid_t groups[])
{
    if (room > 0) {
        groups[0] = USER;
    }
    return 1;
}

// As in lib/pwd.py.
char *getlogin(void)
{
    static char name[] = "user";
    return name;
}

// As wasi-libc's emulation of getpid() has it.
enum { PROCESS = 42 };

// As of a process that init has started.
pid_t getppid(void)
{
    return 1;
}

pid_t getpgid(pid_t process)
{
    if (process == 0 || process == PROCESS) {
        return PROCESS;
    }
    errno = ESRCH;
    return -1;
}

pid_t getsid(pid_t process)
{
    return getpgid(process);
}

pid_t getpgrp(void)
{
    return getpgid(0);
}
