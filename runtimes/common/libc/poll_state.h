// What a descriptor is given when it is asked to take part in a poll. libc's sockets call these two.
#ifndef PYLON_LIBC_POLL_STATE_H
#define PYLON_LIBC_POLL_STATE_H

#include "descriptors.h"

// The descriptor is ready for `events`.
void __wasilibc_poll_ready(poll_state_t *state, short events);

// It is ready for `events` when the pollable is. Returns 0, or -1 with errno.
int __wasilibc_poll_add(poll_state_t *state, short events, poll_borrow_pollable_t pollable);

#endif
