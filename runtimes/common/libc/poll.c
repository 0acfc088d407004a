// poll and select, in place of libc's poll.c and pselect.c.
//
// The host calls a socket ready that once was: it forgets that only when a read finds nothing. So whoever is asked for
// what can be read is read, ahead (sockets.c); what is then waited for is true.
#include "poll_state.h"
#include "signals.h"
#include "sockets.h"
#include "waits.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/select.h>
#include <time.h>

enum { FEW = 64 };
static const int64_t MILLISECOND = 1000000, FOR_EVER = -1;

typedef struct {
    struct pollfd *of;
    short events;
} waiting;

struct poll_state_t {
    waiting *waiting;
    poll_borrow_pollable_t *pollables;
    size_t count, capacity;
    struct pollfd *of;  // who is asked now
    int ready;
};

void __wasilibc_poll_ready(poll_state_t *state, short events)
{
    if (events) {
        state->ready += state->of->revents == 0;
        state->of->revents |= events;
    }
}

int __wasilibc_poll_add(poll_state_t *state, short events, poll_borrow_pollable_t pollable)
{
    if (state->count >= state->capacity) {
        errno = ENOMEM;
        return -1;
    }
    state->waiting[state->count] = (waiting){state->of, events};
    state->pollables[state->count++] = pollable;
    return 0;
}

// Standard streams: what they can do at all is waited for by the stream's pollable.
static int add_stream(poll_state_t *state, const descriptor_table_entry_t *entry, short events)
{
    if (events & POLLRDNORM) {
        wasi_read_t read;
        if (!entry->vtable->get_read_stream || entry->vtable->get_read_stream(entry->data, &read) < 0) {
            __wasilibc_poll_ready(state, POLLERR);
        } else {
            if (!read.pollable->__handle) {
                *read.pollable = streams_method_input_stream_subscribe(read.input);
            }
            if (__wasilibc_poll_add(state, POLLRDNORM, poll_borrow_pollable(*read.pollable)) < 0) {
                return -1;
            }
        }
    }
    if (events & POLLWRNORM) {
        wasi_write_t write;
        if (!entry->vtable->get_write_stream || entry->vtable->get_write_stream(entry->data, &write) < 0) {
            __wasilibc_poll_ready(state, POLLERR);
        } else {
            if (!write.pollable->__handle) {
                *write.pollable = streams_method_output_stream_subscribe(write.output);
            }
            if (__wasilibc_poll_add(state, POLLWRNORM, poll_borrow_pollable(*write.pollable)) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int add(poll_state_t *state, struct pollfd *of)
{
    state->of = of;
    const descriptor_table_entry_t *entry = descriptor_look(of->fd, NULL);
    if (!entry) {
        __wasilibc_poll_ready(state, POLLNVAL);
        return 0;
    }
    short events = of->events & (POLLRDNORM | POLLWRNORM);
    if (!entry->vtable->poll_register) {
        return add_stream(state, entry, events);
    }
    if ((events & POLLRDNORM) && socket_readable(of->fd, entry)) {
        __wasilibc_poll_ready(state, POLLRDNORM);
        events &= ~POLLRDNORM;
    }
    // A socket that is neither connected nor listening, nor will be by itself, is what Linux calls hung up.
    if (events && entry->vtable->poll_register(entry->data, state, events) < 0) {
        __wasilibc_poll_ready(state, POLLHUP | (events & POLLWRNORM));
    }
    return 0;
}

// False if the host ended the wait before anything was ready.
static bool wait_for(poll_state_t *state, int64_t nanoseconds)
{
    size_t count = state->count;
    poll_own_pollable_t clock = {0};
    if (nanoseconds >= 0) {
        clock = monotonic_clock_subscribe_duration((uint64_t)nanoseconds);
        state->pollables[count++] = poll_borrow_pollable(clock);
    }
    wasip2_list_u32_t ready;
    wait_for_any(&(poll_list_borrow_pollable_t){state->pollables, count}, &ready);
    for (size_t i = 0; i < ready.len; i++) {
        if (ready.ptr[i] >= state->count) {
            continue;
        }
        waiting *waited = &state->waiting[ready.ptr[i]];
        state->of = waited->of;
        const descriptor_table_entry_t *entry = descriptor_look(waited->of->fd, NULL);
        if (entry->vtable->poll_finish) {
            entry->vtable->poll_finish(entry->data, state, waited->events);
        } else {
            __wasilibc_poll_ready(state, waited->events);
        }
    }
    bool ended = ready.len > 0;
    wasip2_list_u32_free(&ready);
    if (clock.__handle) {
        poll_pollable_drop_own(clock);
    }
    return ended;
}

static int poll_for(struct pollfd *fds, size_t count, int64_t nanoseconds)
{
    size_t capacity = 2 * count + 1;
    waiting few[FEW], *all = few;
    poll_borrow_pollable_t few_pollables[FEW], *pollables = few_pollables;
    if (capacity > FEW) {
        all = count > SIZE_MAX / 64 ? NULL : malloc(capacity * (sizeof *all + sizeof *pollables));
        if (!all) {
            errno = ENOMEM;
            return -1;
        }
        pollables = (poll_borrow_pollable_t *)(all + capacity);
    }
    poll_state_t state = {.waiting = all, .pollables = pollables, .capacity = capacity - 1};
    int result = -1;
    for (size_t i = 0; i < count; i++) {
        fds[i].revents = 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (fds[i].fd >= 0 && add(&state, &fds[i]) < 0) {
            goto done;
        }
    }
    if (state.ready) {
        nanoseconds = 0;  // and see who else is ready now
    }
    if (state.count == 0 && nanoseconds < 0) {
        signals_wait();
        goto done;
    }
    if ((state.count > 0 || nanoseconds > 0) && !wait_for(&state, nanoseconds)) {
        errno = EINTR;
        goto done;
    }
    result = state.ready;
done:
    if (all != few) {
        free(all);
    }
    return result;
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    return poll_for(fds, count, timeout < 0 ? FOR_EVER : timeout * MILLISECOND);
}

// --- select. A set of wasi-libc is a list of descriptors.

static const short WANTED[3] = {POLLRDNORM, POLLWRNORM, 0};
static const short FOUND[3] = {POLLRDNORM | POLLHUP | POLLERR, POLLWRNORM | POLLERR, 0};

int pselect(int limit, fd_set *restrict readable, fd_set *restrict writable, fd_set *restrict exceptional,
            const struct timespec *restrict timeout, const sigset_t *mask)
{
    (void)mask;
    if (limit < 0
        || (timeout && (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= 1000 * MILLISECOND))) {
        errno = EINVAL;
        return -1;
    }
    fd_set *sets[3] = {readable, writable, exceptional};
    size_t count = 0;
    struct pollfd fds[3 * FD_SETSIZE];
    for (int set = 0; set < 3; set++) {
        for (size_t i = 0; sets[set] && i < sets[set]->__nfds; i++) {
            if (sets[set]->__fds[i] < limit) {
                fds[count++] = (struct pollfd){.fd = sets[set]->__fds[i], .events = WANTED[set]};
            }
        }
    }
    int64_t nanoseconds = FOR_EVER;
    if (timeout && (__builtin_mul_overflow(timeout->tv_sec, 1000 * MILLISECOND, &nanoseconds)
                    || __builtin_add_overflow(nanoseconds, timeout->tv_nsec, &nanoseconds))) {
        nanoseconds = INT64_MAX;
    }
    if (poll_for(fds, count, nanoseconds) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (fds[i].revents & POLLNVAL) {
            errno = EBADF;
            return -1;
        }
    }
    struct pollfd *next = fds;
    int found = 0;
    for (int set = 0; set < 3; set++) {
        size_t kept = 0;
        for (size_t i = 0; sets[set] && i < sets[set]->__nfds; i++) {
            int fd = sets[set]->__fds[i];
            if (fd < limit && (next++->revents & FOUND[set])) {
                sets[set]->__fds[kept++] = fd;
            }
        }
        if (sets[set]) {
            sets[set]->__nfds = kept;
        }
        found += (int)kept;
    }
    return found;
}
