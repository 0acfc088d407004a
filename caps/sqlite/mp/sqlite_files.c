#define _GNU_SOURCE /* getentropy, nanosleep */
/* Lends MicroPython's files to the cap: those of its host, by the same C as CPython's extension. */
#include "sqlite_import.h"

typedef sqlite_import_list_u8_t lend_bytes_t;

#include "lend_files.h"
