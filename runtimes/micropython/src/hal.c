// Standard streams, clocks and entropy over wasi-libc.
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#ifdef __wasip1__
#include <wasi/api.h>
#endif

#include "py/mphal.h"
#include "py/mpprint.h"
#include "py/runtime.h"

// Writes all of it, for a pipe may take a part; what cannot be written is lost, for the callers cannot
// say so. (Those of sys.stdout do not come here: it is a file.)
static size_t write_all(int fd, const char *str, size_t len) {
    size_t done = 0;
    while (done < len) {
        ssize_t n = write(fd, str + done, len - done);
        if (n < 0 && errno != EINTR && errno != EAGAIN) {
            break;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return done;
}

mp_uint_t mp_hal_stdout_tx_strn(const char *str, size_t len) {
    return write_all(STDOUT_FILENO, str, len);
}

// The same: the terminal, if there is one, makes the line ends.
void mp_hal_stdout_tx_strn_cooked(const char *str, size_t len) {
    write_all(STDOUT_FILENO, str, len);
}

void mp_hal_stdout_tx_str(const char *str) {
    write_all(STDOUT_FILENO, str, strlen(str));
}

static void stderr_print_strn(void *env, const char *str, size_t len) {
    (void)env;
    write_all(STDERR_FILENO, str, len);
}

const mp_print_t mp_stderr_print = { NULL, stderr_print_strn };

// Whether somebody types standard input. Today's WAMR does not tell the types of the standard streams in their
// descriptors' state, where isatty() looks, but in that of the files behind them: what has no type there and is a
// character device here is taken for a terminal. (So is /dev/null on such a host: a prompt that ends at once.)
bool hal_stdin_is_terminal(void) {
    if (isatty(STDIN_FILENO)) {
        return true;
    }
    #ifdef __wasip1__
    __wasi_fdstat_t descriptor;
    struct stat file;
    return __wasi_fd_fdstat_get(STDIN_FILENO, &descriptor) == 0
           && descriptor.fs_filetype == __WASI_FILETYPE_UNKNOWN
           && fstat(STDIN_FILENO, &file) == 0 && S_ISCHR(file.st_mode);
    #else
    return false;
    #endif
}

// WASI cannot make a terminal raw: the host's line editing is all there is, and a line comes whole. It is read byte
// by byte so that nothing is taken from what the program may read later by other means.
int mp_hal_readline(vstr_t *line, const char *prompt) {
    mp_hal_stdout_tx_str(prompt);
    for (bool empty = true;; empty = false) {
        char c;
        ssize_t n;
        MP_HAL_RETRY_SYSCALL(n, read(STDIN_FILENO, &c, 1), {});
        if (n != 1) {
            return empty ? CHAR_CTRL_D : 0;
        }
        if (c == '\n') {
            return 0;
        }
        vstr_add_byte(line, c);
    }
}

static uint64_t clock_ns(clockid_t clock) {
    struct timespec now = { 0 };
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

mp_uint_t mp_hal_ticks_ms(void) {
    return (mp_uint_t)(clock_ns(CLOCK_MONOTONIC) / 1000000u);
}

mp_uint_t mp_hal_ticks_us(void) {
    return (mp_uint_t)(clock_ns(CLOCK_MONOTONIC) / 1000u);
}

uint64_t mp_hal_time_ns(void) {
    return clock_ns(CLOCK_REALTIME);
}

// Nothing can interrupt a sleep, but a host may be unable to sleep, as WAMR of 2020 is; then the time is spun away.
void hal_sleep_us(uint64_t us) {
    uint64_t end = clock_ns(CLOCK_MONOTONIC) + us * 1000u;
    struct timespec length = { .tv_sec = (time_t)(us / 1000000u), .tv_nsec = (long)(us % 1000000u) * 1000 };
    if (nanosleep(&length, NULL) != 0) {
        while (clock_ns(CLOCK_MONOTONIC) < end) {
        }
    }
}

void mp_hal_delay_ms(mp_uint_t ms) {
    mp_handle_pending(true);
    hal_sleep_us((uint64_t)ms * 1000u);
    mp_handle_pending(true);
}

#undef chdir
// chdir() to a folder whose name has no `..`. wasi-libc keeps the name as it was built up, so that going up again and
// again would make it longer and longer. (It stays so below a folder that the host does not grant, where realpath()
// cannot look.) 0, or -1 with errno.
int hal_chdir(const char *path) {
    int status = chdir(path);
    if (status == 0) {
        char *name = getcwd(NULL, 0);
        char *real = name == NULL ? NULL : realpath(name, NULL);
        if (real != NULL) {
            status = chdir(real);
        }
        free(real);
        free(name);
    }
    return status;
}

void mp_hal_get_random(size_t n, void *buf) {
    for (unsigned char *p = buf; n > 0;) {
        size_t part = MIN(n, 256); // as much as getentropy() gives at once
        RAISE_ERRNO(getentropy(p, part), errno);
        p += part;
        n -= part;
    }
}

// A seed for the random module. A host without entropy gives one that is the same each time.
unsigned long hal_random_seed(void) {
    unsigned long seed = 0;
    (void)getentropy(&seed, sizeof(seed));
    return seed;
}
