// What MicroPython asks of its host, for WASI. hal.c has the functions.
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "py/misc.h"

#define CHAR_CTRL_C (3)
#define CHAR_CTRL_D (4)
#define CHAR_CTRL_E (5)

// WASI has no signals: a host that is told to interrupt ends the whole program.
static inline void mp_hal_set_interrupt_char(char c) {
    (void)c;
}

// Nothing wakes a waiting program but what it polls for itself, so that it must not sleep for all of the time.
#define MICROPY_INTERNAL_WFE(timeout_ms) mp_hal_delay_us(500)

// Returns when the time has passed, not before.
void hal_sleep_us(uint64_t us);

static inline void mp_hal_delay_us(mp_uint_t us) {
    hal_sleep_us(us);
}

#define mp_hal_ticks_cpu() 0
#define mp_hal_stdio_poll unused

// Whether standard input is a terminal.
bool hal_stdin_is_terminal(void);

// Reads one line of standard input; 0, or CHAR_CTRL_D at its end.
#define mp_hal_readline mp_hal_readline
int mp_hal_readline(vstr_t *line, const char *prompt);

// Fills `buf`; raises OSError if the host has no entropy.
void mp_hal_get_random(size_t n, void *buf);

// Calls again when interrupted (PEP 475).
#define MP_HAL_RETRY_SYSCALL(ret, syscall, raise) { \
        for (;;) { \
            ret = syscall; \
            if (ret == -1) { \
                int err = errno; \
                if (err == EINTR) { \
                    mp_handle_pending(true); \
                    continue; \
                } \
                raise; \
            } \
            break; \
        } \
}

#define RAISE_ERRNO(err_flag, error_val) \
    { if (err_flag == -1) \
      { mp_raise_OSError(error_val); } }
