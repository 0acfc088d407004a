// Lends the host the page of attention.h, exports pylon:host/attention, and connects libc's signals with it.
#define _WASI_EMULATED_SIGNAL
#include "attention.h"

#include "gen/attention.h"
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <wasi/wasip2.h>

attention_page attention;

static uint32_t bit(int number)
{
    return 1U << (number - 1);
}

// How many times each signal had come when that was last looked at.
static uint32_t known[32];

static uint32_t told(void)
{
    uint32_t signals = (attention.interrupts ? bit(SIGINT) : 0) | (attention.resizes ? bit(SIGWINCH) : 0);
    attention.interrupts = attention.resizes = 0;
    uint32_t came = attention.came;
    for (int i = 0; came != attention.seen && i < 32; i++) {
        uint32_t count = attention.told[i];
        signals |= count != known[i] ? 1U << i : 0;
        known[i] = count;
    }
    attention.seen = came;
    return signals;
}

static void want(uint32_t which)
{
    attention.wanted = which;
}

// The host looks at the page when the program waits, if only for a moment.
static void have_it_looked_at(void)
{
    poll_own_pollable_t due = monotonic_clock_subscribe_duration(0);
    poll_method_pollable_block(poll_borrow_pollable(due));
    poll_pollable_drop_own(due);
}

enum { ONLY_ASKED = 1 << 8 };

static int timer(int which, const struct itimerval *new, struct itimerval *old)
{
    attention.timer = (uint32_t)which | (new ? 0 : ONLY_ASKED);
    for (int i = 0; i < 4; i++) {
        const struct timeval *part = new ? (i < 2 ? &new->it_interval : &new->it_value) : NULL;
        attention.timer_new[i] = !part ? 0 : (uint32_t)(i % 2 ? part->tv_usec : part->tv_sec);
    }
    attention.timer_requests++;
    have_it_looked_at();
    if (attention.timer_answers != attention.timer_requests) {
        errno = ENOTSUP;
        return -1;
    }
    const volatile uint32_t *was = attention.timer_old;
    *old = (struct itimerval){{was[0], (suseconds_t)was[1]}, {was[2], (suseconds_t)was[3]}};
    return 0;
}

static const signals_host HOST = {told, want, timer};

// What is lent stays lent: in place of the generated function, which would free it. (That one is weak.)
void __wasm_export_exports_pylon_host_attention_lend_post_return(uint8_t *result);
void __wasm_export_exports_pylon_host_attention_lend_post_return(uint8_t *result)
{
    (void)result;
}

void exports_pylon_host_attention_lend(attention_tuple3_list_u8_list_u8_u32_t *lent)
{
    uint32_t bits = 0, *word = attention_watched_word(&bits);
    signals_connect(&HOST);
    *lent = (attention_tuple3_list_u8_list_u8_u32_t){
        {(uint8_t *)&attention, sizeof attention},
        {(uint8_t *)word, sizeof *word},
        bits,
    };
}
