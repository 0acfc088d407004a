// Mends wasi-libc 0~git20260423 (wasm32-wasip2), each by the linker's --wrap. Every function is
// called in place of libc's; __real_X is libc's own. Look here when the sysroot changes.
#include "pylon.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

int __real_fstat(int fd, struct stat *status);
ssize_t __real_write(int fd, const void *data, size_t size);
int __real___wasilibc_map_socket_error(const unsigned char *code);

int __wrap_fstat(int fd, struct stat *status);
ssize_t __wrap_write(int fd, const void *data, size_t size);
int __wrap___wasilibc_map_socket_error(const unsigned char *code);

// While the snapshot is made there are no streams: Python takes EBADF as "closed" and leaves
// sys.stdin, sys.stdout and sys.stderr None, so that no handle of the host is acquired.
int __wrap_fstat(int fd, struct stat *status)
{
    if (pylon_phase == PHASE_PREINIT) {
        errno = EBADF;
        return -1;
    }
    return __real_fstat(fd, status);
}

// libc's write moves at most 64 KiB a call. POSIX allows that, but on a regular file no program
// expects it: os.write of a longer buffer returns short, and importlib then refuses to keep a
// .pyc. Goes on until all is written, an error comes (reported if nothing was written yet) or
// no progress is made.
ssize_t __wrap_write(int fd, const void *data, size_t size)
{
    size_t done = 0;
    do {
        ssize_t n = __real_write(fd, (const char *)data + done, size - done);
        if (n < 0) {
            return done > 0 ? (ssize_t)done : -1;
        }
        if (n == 0) {
            break;
        }
        done += (size_t)n;
    } while (done < size);
    return (ssize_t)done;
}

// Maps wasi:sockets/network error-code to errno. libc aborts the process on the codes that it
// does not expect; Python meets them, for example in repr() of a socket that is connecting.
int __wrap___wasilibc_map_socket_error(const unsigned char *code)
{
    switch (*code) {
    case 7:  // not-in-progress
        return EINVAL;
    case 9:  // invalid-state
        return ENOTCONN;
    case 18:  // name-unresolvable, temporary- and permanent-resolver-failure
    case 19:
    case 20:
        return EIO;
    default:
        return __real___wasilibc_map_socket_error(code);
    }
}
