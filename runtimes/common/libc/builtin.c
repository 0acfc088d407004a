#include "builtin.h"
#include "above.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const builtin_files *builtin = NULL;

// None while descriptors are hidden: what cannot be opened is better not there.
static size_t count(void)
{
    return builtin && !libc_descriptors_hidden ? builtin->count : 0;
}

// The index of the first file whose path, as far as `text` is long, does not sort before it; or sorts behind it.
static size_t boundary(const char *text, size_t length, bool behind)
{
    size_t low = 0, high = count();
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strncmp(builtin->files[middle].path, text, length);
        if (order < 0 || (behind && order == 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const builtin_file *builtin_find(const char *path, size_t length)
{
    size_t at = boundary(path, length, false);
    // A path that goes on sorts behind the one that ends there.
    bool found = at < count() && strncmp(builtin->files[at].path, path, length) == 0
              && builtin->files[at].path[length] == 0;
    return found ? &builtin->files[at] : NULL;
}

size_t builtin_below(const char *folder, size_t length, const builtin_file **first)
{
    char text[256];
    if (count() == 0 || length + 1 > sizeof text) {
        return 0;
    }
    memcpy(text, folder, length);
    if (length > 0) {
        text[length++] = '/';
    }
    size_t begin = boundary(text, length, false), end = boundary(text, length, true);
    *first = builtin->files + begin;
    return end - begin;
}

// --- Descriptors

// An open file: all that is in it, and where the next read begins.
typedef struct {
    const builtin_file *file;
    off_t offset;
    unsigned char data[];
} open_file;

static int file_fstat(void *data, struct stat *status)
{
    return above_status(((open_file *)data)->file->path, status);
}

static off_t file_seek(void *data, off_t offset, int whence)
{
    open_file *file = data;
    off_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file->offset : (off_t)file->file->size;
    if ((whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END) || __builtin_add_overflow(from, offset, &offset)
        || offset < 0) {
        errno = EINVAL;
        return -1;
    }
    return file->offset = offset;
}

static ssize_t file_read(void *data, void *buffer, size_t length, int flags, struct sockaddr *from, socklen_t *from_length)
{
    (void)flags, (void)from, (void)from_length;
    open_file *file = data;
    size_t size = file->file->size, at = file->offset < (off_t)size ? (size_t)file->offset : size;
    length = length < size - at ? length : size - at;
    memcpy(buffer, file->data + at, length);
    file->offset += (off_t)length;
    return (ssize_t)length;
}

static const descriptor_vtable_t file_vtable = {
    .free = free,
    .set_blocking = above_set_blocking,
    .fstat = file_fstat,
    .seek = file_seek,
    .fcntl_getfl = above_getfl,
    .fcntl_setfl = above_setfl,
    .recvfrom = file_read,
    .poll_register = above_poll_register,
};

int builtin_open(const builtin_file *file)
{
    open_file *open = malloc(sizeof *open + file->size);
    if (!open) {
        errno = ENOMEM;
        return -1;
    }
    *open = (open_file){.file = file};
    if (!builtin->unpack(file, open->data)) {
        free(open);
        errno = EIO;
        return -1;
    }
    return descriptor_table_insert((descriptor_table_entry_t){.data = open, .vtable = &file_vtable});
}
