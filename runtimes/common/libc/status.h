#ifndef PYLON_LIBC_STATUS_H
#define PYLON_LIBC_STATUS_H

#include <sys/stat.h>

#include <wasi/wasip2.h>

// Everything is the user's: patch 0032 of CPython has the same number.
enum { USER = 1000 };

// What the host says of a file, as stat() gives it.
void status_of(const filesystem_metadata_hash_value_t *identity, const filesystem_descriptor_stat_t *from, struct stat *to);

#endif
