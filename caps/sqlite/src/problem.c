/* Errors of SQLite as records of the contract. */
#include "sqlite_cap_private.h"

#include <string.h>

static bool
problem_set(int code, const char *text, int offset, problem_t *problem)
{
    *problem = (problem_t){.code = code, .offset = offset};
    /* Without memory for it there is no text; the code says why. */
    if (text == NULL || !bytes_copy(&problem->message, text, strlen(text)))
        problem->message = (bytes_t){0};
    return false;
}

bool
problem_of(sqlite3 *db, problem_t *problem)
{
    int code = sqlite3_extended_errcode(db);

    /* A call that misused SQLite may leave no code. */
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
        return problem_code(SQLITE_MISUSE, problem);
    return problem_set(code, sqlite3_errmsg(db), sqlite3_error_offset(db), problem);
}

bool
problem_code(int code, problem_t *problem)
{
    return problem_set(code, sqlite3_errstr(code), -1, problem);
}
