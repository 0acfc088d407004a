/* Processes that write to one database: over vfs.c on a host with locks, beside SQLite's own files on such a host, and on a host
 * without locks. Some are killed, one sleeps too long. Nothing that was committed is lost, and nobody stays locked out. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "files_lent.h"
#include "queries.h"

int lent_os_init(void);

enum { WRITERS = 4, TRANSACTIONS = 20 };

/* Milliseconds. */
static const int PATIENCE = 60000, NONE = 0;

/* What each process has committed; known although it was killed. */
static volatile int *committed;

/* Who waits asks often: SQLite's own waits grow to a tenth of a second. */
static int
ask_again(void *patience, int asked)
{
    struct timespec pause = {0, 2000000};

    return asked * 2 < *(int *)patience && nanosleep(&pause, NULL) == 0;
}

static sqlite3 *
connect_to(const char *vfs, const int *patience)
{
    sqlite3 *db = NULL;

    if (sqlite3_open_v2("a.db", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs) != SQLITE_OK) {
        printf("cannot open: %s\n", sqlite3_errmsg(db));
        _exit(1);
    }
    sqlite3_busy_handler(db, ask_again, (void *)patience);
    run(db, "pragma cache_size=5");     /* Pages are written before the commit. */
    run(db, "pragma synchronous=off"); /* Processes are killed, machines are not. */
    return db;
}

/* Each transaction counts by reading first, so that two at once would lose one. */
static const char transaction[] = "insert into t select randomblob(900) from (values(1), (2), (3), (4), (5), (6), (7), (8)); "
                                  "update t set x = randomblob(800) where rowid % 3 = 0; "
                                  "update n set n = (select n from n) + 1";

static void
write_rows(int writer, const char *vfs, int transactions)
{
    sqlite3 *db = connect_to(vfs, &PATIENCE);

    for (int i = 0; i < transactions; i++) {
        if (run(db, i % 2 ? "begin immediate" : "begin exclusive") != SQLITE_OK || run(db, transaction) != SQLITE_OK ||
            run(db, "commit") != SQLITE_OK) {
            printf("writer %d, %s: %s\n", writer, vfs, sqlite3_errmsg(db));
            _exit(1);
        }
        committed[writer]++;
        /* A reader sees whole transactions. */
        if (number(db, "select count(*) = 8 * (select n from n) from t") != 1) {
            printf("writer %d, %s: half a transaction is seen\n", writer, vfs);
            _exit(1);
        }
    }
    sqlite3_close(db);
    _exit(0);
}

static void
begin(void)
{
    sqlite3 *db;

    memset((void *)committed, 0, WRITERS * sizeof *committed);
    (void)!system("rm -f a.db*");
    db = connect_to("lent", &PATIENCE);
    run(db, "create table t(x); create table n(n); insert into n values(0)");
    sqlite3_close(db);
}

/* Whether all that was committed is there, and at most `more`, and nobody left a lock. */
static int
is_whole(const char *what, int more)
{
    sqlite3 *db = connect_to("lent", &PATIENCE);
    sqlite3_int64 count, rows;
    int sum = 0, intact;

    for (int i = 0; i < WRITERS; i++)
        sum += committed[i];
    intact = number(db, "select integrity_check = 'ok' from pragma_integrity_check") == 1;
    count = number(db, "select n from n");
    rows = number(db, "select count(*) from t");
    sqlite3_close(db);
    printf("%s: %d committed, %lld found%s\n", what, sum, count, intact ? "" : ", damaged");
    return intact && count >= sum && count <= sum + more && rows == 8 * count && access("a.db.lock", F_OK) != 0 &&
           access("a.db-journal", F_OK) != 0;
}

static int
all_write(const char *what, const char *other_vfs)
{
    int failed = 0, status;

    begin();
    for (int i = 0; i < WRITERS; i++) {
        if (fork() == 0)
            write_rows(i, i % 2 ? other_vfs : "lent", TRANSACTIONS);
    }
    while (wait(&status) > 0)
        failed |= status != 0;
    return !failed && is_whole(what, 0);
}

static void
wait_milliseconds(long time)
{
    struct timespec pause = {time / 1000, time % 1000 * 1000000};

    nanosleep(&pause, NULL);
}

/* Writers are killed at moments that differ, and others go on. */
static int
some_are_killed(const char *what, const char *other_vfs, int kills)
{
    int failed = 0, status;

    begin();
    for (int i = 0; i < kills; i++) {
        pid_t one = fork();
        if (one == 0)
            write_rows(0, "lent", 1000000);
        wait_milliseconds(5 + i * 7 % 60);
        kill(one, SIGKILL);
        waitpid(one, NULL, 0);
        pid_t other = fork();
        if (other == 0)
            write_rows(1, other_vfs, 2);
        waitpid(other, &status, 0);
        failed |= status != 0;
    }
    return !failed && is_whole(what, kills);
}

/* A process sleeps in a transaction for longer than a lease lasts. Its transaction is lost, and it hears of it. */
static int
one_sleeps(void)
{
    int told[2], status;
    char byte;

    begin();
    if (pipe(told) != 0)
        return 0;
    pid_t sleeper = fork();
    if (sleeper == 0) {
        sqlite3 *db = connect_to("lent", &PATIENCE);
        run(db, "begin immediate");
        run(db, transaction);
        (void)!write(told[1], "x", 1);
        raise(SIGSTOP);
        int is_refused = run(db, transaction) != SQLITE_OK || run(db, "commit") != SQLITE_OK;
        run(db, "rollback");
        /* Afterwards it can write again. */
        int is_back = run(db, "begin immediate") == SQLITE_OK && run(db, transaction) == SQLITE_OK &&
                      run(db, "commit") == SQLITE_OK;
        committed[0] += is_back;
        sqlite3_close(db);
        _exit(is_refused && is_back ? 0 : 1);
    }
    (void)!read(told[0], &byte, 1);
    waitpid(sleeper, &status, WUNTRACED);
    pid_t other = fork();
    if (other == 0)
        write_rows(1, "lent", 3);
    waitpid(other, &status, 0);
    int failed = status != 0;
    kill(sleeper, SIGCONT);
    waitpid(sleeper, &status, 0);
    return !failed && status == 0 && is_whole("without locks, one sleeps", 0);
}

/* A reader beside a writer, and a second writer, who does not wait. The other process is there before: it shares nothing. */
static int
levels(const char *what)
{
    int told[2], status, is_fine;
    char byte;

    begin();
    if (pipe(told) != 0)
        return 0;
    pid_t other = fork();
    if (other == 0) {
        (void)!read(told[0], &byte, 1);
        sqlite3 *db = connect_to(host_has_locks ? "unix" : "lent", &NONE);
        int reads = run(db, "select * from n") == SQLITE_OK;
        _exit(run(db, "begin immediate") == SQLITE_BUSY && reads == host_has_locks ? 0 : 1);
    }
    sqlite3 *db = connect_to("lent", &PATIENCE);
    is_fine = run(db, "begin immediate") == SQLITE_OK && write(told[1], "x", 1) == 1;
    waitpid(other, &status, 0);
    is_fine = is_fine && status == 0 && run(db, "commit") == SQLITE_OK;
    sqlite3_close(db);
    return is_whole(what, 0) && is_fine;
}

int
main(int count, char **arguments)
{
    int fine = count == 2 && chdir(arguments[1]) == 0 && lent_os_init() == SQLITE_OK;

    setvbuf(stdout, NULL, _IOLBF, 0);
    committed = mmap(NULL, WRITERS * sizeof *committed, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    host_has_locks = true;
    fine = fine && levels("locks, levels") && all_write("locks", "lent") && all_write("locks, beside SQLite's own", "unix") &&
           some_are_killed("locks, kills", "unix", 12);
    host_has_locks = false;
    fine = fine && levels("without locks, levels") && all_write("without locks", "lent") &&
           some_are_killed("without locks, kills", "lent", 3) && one_sleeps();
    return fine ? 0 : 1;
}
