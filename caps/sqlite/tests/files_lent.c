/* pylon:lend/files as the extension has it (cpython-ext/common/lend_files.h), joined with the cap in one native process; on a host
 * that has locks or has none. */
#define _GNU_SOURCE
#include "files_lent.h"

#include "sqlite_import.h"

#include <unistd.h>

#ifndef ENOTCAPABLE
#define ENOTCAPABLE 1000 /* of WASI's */
#endif

typedef sqlite_import_list_u8_t lend_bytes_t;

static ssize_t answer_of_host(int descriptor, const char *request, char *answer, size_t room);

#define readlinkat answer_of_host
#include "lend_files.h"
#undef readlinkat

bool host_has_locks;

/* What composectl does (composectl/src/locks.rs). */
static ssize_t
answer_of_host(int descriptor, const char *request, char *answer, size_t room)
{
    char kind[16];
    long start, length;

    if (!host_has_locks || sscanf(request, "pylon:lock/%15[a-z]/%ld/%ld", kind, &start, &length) != 3) {
        errno = ENOTDIR;
        return -1;
    }
    bool is_asked = strcmp(kind, "held") == 0;
    short type = strcmp(kind, "none") == 0 ? F_UNLCK : strcmp(kind, "shared") == 0 ? F_RDLCK : F_WRLCK;
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    bool is_done = fcntl(descriptor, is_asked ? F_OFD_GETLK : F_OFD_SETLK, &lock) == 0;
    if (!is_done && errno != EAGAIN)
        return -1;
    bool got = is_done && (!is_asked || lock.l_type == F_UNLCK);
    return snprintf(answer, room, "%s", got ? "got" : "held");
}

/* Handles are places in a table; each is the consumer's own and what the cap borrows of it. */
enum { HANDLES = 64 };
static exports_pylon_lend_files_file_t *handles[HANDLES];

exports_pylon_lend_files_own_file_t
exports_pylon_lend_files_file_new(exports_pylon_lend_files_file_t *rep)
{
    int handle = 1;

    while (handle < HANDLES - 1 && handles[handle] != NULL)
        handle++;
    handles[handle] = rep;
    return (exports_pylon_lend_files_own_file_t){handle};
}

/* The cap's side, in the types of the extension's: they are the same, and the headers of both cannot be included in one file. */
typedef struct {
    int32_t handle;
} lent_t;

#define REP(self) handles[(self).handle]

/* What is handed over is a copy, as between components. */
static lend_bytes_t
handed_over(const lend_bytes_t *bytes)
{
    lend_bytes_t copy = {bytes->len > 0 ? malloc(bytes->len) : NULL, bytes->len};

    if (copy.ptr != NULL)
        memcpy(copy.ptr, bytes->ptr, bytes->len);
    return copy;
}

void
pylon_lend_files_file_drop_own(lent_t handle)
{
    exports_pylon_lend_files_file_destructor(REP(handle));
    REP(handle) = NULL;
}

lent_t
pylon_lend_files_borrow_file(lent_t handle)
{
    return handle;
}

bool
pylon_lend_files_open(lend_bytes_t *path, exports_pylon_lend_files_open_flags_t how, exports_pylon_lend_files_opened_t *ret,
                      lend_fault_t *err)
{
    lend_bytes_t name = handed_over(path);

    return exports_pylon_lend_files_open(&name, how, ret, err);
}

bool
pylon_lend_files_remove(lend_bytes_t *path, lend_fault_t *err)
{
    lend_bytes_t name = handed_over(path);

    return exports_pylon_lend_files_remove(&name, err);
}

bool
pylon_lend_files_exists(lend_bytes_t *path, bool *ret, lend_fault_t *err)
{
    lend_bytes_t name = handed_over(path);

    return exports_pylon_lend_files_exists(&name, ret, err);
}

bool
pylon_lend_files_full_path(lend_bytes_t *path, lend_bytes_t *ret, lend_fault_t *err)
{
    lend_bytes_t name = handed_over(path);

    return exports_pylon_lend_files_full_path(&name, ret, err);
}

bool
pylon_lend_files_method_file_read_at(lent_t self, uint64_t offset, uint32_t length, lend_bytes_t *ret, lend_fault_t *err)
{
    return exports_pylon_lend_files_method_file_read_at(REP(self), offset, length, ret, err);
}

bool
pylon_lend_files_method_file_write_at(lent_t self, uint64_t offset, lend_bytes_t *data, lend_fault_t *err)
{
    lend_bytes_t bytes = handed_over(data);

    return exports_pylon_lend_files_method_file_write_at(REP(self), offset, &bytes, err);
}

bool
pylon_lend_files_method_file_truncate(lent_t self, uint64_t size, lend_fault_t *err)
{
    return exports_pylon_lend_files_method_file_truncate(REP(self), size, err);
}

bool
pylon_lend_files_method_file_sync(lent_t self, lend_fault_t *err)
{
    return exports_pylon_lend_files_method_file_sync(REP(self), err);
}

bool
pylon_lend_files_method_file_size(lent_t self, uint64_t *ret, lend_fault_t *err)
{
    return exports_pylon_lend_files_method_file_size(REP(self), ret, err);
}

bool
pylon_lend_files_method_file_raise(lent_t self, lend_claim_t to, bool *ret, lend_fault_t *err)
{
    return exports_pylon_lend_files_method_file_raise(REP(self), to, ret, err);
}

bool
pylon_lend_files_method_file_lower(lent_t self, lend_claim_t to, lend_fault_t *err)
{
    return exports_pylon_lend_files_method_file_lower(REP(self), to, err);
}

bool
pylon_lend_files_method_file_is_reserved(lent_t self, bool *ret, lend_fault_t *err)
{
    return exports_pylon_lend_files_method_file_is_reserved(REP(self), ret, err);
}

bool
pylon_lend_files_now(uint64_t *ret, lend_fault_t *err)
{
    return exports_pylon_lend_files_now(ret, err);
}

bool
pylon_lend_files_random(uint32_t length, lend_bytes_t *ret, lend_fault_t *err)
{
    return exports_pylon_lend_files_random(length, ret, err);
}

bool
pylon_lend_files_sleep(uint64_t nanoseconds, lend_fault_t *err)
{
    return exports_pylon_lend_files_sleep(nanoseconds, err);
}
