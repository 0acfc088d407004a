// Waiting, of which the time is none of the program's own.
#ifndef PYLON_LIBC_WAITS_H
#define PYLON_LIBC_WAITS_H

#include "descriptors.h"

// The host's poll; what it takes does not count as the program's time.
void wait_for_any(const poll_list_borrow_pollable_t *of, wasip2_list_u32_t *ready);

#endif
