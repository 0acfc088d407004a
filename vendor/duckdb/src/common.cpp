// DuckDB's ub_src_common.cpp, whose local file system claims files by kinds of locks that only POSIX' headers name.
#include "../include/duckdb_posix.h"

#ifndef F_RDLCK
#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2
#endif

// From the folder of DuckDB's headers, which is where the compiler looks.
#include <../../ub_src_common.cpp>
