/* SQLite over vfs.c whose files fail at the n-th operation, for every n of a script: alone, and from then on until the process ends.
 * Afterwards the database is whole, and has all that was committed. So it is after the disk was full, which is said. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files_native.h"
#include "queries.h"

int lent_os_init(void);

/* The code of the last script's error, 0: it had none. */
static int problem;

/* Three transactions, of which each adds 12 rows and changes all; more than the cache holds. How many were committed; `*tried` has
 * those of which that is not known, too. */
static int
write_rows(const char *mode, int *tried)
{
    static const char add[] = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 12) "
                              "insert into t select randomblob(1500) from n";
    char pragma[64];
    sqlite3 *db = NULL;
    int committed = 0;

    *tried = 0;
    snprintf(pragma, sizeof pragma, "pragma journal_mode=%s", mode);
    if (sqlite3_open("a.db", &db) == SQLITE_OK && run(db, "pragma cache_size=5") == SQLITE_OK &&
        run(db, strcmp(mode, "wal") == 0 ? "pragma locking_mode=exclusive" : "") == SQLITE_OK &&
        run(db, pragma) == SQLITE_OK && run(db, "create table if not exists t(x)") == SQLITE_OK) {
        for (int i = 0; i < 3; i++) {
            if (run(db, "begin") != SQLITE_OK || run(db, add) != SQLITE_OK ||
                run(db, "update t set x = zeroblob(1200) where rowid % 3 = 0") != SQLITE_OK)
                break;
            *tried = i + 1;
            if (run(db, "commit") != SQLITE_OK)
                break;
            committed = i + 1;
        }
    }
    problem = committed < 3 ? sqlite3_errcode(db) : SQLITE_OK;
    sqlite3_close(db);
    return committed;
}

/* Whether the database is whole and has so many transactions, once nothing fails any more. */
static int
is_whole(int committed, int tried)
{
    sqlite3 *db = NULL;
    int whole = 0;

    files_begin(0, false);
    if (sqlite3_open("a.db", &db) == SQLITE_OK && run(db, "pragma locking_mode=exclusive") == SQLITE_OK) {
        sqlite3_int64 rows = number(db, "select count(*) from t");
        int intact = number(db, "select integrity_check = 'ok' from pragma_integrity_check") == 1;
        whole = intact && (rows == 12 * committed || rows == 12 * tried || (committed == 0 && rows == -1));
    }
    sqlite3_close(db);
    return whole;
}

static unsigned
fail_everywhere(const char *mode, bool for_good)
{
    unsigned operations, wrong = 0;
    int tried;

    files_begin(0, false);
    if (write_rows(mode, &tried) != 3)
        return 1;
    operations = files_operations;
    files_clear();
    for (unsigned n = 1; n <= operations; n++) {
        files_begin(n, for_good);
        int committed = write_rows(mode, &tried);
        files_crash();
        if (!is_whole(committed, tried) && wrong++ < 5)
            printf("%s: operation %u of %u%s: %d committed\n", mode, n, operations, for_good ? " and on" : "", committed);
        files_clear();
    }
    printf("%s: %u operations, %u wrong\n", mode, operations, wrong);
    return wrong;
}

/* The disk is full from each write on, and has room again when the database is opened the next time. */
static unsigned
fill_everywhere(const char *mode)
{
    unsigned at = 0, wrong = 0;
    int committed, tried;

    do {
        files_begin(0, false);
        files_fill(++at);
        committed = write_rows(mode, &tried);
        bool is_told = committed == 3 || problem == SQLITE_FULL;
        if ((!is_told || !is_whole(committed, tried)) && wrong++ < 5)
            printf("%s: full at write %u: %d committed, error %d\n", mode, at, committed, problem);
        files_crash();
        files_clear();
    } while (committed < 3);
    printf("%s: full at %u writes, %u wrong\n", mode, at - 1, wrong);
    return wrong;
}

int
main(void)
{
    static const char *const modes[] = {"delete", "truncate", "persist", "wal"};
    unsigned wrong = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (lent_os_init() != SQLITE_OK)
        return 1;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        wrong += fail_everywhere(modes[i], false) + fail_everywhere(modes[i], true) + fill_everywhere(modes[i]);
    return wrong == 0 ? 0 : 1;
}
