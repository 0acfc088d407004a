/* SQLite's view of a system: files, time and random numbers that the consumer lends (pylon:lend/files). */
#include "sqlite_cap_private.h"

#include <string.h>

typedef pylon_lend_files_fault_t fault_t;
typedef pylon_lend_files_own_file_t own_file_t;
typedef pylon_lend_files_claim_t claim_t;

/* SQLite's levels of locks are the contract's claims. */
_Static_assert(PYLON_LEND_FILES_CLAIM_NONE == SQLITE_LOCK_NONE, "claim");
_Static_assert(PYLON_LEND_FILES_CLAIM_SHARED == SQLITE_LOCK_SHARED, "claim");
_Static_assert(PYLON_LEND_FILES_CLAIM_RESERVED == SQLITE_LOCK_RESERVED, "claim");
_Static_assert(PYLON_LEND_FILES_CLAIM_PENDING == SQLITE_LOCK_PENDING, "claim");
_Static_assert(PYLON_LEND_FILES_CLAIM_EXCLUSIVE == SQLITE_LOCK_EXCLUSIVE, "claim");

enum {
    PATH_LIMIT = 1024,
    /* What one call hands over. */
    SLICE = 64 * 1024,
};

/* An open file. */
struct lent_file {
    sqlite3_file base;
    own_file_t file;
    claim_t claim;
};

static pylon_lend_files_borrow_file_t
lent(sqlite3_file *file)
{
    return pylon_lend_files_borrow_file(((struct lent_file *)file)->file);
}

/* The code of a fault, where there is no better one than `otherwise`. */
static int
code_of(fault_t fault, int otherwise)
{
    switch (fault) {
    case PYLON_LEND_FILES_FAULT_NO_MEMORY:
        return SQLITE_IOERR_NOMEM;
    case PYLON_LEND_FILES_FAULT_NO_SPACE:
        return SQLITE_FULL;
    default:
        return otherwise;
    }
}

static int
file_close(sqlite3_file *file)
{
    pylon_lend_files_file_drop_own(((struct lent_file *)file)->file);
    return SQLITE_OK;
}

static int
file_read(sqlite3_file *file, void *to, int amount, sqlite3_int64 offset)
{
    uint8_t *next = to;
    size_t left = (size_t)amount;

    while (left > 0) {
        bytes_t data;
        fault_t fault;
        uint32_t length = left < SLICE ? (uint32_t)left : SLICE;
        if (!pylon_lend_files_method_file_read_at(lent(file), (uint64_t)offset, length, &data, &fault))
            return code_of(fault, SQLITE_IOERR_READ);
        size_t got = data.len;
        if (got > 0 && got <= length)
            memcpy(next, data.ptr, got);
        sqlite_cap_list_u8_free(&data);
        if (got > length)
            return SQLITE_IOERR_READ;
        if (got < length) {
            memset(next + got, 0, left - got);
            return SQLITE_IOERR_SHORT_READ;
        }
        next += got;
        left -= got;
        offset += length;
    }
    return SQLITE_OK;
}

static int
file_write(sqlite3_file *file, const void *from, int amount, sqlite3_int64 offset)
{
    const uint8_t *next = from;
    size_t left = (size_t)amount;

    while (left > 0) {
        bytes_t data = {(uint8_t *)next, left < SLICE ? left : SLICE};
        fault_t fault;
        if (!pylon_lend_files_method_file_write_at(lent(file), (uint64_t)offset, &data, &fault))
            return code_of(fault, SQLITE_IOERR_WRITE);
        next += data.len;
        left -= data.len;
        offset += (sqlite3_int64)data.len;
    }
    return SQLITE_OK;
}

static int
file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    fault_t fault;

    return pylon_lend_files_method_file_truncate(lent(file), (uint64_t)size, &fault)
               ? SQLITE_OK
               : code_of(fault, SQLITE_IOERR_TRUNCATE);
}

static int
file_sync(sqlite3_file *file, int how)
{
    fault_t fault;

    (void)how;
    return pylon_lend_files_method_file_sync(lent(file), &fault) ? SQLITE_OK : code_of(fault, SQLITE_IOERR_FSYNC);
}

static int
file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    fault_t fault;
    uint64_t bytes = 0;

    if (!pylon_lend_files_method_file_size(lent(file), &bytes, &fault))
        return code_of(fault, SQLITE_IOERR_FSTAT);
    *size = (sqlite3_int64)bytes;
    return SQLITE_OK;
}

static int
file_lock(sqlite3_file *file, int level)
{
    struct lent_file *self = (struct lent_file *)file;
    bool got = false;
    fault_t fault;

    if (self->claim >= level)
        return SQLITE_OK;
    if (!pylon_lend_files_method_file_raise(lent(file), (claim_t)level, &got, &fault))
        return code_of(fault, SQLITE_IOERR_LOCK);
    if (!got)
        return SQLITE_BUSY;
    self->claim = (claim_t)level;
    return SQLITE_OK;
}

static int
file_unlock(sqlite3_file *file, int level)
{
    struct lent_file *self = (struct lent_file *)file;
    fault_t fault;

    if (!pylon_lend_files_method_file_lower(lent(file), (claim_t)level, &fault))
        return code_of(fault, SQLITE_IOERR_UNLOCK);
    self->claim = (claim_t)level;
    return SQLITE_OK;
}

static int
file_check_reserved(sqlite3_file *file, int *is_reserved)
{
    bool answer = false;
    fault_t fault;

    if (!pylon_lend_files_method_file_is_reserved(lent(file), &answer, &fault))
        return code_of(fault, SQLITE_IOERR_CHECKRESERVEDLOCK);
    *is_reserved = answer;
    return SQLITE_OK;
}

static int
file_control(sqlite3_file *file, int operation, void *argument)
{
    if (operation != SQLITE_FCNTL_LOCKSTATE)
        return SQLITE_NOTFOUND;
    *(int *)argument = ((struct lent_file *)file)->claim;
    return SQLITE_OK;
}

static int
file_sector_size(sqlite3_file *file)
{
    (void)file;
    return 0; /* SQLite's own guess */
}

static int
file_characteristics(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_SUBPAGE_READ;
}

/* Version 1: no memory is shared between connections, so WAL needs `locking_mode=exclusive`. */
static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
};

/* The code of a file that could not be opened. */
static int
code_of_open(fault_t fault, int flags)
{
    bool is_new_journal = (flags & SQLITE_OPEN_CREATE) &&
                          (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL));

    if (fault == PYLON_LEND_FILES_FAULT_NO_MEMORY)
        return SQLITE_NOMEM;
    if (is_new_journal && (fault == PYLON_LEND_FILES_FAULT_ACCESS || fault == PYLON_LEND_FILES_FAULT_READ_ONLY))
        return SQLITE_READONLY_DIRECTORY;
    return SQLITE_CANTOPEN;
}

static int
vfs_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *flags_out)
{
    struct lent_file *self = (struct lent_file *)file;
    pylon_lend_files_open_flags_t how = 0;
    pylon_lend_files_opened_t opened;
    fault_t fault;

    (void)vfs;
    self->base.pMethods = NULL;
    if (name == NULL) /* A temporary file: all that is temporary is in memory. */
        return SQLITE_CANTOPEN;
    if (flags & SQLITE_OPEN_READWRITE)
        how |= PYLON_LEND_FILES_OPEN_FLAGS_WRITE;
    if (flags & SQLITE_OPEN_CREATE)
        how |= PYLON_LEND_FILES_OPEN_FLAGS_CREATE;
    if (flags & SQLITE_OPEN_EXCLUSIVE)
        how |= PYLON_LEND_FILES_OPEN_FLAGS_EXCLUSIVE;
    if (flags & SQLITE_OPEN_DELETEONCLOSE)
        how |= PYLON_LEND_FILES_OPEN_FLAGS_NAMELESS;
    bytes_t path = bytes_lent(name);
    if (!pylon_lend_files_open(&path, how, &opened, &fault))
        return code_of_open(fault, flags);
    *self = (struct lent_file){{&methods}, opened.file, PYLON_LEND_FILES_CLAIM_NONE};
    if (flags_out != NULL)
        *flags_out = opened.writable ? flags : (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
    return SQLITE_OK;
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    bytes_t path = bytes_lent(name);
    fault_t fault;

    (void)vfs;
    (void)sync_folder;
    if (pylon_lend_files_remove(&path, &fault))
        return SQLITE_OK;
    return fault == PYLON_LEND_FILES_FAULT_NO_ENTRY ? SQLITE_IOERR_DELETE_NOENT : code_of(fault, SQLITE_IOERR_DELETE);
}

static int
vfs_access(sqlite3_vfs *vfs, const char *name, int what, int *answer)
{
    bytes_t path = bytes_lent(name);
    bool exists = false;
    fault_t fault;

    (void)vfs;
    (void)what;
    if (!pylon_lend_files_exists(&path, &exists, &fault))
        return code_of(fault, SQLITE_IOERR_ACCESS);
    *answer = exists;
    return SQLITE_OK;
}

static int
vfs_full_path(sqlite3_vfs *vfs, const char *name, int room, char *to)
{
    bytes_t path = bytes_lent(name), full;
    fault_t fault;

    (void)vfs;
    if (!pylon_lend_files_full_path(&path, &full, &fault))
        return fault == PYLON_LEND_FILES_FAULT_NO_MEMORY ? SQLITE_NOMEM : SQLITE_CANTOPEN_FULLPATH;
    bool fits = full.len > 0 && full.len < (size_t)room && memchr(full.ptr, 0, full.len) == NULL;
    if (fits) {
        memcpy(to, full.ptr, full.len);
        to[full.len] = '\0';
    }
    sqlite_cap_list_u8_free(&full);
    return fits ? SQLITE_OK : SQLITE_CANTOPEN_FULLPATH;
}

static int
vfs_randomness(sqlite3_vfs *vfs, int amount, char *to)
{
    bytes_t data;
    fault_t fault;

    (void)vfs;
    if (!pylon_lend_files_random((uint32_t)amount, &data, &fault))
        return 0;
    size_t got = data.len < (size_t)amount ? data.len : (size_t)amount;
    if (got > 0)
        memcpy(to, data.ptr, got);
    sqlite_cap_list_u8_free(&data);
    return (int)got;
}

static int
vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
    fault_t fault;

    (void)vfs;
    (void)pylon_lend_files_sleep((uint64_t)microseconds * 1000, &fault);
    return microseconds;
}

/* Milliseconds of the Julian day, of which 1970 began at 2440587.5 days. */
static int
vfs_now(sqlite3_vfs *vfs, sqlite3_int64 *now)
{
    uint64_t nanoseconds = 0;
    fault_t fault;

    (void)vfs;
    if (!pylon_lend_files_now(&nanoseconds, &fault))
        return SQLITE_ERROR;
    *now = (sqlite3_int64)(nanoseconds / 1000000) + INT64_C(210866760000000);
    return SQLITE_OK;
}

static int
vfs_now_in_days(sqlite3_vfs *vfs, double *now)
{
    sqlite3_int64 milliseconds = 0;
    int code = vfs_now(vfs, &milliseconds);

    *now = (double)milliseconds / 86400000.0;
    return code;
}

static int
vfs_last_error(sqlite3_vfs *vfs, int room, char *to)
{
    (void)vfs;
    (void)room;
    (void)to;
    return 0;
}

static sqlite3_vfs vfs = {
    .iVersion = 2,
    .szOsFile = sizeof(struct lent_file),
    .mxPathname = PATH_LIMIT,
    .zName = "lent",
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_full_path,
    .xRandomness = vfs_randomness,
    .xSleep = vfs_sleep,
    .xCurrentTime = vfs_now_in_days,
    .xCurrentTimeInt64 = vfs_now,
    .xGetLastError = vfs_last_error,
};

int
sqlite3_os_init(void)
{
    return sqlite3_vfs_register(&vfs, 1);
}

int
sqlite3_os_end(void)
{
    return SQLITE_OK;
}
