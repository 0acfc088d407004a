// Files, in place of libc's file.c, pread.c and pwrite.c. A file is read and written by descriptor.read and
// descriptor.write at one offset, which is ours. libc keeps two streams of the host, one for each direction, with an
// offset each: what is written is not where what was read ended, and a stream that has met the end stays there.
#include "descriptors.h"
#include "errors.h"
#include "files.h"
#include "landing.h"
#include "poll_state.h"
#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

// PIECE: more than 64 KiB in one call costs the host a mapping of its own each time, which is slower.
// DIRECT: what blocking-write-and-flush takes.
enum { PIECE = 64 * 1024, DIRECT = 4096 };
enum { CHANGEABLE = O_APPEND | O_NONBLOCK, KEPT = CHANGEABLE | O_SYNC | O_DSYNC };

typedef struct {
    filesystem_own_descriptor_t handle;
    off_t offset;
    int flags;       // those of KEPT
    bool read_only;  // it, or a folder above it, was granted so
    char *path;      // files.h says of which
    // Only with O_APPEND, and made by the first write: to append is one step for the host.
    streams_own_output_stream_t appender;
} file_t;

static filesystem_borrow_descriptor_t borrowed(const file_t *file)
{
    return filesystem_borrow_descriptor(file->handle);
}

// The host calls a folder a bad descriptor if it is to be read; POSIX has a name for it.
static int read_failed(const file_t *file, filesystem_error_code_t code)
{
    filesystem_descriptor_type_t type;
    filesystem_error_code_t ignored;
    if (code == FILESYSTEM_ERROR_CODE_BAD_DESCRIPTOR
        && filesystem_method_descriptor_get_type(borrowed(file), &type, &ignored)
        && type == FILESYSTEM_DESCRIPTOR_TYPE_DIRECTORY) {
        code = FILESYSTEM_ERROR_CODE_IS_DIRECTORY;
    }
    return filesystem_failed(code);
}

static ssize_t read_at(const file_t *file, void *buffer, size_t length, off_t offset)
{
    size_t done = 0;
    do {
        size_t wanted = length - done < PIECE ? length - done : PIECE;
        wasip2_tuple2_list_u8_bool_t answer;
        filesystem_error_code_t code;
        landing_begin((char *)buffer + done, wanted);
        bool ok = filesystem_method_descriptor_read(borrowed(file), wanted, (filesystem_filesize_t)offset + done,
                                                    &answer, &code);
        size_t got = ok ? landing_end(answer.f0.ptr, answer.f0.len) : landing_end(NULL, 0);
        if (!ok) {
            return done ? (ssize_t)done : read_failed(file, code);
        }
        done += got;
        if (got < wanted) {
            break;
        }
    } while (done < length);
    return (ssize_t)done;
}

static ssize_t write_at(const file_t *file, const void *data, size_t length, off_t offset)
{
    size_t done = 0;
    do {
        wasip2_list_u8_t piece = {(uint8_t *)data + done, length - done < PIECE ? length - done : PIECE};
        filesystem_filesize_t written;
        filesystem_error_code_t code;
        if (!filesystem_method_descriptor_write(borrowed(file), &piece, (filesystem_filesize_t)offset + done, &written,
                                                &code)) {
            return done ? (ssize_t)done : filesystem_failed(code);
        }
        done += written;
        if (written == 0) {
            break;
        }
    } while (done < length);
    return (ssize_t)done;
}

static int size_of(const file_t *file, off_t *size)
{
    filesystem_descriptor_stat_t status;
    filesystem_error_code_t code;
    if (!filesystem_method_descriptor_stat(borrowed(file), &status, &code)) {
        return filesystem_failed(code);
    }
    *size = (off_t)status.size;
    return 0;
}

// Writes some of `data` at the end of the file. Returns how many bytes, or -1 with `error` filled in.
static ssize_t append_some(const file_t *file, wasip2_list_u8_t data, streams_stream_error_t *error)
{
    streams_borrow_output_stream_t out = streams_borrow_output_stream(file->appender);
    if (data.len <= DIRECT) {
        return streams_method_output_stream_blocking_write_and_flush(out, &data, error) ? (ssize_t)data.len : -1;
    }
    uint64_t room;
    if (!streams_method_output_stream_check_write(out, &room, error)) {
        return -1;
    }
    data.len = data.len < room ? data.len : (size_t)room;
    if (!streams_method_output_stream_write(out, &data, error)
        || !streams_method_output_stream_blocking_flush(out, error)) {
        return -1;
    }
    return (ssize_t)data.len;
}

static int append_failed(file_t *file, streams_stream_error_t *error)
{
    errno = EIO;
    if (error->tag == STREAMS_STREAM_ERROR_LAST_OPERATION_FAILED) {
        filesystem_error_code_t code;
        if (filesystem_filesystem_error_code(io_error_borrow_error(error->val.last_operation_failed), &code)) {
            filesystem_failed(code);
        }
        io_error_error_drop_own(error->val.last_operation_failed);
    }
    // A stream that has failed is closed; the next write makes another.
    streams_output_stream_drop_own(file->appender);
    file->appender.__handle = 0;
    return -1;
}

static ssize_t append(file_t *file, const void *data, size_t length)
{
    filesystem_error_code_t code;
    if (!file->appender.__handle
        && !filesystem_method_descriptor_append_via_stream(borrowed(file), &file->appender, &code)) {
        return filesystem_failed(code);
    }
    size_t done = 0;
    while (done < length) {
        streams_stream_error_t error;
        ssize_t written = append_some(file, (wasip2_list_u8_t){(uint8_t *)data + done, length - done}, &error);
        if (written < 0) {
            append_failed(file, &error);
            if (done == 0) {
                return -1;
            }
            break;
        }
        done += (size_t)written;
    }
    // The offset is where this write ended.
    if (done > 0 && size_of(file, &file->offset) < 0) {
        file->offset += (off_t)done;
    }
    return (ssize_t)done;
}

// What O_SYNC and O_DSYNC ask for, which the host does not know, behind a write that did `done`.
static ssize_t synchronized(const file_t *file, ssize_t done)
{
    filesystem_error_code_t code;
    if (done <= 0 || !(file->flags & (O_SYNC | O_DSYNC))) {
        return done;
    }
    bool ok = file->flags & O_SYNC ? filesystem_method_descriptor_sync(borrowed(file), &code)
                                   : filesystem_method_descriptor_sync_data(borrowed(file), &code);
    return ok ? done : filesystem_failed(code);
}

// --- The operations of a descriptor

static ssize_t file_read(void *data, void *buffer, size_t length, int flags, struct sockaddr *from, socklen_t *from_length)
{
    (void)flags, (void)from, (void)from_length;
    file_t *file = data;
    ssize_t done = read_at(file, buffer, length, file->offset);
    if (done > 0) {
        file->offset += done;
    }
    return done;
}

static ssize_t file_write(void *data, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t to_length)
{
    (void)flags, (void)to, (void)to_length;
    file_t *file = data;
    if (file->flags & O_APPEND) {
        return synchronized(file, append(file, bytes, length));
    }
    ssize_t done = write_at(file, bytes, length, file->offset);
    if (done > 0) {
        file->offset += done;
    }
    return synchronized(file, done);
}

static off_t file_seek(void *data, off_t offset, int whence)
{
    file_t *file = data;
    off_t from = 0;
    if (whence == SEEK_CUR) {
        from = file->offset;
    } else if (whence == SEEK_END) {
        if (size_of(file, &from) < 0) {
            return -1;
        }
    } else if (whence != SEEK_SET) {
        errno = EINVAL;
        return -1;
    }
    if (__builtin_add_overflow(from, offset, &from) || from < 0) {
        errno = EINVAL;
        return -1;
    }
    return file->offset = from;
}

static void file_free(void *data)
{
    file_t *file = data;
    if (file->appender.__handle) {
        streams_output_stream_drop_own(file->appender);
    }
    filesystem_descriptor_drop_own(file->handle);
    free(file->path);
    free(file);
}

static int file_get_file(void *data, filesystem_borrow_descriptor_t *handle)
{
    *handle = borrowed(data);
    return 0;
}

static int file_fstat(void *data, struct stat *status)
{
    file_t *file = data;
    filesystem_metadata_hash_value_t identity;
    filesystem_descriptor_stat_t from;
    filesystem_error_code_t code;
    if (!filesystem_method_descriptor_metadata_hash(borrowed(file), &identity, &code)
        || !filesystem_method_descriptor_stat(borrowed(file), &from, &code)) {
        return filesystem_failed(code);
    }
    status_of(&identity, &from, status);
    return 0;
}

static int file_set_blocking(void *data, bool blocking)
{
    file_t *file = data;
    file->flags = blocking ? file->flags & ~O_NONBLOCK : file->flags | O_NONBLOCK;
    return 0;
}

static int file_getfl(void *data)
{
    file_t *file = data;
    filesystem_descriptor_flags_t flags;
    filesystem_error_code_t code;
    if (!filesystem_method_descriptor_get_flags(borrowed(file), &flags, &code)) {
        return filesystem_failed(code);
    }
    bool reads = flags & FILESYSTEM_DESCRIPTOR_FLAGS_READ, writes = flags & FILESYSTEM_DESCRIPTOR_FLAGS_WRITE;
    int access = reads && writes ? O_RDWR : reads ? O_RDONLY : writes ? O_WRONLY : O_SEARCH;
    return file->flags | access;
}

static int file_setfl(void *data, int flags)
{
    file_t *file = data;
    file->flags = (file->flags & ~CHANGEABLE) | (flags & CHANGEABLE);
    return 0;
}

// POSIX: a regular file is always ready.
static int file_poll(void *data, poll_state_t *state, short events)
{
    (void)data;
    __wasilibc_poll_ready(state, events & (POLLRDNORM | POLLWRNORM));
    return 0;
}

static const descriptor_vtable_t file_vtable = {
    .free = file_free,
    .set_blocking = file_set_blocking,
    .fstat = file_fstat,
    .get_file = file_get_file,
    .seek = file_seek,
    .fcntl_getfl = file_getfl,
    .fcntl_setfl = file_setfl,
    .recvfrom = file_read,
    .sendto = file_write,
    .poll_register = file_poll,
};

int __wasilibc_add_file(filesystem_own_descriptor_t handle, int flags)
{
    file_t *file = calloc(1, sizeof *file);
    if (!file) {
        filesystem_descriptor_drop_own(handle);
        errno = ENOMEM;
        return -1;
    }
    file->handle = handle;
    file->flags = flags & KEPT;
    return descriptor_table_insert((descriptor_table_entry_t){.data = file, .vtable = &file_vtable});
}

static file_t *file_of(int fd)
{
    const descriptor_table_entry_t *entry = descriptor_table_get_ref(fd);
    return entry && entry->vtable == &file_vtable ? entry->data : NULL;
}

bool file_is_read_only(int fd)
{
    const file_t *file = file_of(fd);
    return file && file->read_only;
}

void file_set_read_only(int fd)
{
    file_t *file = file_of(fd);
    if (file) {
        file->read_only = true;
    }
}

const char *file_path(int fd)
{
    const file_t *file = file_of(fd);
    return file ? file->path : NULL;
}

void file_set_path(int fd, char *path)
{
    file_t *file = file_of(fd);
    if (file) {
        file->path = path;
    } else {
        free(path);
    }
}

// --- At an offset of the caller's

// The file behind a descriptor, or NULL with errno.
static file_t *file_at(int fd, off_t offset)
{
    descriptor_table_entry_t *entry = descriptor_table_get_ref(fd);
    if (!entry) {
        return NULL;
    }
    if (entry->vtable != &file_vtable) {
        errno = ESPIPE;
        return NULL;
    }
    if (offset < 0) {
        errno = EINVAL;
        return NULL;
    }
    return entry->data;
}

ssize_t pread(int fd, void *buffer, size_t length, off_t offset)
{
    file_t *file = file_at(fd, offset);
    return file ? read_at(file, buffer, length, offset) : -1;
}

// With O_APPEND it appends, whatever the offset says: POSIX has it otherwise, but Linux, which programs know, does so.
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset)
{
    file_t *file = file_at(fd, offset);
    if (!file) {
        return -1;
    }
    if (!(file->flags & O_APPEND)) {
        return synchronized(file, write_at(file, data, length, offset));
    }
    off_t kept = file->offset;
    ssize_t done = append(file, data, length);
    file->offset = kept;
    return synchronized(file, done);
}

// A file that is not open for writing is EINVAL, as on Linux; the host says that it is not permitted.
int ftruncate(int fd, off_t length)
{
    file_t *file = file_at(fd, length);
    filesystem_error_code_t code;
    if (!file) {
        errno = errno == ESPIPE ? EINVAL : errno;
        return -1;
    }
    if (!filesystem_method_descriptor_set_size(borrowed(file), (filesystem_filesize_t)length, &code)) {
        return filesystem_failed(code == FILESYSTEM_ERROR_CODE_NOT_PERMITTED || code == FILESYSTEM_ERROR_CODE_BAD_DESCRIPTOR
                                     ? FILESYSTEM_ERROR_CODE_INVALID : code);
    }
    return 0;
}
