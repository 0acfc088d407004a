/* What the library says without a connection. */
#include "sqlite_cap_private.h"

#include <stdlib.h>

/* The arguments and results are ASCII; without memory they are empty. */
static void
text(sqlite_cap_string_t *ret, const char *from)
{
    bytes_t copy;
    bytes_t lent = bytes_lent(from);

    *ret = (sqlite_cap_string_t){0};
    if (bytes_copy(&copy, lent.ptr, lent.len))
        *ret = (sqlite_cap_string_t){copy.ptr, copy.len};
}

void
exports_sqlite_wasm_database_version(sqlite_cap_string_t *ret)
{
    text(ret, sqlite3_libversion());
}

void
exports_sqlite_wasm_database_error_text(int32_t code, sqlite_cap_string_t *ret)
{
    text(ret, sqlite3_errstr(code));
}

bool
exports_sqlite_wasm_database_is_complete(bytes_t *sql, bool *ret, problem_t *err)
{
    char *name = bytes_to_name(sql, err);
    if (name == NULL)
        return false;
    int answer = sqlite3_complete(name);

    free(name);
    *ret = answer == 1;
    return answer != SQLITE_NOMEM || problem_code(SQLITE_NOMEM, err);
}

bool
exports_sqlite_wasm_database_reserve(uint32_t bytes)
{
    /* A compiler may take a pair of malloc() and free() out. */
    void *volatile memory = malloc(bytes);

    free(memory);
    return memory != NULL;
}
