// Sockets and other streams.
#ifndef PYLON_LIBC_SOCKETS_H
#define PYLON_LIBC_SOCKETS_H

#include "descriptors.h"

// wasi-libc has no number for it; this is Linux's, and that of patch 0042 of CPython.
#define SO_BROADCAST 6

// Whether a receive would answer at once: with bytes, the end or an error. The host is asked, and what it has is
// kept for the next receive. False for what is no socket, or one that is not connected.
bool socket_readable(int fd, const descriptor_table_entry_t *entry);

bool is_stream_socket(const descriptor_table_entry_t *entry);

#endif
