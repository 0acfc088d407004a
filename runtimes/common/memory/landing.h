// Where the next list that the host returns is put.
#ifndef PYLON_LIBC_LANDING_H
#define PYLON_LIBC_LANDING_H

#include <stddef.h>

// The next list of up to `room` bytes that an import returns lands in `buffer`, without being allocated and copied.
void landing_begin(void *buffer, size_t room);

// Ends that, whether something landed or not. If `list` is elsewhere (the host had more to say than it was asked
// for), its first `room` bytes are copied to the buffer and it is freed. Returns how many bytes are in the buffer.
size_t landing_end(void *list, size_t length);

#endif
