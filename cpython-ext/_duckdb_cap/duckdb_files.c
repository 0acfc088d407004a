#define _GNU_SOURCE /* getentropy, nanosleep */
/* Lends Python's files to the component. */
#include "duckdb_import.h"

typedef duckdb_import_list_u8_t lend_bytes_t;

#include "lend_files.h"
