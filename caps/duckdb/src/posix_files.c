/* Descriptors of open files, which the consumer lends. */
#include "posix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef F_SETLK
#define F_GETLK 5
#define F_SETLK 6
#define F_SETLKW 7
#endif
#ifndef F_RDLCK
#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2
#endif

enum {
    /* What one call hands over. */
    SLICE = 64 * 1024,
    /* Numbers below it are the standard streams, of which there are none. */
    FIRST = 3,
};

/* An open file. */
struct lent {
    pylon_lend_files_own_file_t file;
    char *name;
    off_t position;
    int flags;
};

/* By descriptor, from FIRST on; NULL where none is open. */
static struct lent **table;
static int table_size;

int
posix_failed(posix_fault_t fault)
{
    static const int codes[] = {
        [PYLON_LEND_FILES_FAULT_UNAVAILABLE] = ENOSYS,    [PYLON_LEND_FILES_FAULT_NO_ENTRY] = ENOENT,
        [PYLON_LEND_FILES_FAULT_ACCESS] = EACCES,         [PYLON_LEND_FILES_FAULT_READ_ONLY] = EROFS,
        [PYLON_LEND_FILES_FAULT_EXISTS] = EEXIST,         [PYLON_LEND_FILES_FAULT_IS_DIRECTORY] = EISDIR,
        [PYLON_LEND_FILES_FAULT_NOT_DIRECTORY] = ENOTDIR, [PYLON_LEND_FILES_FAULT_NO_SPACE] = ENOSPC,
        [PYLON_LEND_FILES_FAULT_NO_MEMORY] = ENOMEM,      [PYLON_LEND_FILES_FAULT_TOO_MANY] = EMFILE,
        [PYLON_LEND_FILES_FAULT_BAD_NAME] = EINVAL,       [PYLON_LEND_FILES_FAULT_IO] = EIO,
    };

    errno = fault < sizeof codes / sizeof *codes ? codes[fault] : EIO;
    return -1;
}

duckdb_cap_list_u8_t
posix_name(const char *name)
{
    return (duckdb_cap_list_u8_t){(uint8_t *)name, strlen(name)};
}

/* The file of a descriptor; NULL with errno. */
static struct lent *
lent_of(int descriptor)
{
    if (descriptor >= FIRST && descriptor - FIRST < table_size && table[descriptor - FIRST] != NULL)
        return table[descriptor - FIRST];
    errno = EBADF;
    return NULL;
}

/* A descriptor that is free; -1 without memory. */
static int
free_descriptor(void)
{
    int at = 0;

    while (at < table_size && table[at] != NULL)
        at++;
    if (at == table_size) {
        int size = table_size == 0 ? 16 : table_size * 2;
        struct lent **grown = realloc(table, (size_t)size * sizeof *grown);
        if (grown == NULL)
            return -1;
        memset(grown + table_size, 0, (size_t)(size - table_size) * sizeof *grown);
        table = grown;
        table_size = size;
    }
    return at + FIRST;
}

static pylon_lend_files_borrow_file_t
borrowed(const struct lent *self)
{
    return pylon_lend_files_borrow_file(self->file);
}

static void
lent_free(struct lent *self)
{
    if (self != NULL)
        free(self->name);
    free(self);
}

/* Asks the consumer for the file. */
static int
open_lent(struct lent *self, const char *name, int flags)
{
    bool writes = (flags & O_WRONLY) != 0;
    pylon_lend_files_open_flags_t how = writes ? PYLON_LEND_FILES_OPEN_FLAGS_WRITE : 0;
    pylon_lend_files_opened_t opened;
    posix_fault_t fault;
    duckdb_cap_list_u8_t path = posix_name(name);

    if (flags & O_CREAT)
        how |= PYLON_LEND_FILES_OPEN_FLAGS_CREATE;
    if (flags & O_EXCL)
        how |= PYLON_LEND_FILES_OPEN_FLAGS_EXCLUSIVE;
    if (!pylon_lend_files_open(&path, how, &opened, &fault))
        return posix_failed(fault);
    self->file = opened.file;
    if (writes && !opened.writable)
        fault = PYLON_LEND_FILES_FAULT_ACCESS;
    else if (!(flags & O_TRUNC) || pylon_lend_files_method_file_truncate(borrowed(self), 0, &fault))
        return 0;
    pylon_lend_files_file_drop_own(self->file);
    return posix_failed(fault);
}

int
open(const char *name, int flags, ...)
{
    int descriptor = free_descriptor();
    struct lent *self = descriptor < 0 ? NULL : calloc(1, sizeof *self);

    if (self == NULL || (self->name = strdup(name)) == NULL) {
        lent_free(self);
        errno = ENOMEM;
        return -1;
    }
    self->flags = flags;
    if (open_lent(self, name, flags) != 0) {
        lent_free(self);
        return -1;
    }
    table[descriptor - FIRST] = self;
    return descriptor;
}

int
close(int descriptor)
{
    struct lent *self = lent_of(descriptor);

    if (self == NULL)
        return -1;
    table[descriptor - FIRST] = NULL;
    pylon_lend_files_file_drop_own(self->file);
    lent_free(self);
    return 0;
}

ssize_t
pread(int descriptor, void *to, size_t length, off_t offset)
{
    struct lent *self = lent_of(descriptor);
    size_t done = 0;

    while (self != NULL && done < length) {
        uint32_t slice = length - done < SLICE ? (uint32_t)(length - done) : SLICE;
        duckdb_cap_list_u8_t data;
        posix_fault_t fault;
        if (!pylon_lend_files_method_file_read_at(borrowed(self), (uint64_t)offset + done, slice, &data, &fault))
            return posix_failed(fault);
        size_t got = data.len < slice ? data.len : slice;
        if (got > 0)
            memcpy((char *)to + done, data.ptr, got);
        duckdb_cap_list_u8_free(&data);
        done += got;
        if (got < slice)
            break;
    }
    return self == NULL ? -1 : (ssize_t)done;
}

ssize_t
pwrite(int descriptor, const void *from, size_t length, off_t offset)
{
    struct lent *self = lent_of(descriptor);
    size_t done = 0;

    while (self != NULL && done < length) {
        duckdb_cap_list_u8_t data = {(uint8_t *)from + done, length - done < SLICE ? length - done : SLICE};
        posix_fault_t fault;
        if (!pylon_lend_files_method_file_write_at(borrowed(self), (uint64_t)offset + done, &data, &fault))
            return posix_failed(fault);
        done += data.len;
    }
    return self == NULL ? -1 : (ssize_t)done;
}

/* The size of an open file; -1 with errno. */
static off_t
size_of(const struct lent *self)
{
    uint64_t size;
    posix_fault_t fault;

    if (!pylon_lend_files_method_file_size(borrowed(self), &size, &fault))
        return posix_failed(fault);
    return (off_t)size;
}

ssize_t
read(int descriptor, void *to, size_t length)
{
    struct lent *self = lent_of(descriptor);
    ssize_t got = self == NULL ? -1 : pread(descriptor, to, length, self->position);

    if (got > 0)
        self->position += got;
    return got;
}

ssize_t
write(int descriptor, const void *from, size_t length)
{
    struct lent *self = lent_of(descriptor);

    if (self == NULL)
        return -1;
    if ((self->flags & O_APPEND) && (self->position = size_of(self)) < 0)
        return -1;
    ssize_t done = pwrite(descriptor, from, length, self->position);
    if (done > 0)
        self->position += done;
    return done;
}

off_t
(lseek)(int descriptor, off_t offset, int whence)
{
    struct lent *self = lent_of(descriptor);

    if (self == NULL)
        return -1;
    off_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? self->position : size_of(self);
    if (base < 0)
        return -1;
    if (base + offset < 0) {
        errno = EINVAL;
        return -1;
    }
    return self->position = base + offset;
}

int
ftruncate(int descriptor, off_t size)
{
    struct lent *self = lent_of(descriptor);
    posix_fault_t fault;

    if (self == NULL)
        return -1;
    return pylon_lend_files_method_file_truncate(borrowed(self), (uint64_t)size, &fault) ? 0 : posix_failed(fault);
}

int
fsync(int descriptor)
{
    struct lent *self = lent_of(descriptor);
    posix_fault_t fault;

    if (self == NULL)
        return -1;
    return pylon_lend_files_method_file_sync(borrowed(self), &fault) ? 0 : posix_failed(fault);
}

int
fstat(int descriptor, struct stat *status)
{
    struct lent *self = lent_of(descriptor);

    if (self == NULL)
        return -1;
    /* A file that was removed meanwhile has a size, but is nowhere to be found. */
    if (stat(self->name, status) != 0) {
        memset(status, 0, sizeof *status);
        status->st_mode = S_IFREG | 0644;
    }
    status->st_size = size_of(self);
    return status->st_size < 0 ? -1 : 0;
}

/* Claims a file for as long as it is open; EAGAIN if somebody else has. */
static int
lock(const struct lent *self, int type)
{
    bool got = true;
    posix_fault_t fault;
    pylon_lend_files_claim_t claim = type == F_WRLCK ? PYLON_LEND_FILES_CLAIM_EXCLUSIVE : PYLON_LEND_FILES_CLAIM_SHARED;
    bool done = type == F_UNLCK
                    ? pylon_lend_files_method_file_lower(borrowed(self), PYLON_LEND_FILES_CLAIM_NONE, &fault)
                    : pylon_lend_files_method_file_raise(borrowed(self), claim, &got, &fault);

    if (!done)
        return posix_failed(fault);
    if (got)
        return 0;
    pylon_lend_files_method_file_lower(borrowed(self), PYLON_LEND_FILES_CLAIM_NONE, &fault);
    errno = EAGAIN;
    return -1;
}

int
fcntl(int descriptor, int command, ...)
{
    struct lent *self = lent_of(descriptor);
    va_list arguments;
    int result = 0;

    if (self == NULL)
        return -1;
    va_start(arguments, command);
    if (command == F_SETLK || command == F_SETLKW)
        result = lock(self, va_arg(arguments, struct flock *)->l_type);
    else if (command == F_GETLK)
        va_arg(arguments, struct flock *)->l_type = F_UNLCK;
    else if (command == F_GETFL)
        result = self->flags;
    va_end(arguments);
    return result;
}

int
isatty(int descriptor)
{
    (void)descriptor;
    errno = ENOTTY;
    return 0;
}
