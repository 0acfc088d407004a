/* The interface pylon:lend/files over libc: files, time and random numbers, as Python itself has them. An extension that offers
 * the interface includes this in one C file that begins with `#define _GNU_SOURCE`, after its own bindings and after
 *
 *     typedef demo_import_list_u8_t lend_bytes_t;
 *
 * Nothing in here knows Python, so no lock of it is needed. Claims are lend_claims.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef exports_pylon_lend_files_fault_t lend_fault_t;
typedef exports_pylon_lend_files_claim_t lend_claim_t;

#include "lend_names.h"

#include "lend_claims.h"

static lend_fault_t
lend_fault(int error)
{
    switch (error) {
    case ENOENT:
        return EXPORTS_PYLON_LEND_FILES_FAULT_NO_ENTRY;
    case EACCES:
    case EPERM:
    case ENOTCAPABLE:
        return EXPORTS_PYLON_LEND_FILES_FAULT_ACCESS;
    case EROFS:
        return EXPORTS_PYLON_LEND_FILES_FAULT_READ_ONLY;
    case EEXIST:
        return EXPORTS_PYLON_LEND_FILES_FAULT_EXISTS;
    case EISDIR:
        return EXPORTS_PYLON_LEND_FILES_FAULT_IS_DIRECTORY;
    case ENOTDIR:
        return EXPORTS_PYLON_LEND_FILES_FAULT_NOT_DIRECTORY;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return EXPORTS_PYLON_LEND_FILES_FAULT_NO_SPACE;
    case ENOMEM:
        return EXPORTS_PYLON_LEND_FILES_FAULT_NO_MEMORY;
    case EMFILE:
    case ENFILE:
        return EXPORTS_PYLON_LEND_FILES_FAULT_TOO_MANY;
    case ENAMETOOLONG:
    case EILSEQ:
    case EINVAL:
    case ELOOP:
        return EXPORTS_PYLON_LEND_FILES_FAULT_BAD_NAME;
    default:
        return EXPORTS_PYLON_LEND_FILES_FAULT_IO;
    }
}

/* The end of a function that has failed as errno says. */
static bool
lend_failed(lend_fault_t *err)
{
    *err = lend_fault(errno);
    return false;
}

/* A name as a C string from malloc; it is freed. NULL, with errno: there is no memory, or it is no name. */
static char *
lend_name(lend_bytes_t *path)
{
    bool is_name = path->len > 0 && memchr(path->ptr, 0, path->len) == NULL;
    char *name = is_name ? malloc(path->len + 1) : NULL;

    errno = is_name ? ENOMEM : EINVAL;
    if (name != NULL) {
        memcpy(name, path->ptr, path->len);
        name[path->len] = '\0';
    }
    if (path->len > 0)
        free(path->ptr);
    return name;
}

/* ---- Claims ---- */

bool
exports_pylon_lend_files_method_file_raise(exports_pylon_lend_files_file_t *self, lend_claim_t to, bool *ret,
                                           lend_fault_t *err)
{
    return lend_raise(self, to, ret) || lend_failed(err);
}

bool
exports_pylon_lend_files_method_file_lower(exports_pylon_lend_files_file_t *self, lend_claim_t to, lend_fault_t *err)
{
    return lend_lower(self, to) || lend_failed(err);
}

bool
exports_pylon_lend_files_method_file_is_reserved(exports_pylon_lend_files_file_t *self, bool *ret, lend_fault_t *err)
{
    return lend_is_reserved(self, ret) || lend_failed(err);
}

/* ---- Files ---- */

/* Opens for writing or, if that is not allowed, for reading. */
static int
lend_open(const char *name, exports_pylon_lend_files_open_flags_t how, bool *is_writable)
{
    int flags = 0;

    *is_writable = (how & EXPORTS_PYLON_LEND_FILES_OPEN_FLAGS_WRITE) != 0;
    if (how & EXPORTS_PYLON_LEND_FILES_OPEN_FLAGS_CREATE)
        flags |= O_CREAT;
    if (how & EXPORTS_PYLON_LEND_FILES_OPEN_FLAGS_EXCLUSIVE)
        flags |= O_EXCL;
    int descriptor = open(name, flags | (*is_writable ? O_RDWR : O_RDONLY), 0644);
    if (descriptor >= 0 || !*is_writable || (errno != EACCES && errno != EPERM && errno != EROFS && errno != ENOTCAPABLE))
        return descriptor;
    *is_writable = false;
    return open(name, O_RDONLY);
}

bool
exports_pylon_lend_files_open(lend_bytes_t *path, exports_pylon_lend_files_open_flags_t how,
                              exports_pylon_lend_files_opened_t *ret, lend_fault_t *err)
{
    char *name = lend_name(path);
    if (name == NULL)
        return lend_failed(err);
    int descriptor = lend_is_name_ours(name) ? lend_open(name, how, &ret->writable) : -1;
    struct lend_inode *inode = descriptor < 0 ? NULL : lend_inode_of(descriptor, name);
    exports_pylon_lend_files_file_t *self = inode == NULL ? NULL : malloc(sizeof *self);

    if (self != NULL && (how & EXPORTS_PYLON_LEND_FILES_OPEN_FLAGS_NAMELESS))
        unlink(name);
    if (self == NULL) {
        lend_failed(err);
        if (inode != NULL)
            lend_inode_let_go(inode);
        if (descriptor >= 0)
            close(descriptor);
    } else {
        *self = (exports_pylon_lend_files_file_t){descriptor, inode, lend_guard_of(name, inode), LEND_NONE};
        self->guard->references++;
        ret->file = exports_pylon_lend_files_file_new(self);
    }
    free(name);
    return self != NULL;
}

void
exports_pylon_lend_files_file_destructor(exports_pylon_lend_files_file_t *self)
{
    lend_lower(self, LEND_NONE);
    lend_inode_let_go(self->guard);
    lend_inode_let_go(self->inode);
    close(self->descriptor);
    free(self);
}

bool
exports_pylon_lend_files_method_file_read_at(exports_pylon_lend_files_file_t *self, uint64_t offset, uint32_t length,
                                             lend_bytes_t *ret, lend_fault_t *err)
{
    size_t got = 0;
    uint8_t *memory = lend_is_ours(self) ? malloc(length > 0 ? length : 1) : NULL;

    if (memory == NULL)
        return lend_failed(err);
    while (got < length) {
        ssize_t more = pread(self->descriptor, memory + got, length - got, (off_t)(offset + got));
        if (more < 0 && errno == EINTR)
            continue;
        if (more < 0) {
            free(memory);
            return lend_failed(err);
        }
        if (more == 0)
            break;
        got += (size_t)more;
    }
    if (got == 0) { /* Only what is not empty is freed. */
        free(memory);
        memory = NULL;
    }
    *ret = (lend_bytes_t){memory, got};
    return true;
}

static bool
lend_write_all(int descriptor, const uint8_t *data, size_t length, uint64_t offset)
{
    while (length > 0) {
        ssize_t done = pwrite(descriptor, data, length, (off_t)offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done == 0)
            errno = ENOSPC;
        if (done <= 0)
            return false;
        data += done;
        length -= (size_t)done;
        offset += (uint64_t)done;
    }
    return true;
}

bool
exports_pylon_lend_files_method_file_write_at(exports_pylon_lend_files_file_t *self, uint64_t offset, lend_bytes_t *data,
                                              lend_fault_t *err)
{
    bool is_written = lend_is_ours(self) && lend_write_all(self->descriptor, data->ptr, data->len, offset);

    if (!is_written)
        lend_failed(err);
    if (data->len > 0)
        free(data->ptr);
    return is_written;
}

bool
exports_pylon_lend_files_method_file_truncate(exports_pylon_lend_files_file_t *self, uint64_t size, lend_fault_t *err)
{
    return (lend_is_ours(self) && ftruncate(self->descriptor, (off_t)size) == 0) || lend_failed(err);
}

bool
exports_pylon_lend_files_method_file_sync(exports_pylon_lend_files_file_t *self, lend_fault_t *err)
{
    return (lend_is_ours(self) && fsync(self->descriptor) == 0) || lend_failed(err);
}

bool
exports_pylon_lend_files_method_file_size(exports_pylon_lend_files_file_t *self, uint64_t *ret, lend_fault_t *err)
{
    struct stat status;

    if (fstat(self->descriptor, &status) != 0)
        return lend_failed(err);
    *ret = (uint64_t)status.st_size;
    return true;
}

bool
exports_pylon_lend_files_remove(lend_bytes_t *path, lend_fault_t *err)
{
    char *name = lend_name(path);
    if (name == NULL)
        return lend_failed(err);
    bool is_removed = (lend_is_name_ours(name) && unlink(name) == 0) || lend_failed(err);

    free(name);
    return is_removed;
}

bool
exports_pylon_lend_files_exists(lend_bytes_t *path, bool *ret, lend_fault_t *err)
{
    struct stat status;
    char *name = lend_name(path);
    if (name == NULL)
        return lend_failed(err);
    *ret = stat(name, &status) == 0;
    free(name);
    return *ret || errno == ENOENT || errno == ENOTDIR || lend_failed(err);
}

bool
exports_pylon_lend_files_full_path(lend_bytes_t *path, lend_bytes_t *ret, lend_fault_t *err)
{
    char *name = lend_name(path);
    char *full = name == NULL ? NULL : lend_real_name(name);

    if (full == NULL && name != NULL && errno != ENOMEM) /* What is wrong with it is said by who opens it. */
        full = lend_full_name(name);
    free(name);
    if (full == NULL)
        return lend_failed(err);
    *ret = (lend_bytes_t){(uint8_t *)full, strlen(full)};
    return true;
}

/* ---- What else there is ---- */

bool
exports_pylon_lend_files_now(uint64_t *ret, lend_fault_t *err)
{
    struct timespec time;

    if (clock_gettime(CLOCK_REALTIME, &time) != 0)
        return lend_failed(err);
    *ret = (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
    return true;
}

bool
exports_pylon_lend_files_random(uint32_t length, lend_bytes_t *ret, lend_fault_t *err)
{
    uint8_t *memory = malloc(length > 0 ? length : 1);

    if (memory == NULL)
        return lend_failed(err);
    for (uint32_t at = 0; at < length;) {
        size_t piece = length - at < 256 ? length - at : 256; /* getentropy() gives no more */
        if (getentropy(memory + at, piece) != 0) {
            free(memory);
            return lend_failed(err);
        }
        at += (uint32_t)piece;
    }
    if (length == 0) {
        free(memory);
        memory = NULL;
    }
    *ret = (lend_bytes_t){memory, length};
    return true;
}

bool
exports_pylon_lend_files_sleep(uint64_t nanoseconds, lend_fault_t *err)
{
    struct timespec time = {(time_t)(nanoseconds / 1000000000), (long)(nanoseconds % 1000000000)};

    return nanosleep(&time, NULL) == 0 || lend_failed(err);
}
