/* What of POSIX DuckDB and libc++ call is answered by what the consumer lends (pylon:lend): there is no other system. */
#ifndef PYLON_DUCKDB_POSIX_CAP_H
#define PYLON_DUCKDB_POSIX_CAP_H

#include "duckdb_cap.h"

typedef pylon_lend_files_fault_t posix_fault_t;

/* Sets errno. Returns -1, so that a function can end by it. */
int posix_failed(posix_fault_t fault);

/* A C string lent to an imported function. */
duckdb_cap_list_u8_t posix_name(const char *name);

#endif
