// Pairs of sockets, whose both ends are this program's.
#ifndef PYLON_LIBC_PAIRS_H
#define PYLON_LIBC_PAIRS_H

#include "descriptors.h"

bool is_of_pair(const descriptor_table_entry_t *entry);

#endif
