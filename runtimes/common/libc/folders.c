// Listing of folders, in place of libc's fdopendir.c, readdir.c, closedir.c, fdclosedir.c, rewinddir.c, seekdir.c and
// telldir.c. A name that is no UTF-8, which the host cannot tell, is left out; libc ends the listing there. The
// number of a file is not told (0): the host would have to be asked for each, which costs more than the listing.
#include "above.h"
#include "descriptors.h"
#include "errors.h"
#include "landing.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME = 1024 };

struct _DIR {
    int fd;  // first: libc's dirfd() looks there
    long position;
    bool open;
    filesystem_own_directory_entry_stream_t stream;  // if the host has the folder
    above_place place;                               // else
    union {
        struct dirent entry;
        char room[offsetof(struct dirent, d_name) + NAME + 1];
    };
};

// Begins at the first entry. Returns -1 with errno.
static int start(DIR *folder)
{
    const descriptor_table_entry_t *entry = descriptor_table_get_ref(folder->fd);
    if (!entry) {
        return -1;
    }
    if (folder->open) {
        filesystem_directory_entry_stream_drop_own(folder->stream);
        folder->open = false;
    }
    folder->position = 0;
    folder->place = (above_place){0};
    if (above_folder(entry)) {
        return 0;
    }
    filesystem_borrow_descriptor_t handle;
    filesystem_error_code_t code;
    if (!entry->vtable->get_file) {
        errno = ENOTDIR;
        return -1;
    }
    if (entry->vtable->get_file(entry->data, &handle) < 0) {
        return -1;
    }
    if (!filesystem_method_descriptor_read_directory(handle, &folder->stream, &code)) {
        // The host has one word for a file and for a folder that was not opened for reading.
        return filesystem_failed(code == FILESYSTEM_ERROR_CODE_BAD_DESCRIPTOR ? FILESYSTEM_ERROR_CODE_NOT_DIRECTORY : code);
    }
    folder->open = true;
    return 0;
}

DIR *fdopendir(int fd)
{
    DIR *folder = calloc(1, sizeof *folder);
    if (!folder) {
        errno = ENOMEM;
        return NULL;
    }
    folder->fd = fd;
    if (start(folder) < 0) {
        free(folder);
        return NULL;
    }
    return folder;
}

static struct dirent *give(DIR *folder, unsigned char type, size_t length)
{
    folder->entry.d_ino = 0;
    folder->entry.d_type = type;
    folder->entry.d_name[length] = 0;
    folder->position++;
    return &folder->entry;
}

static struct dirent *give_name(DIR *folder, unsigned char type, const char *name, size_t length)
{
    memcpy(folder->entry.d_name, name, length);
    return give(folder, type, length);
}

static unsigned char type_of(filesystem_descriptor_type_t type)
{
    switch (type) {
    case FILESYSTEM_DESCRIPTOR_TYPE_BLOCK_DEVICE:
        return DT_BLK;
    case FILESYSTEM_DESCRIPTOR_TYPE_CHARACTER_DEVICE:
        return DT_CHR;
    case FILESYSTEM_DESCRIPTOR_TYPE_DIRECTORY:
        return DT_DIR;
    case FILESYSTEM_DESCRIPTOR_TYPE_FIFO:
        return DT_FIFO;
    case FILESYSTEM_DESCRIPTOR_TYPE_SYMBOLIC_LINK:
        return DT_LNK;
    case FILESYSTEM_DESCRIPTOR_TYPE_REGULAR_FILE:
        return DT_REG;
    case FILESYSTEM_DESCRIPTOR_TYPE_SOCKET:
        return DT_SOCK;
    default:
        return DT_UNKNOWN;
    }
}

static struct dirent *read_host(DIR *folder)
{
    for (;;) {
        filesystem_option_directory_entry_t next;
        filesystem_error_code_t code;
        landing_begin(folder->entry.d_name, NAME);
        bool ok = filesystem_method_directory_entry_stream_read_directory_entry(
            filesystem_borrow_directory_entry_stream(folder->stream), &next, &code);
        size_t length = ok && next.is_some ? landing_end(next.val.name.ptr, next.val.name.len) : landing_end(NULL, 0);
        if (ok) {
            return next.is_some ? give(folder, type_of(next.val.type), length) : NULL;
        }
        // What has no name for us, and what went away while the host looked, is not there; the rest is.
        if (code != FILESYSTEM_ERROR_CODE_ILLEGAL_BYTE_SEQUENCE && code != FILESYSTEM_ERROR_CODE_NO_ENTRY) {
            filesystem_failed(code);
            return NULL;
        }
    }
}

struct dirent *readdir(DIR *folder)
{
    if (folder->position < 2) {
        return give_name(folder, DT_DIR, "..", folder->position == 0 ? 1 : 2);
    }
    if (folder->open) {
        return read_host(folder);
    }
    const descriptor_table_entry_t *entry = descriptor_table_get_ref(folder->fd);
    const char *path = entry ? above_folder(entry) : NULL;
    size_t length;
    unsigned char type;
    const char *name = path ? above_next(path, &folder->place, &length, &type) : NULL;
    return name ? give_name(folder, type, name, length < NAME ? length : NAME) : NULL;
}

void rewinddir(DIR *folder)
{
    (void)start(folder);
}

long telldir(DIR *folder)
{
    return folder->position;
}

void seekdir(DIR *folder, long position)
{
    if (position < folder->position) {
        rewinddir(folder);
    }
    while (folder->position < position && readdir(folder)) {
    }
}

int fdclosedir(DIR *folder)
{
    int fd = folder->fd;
    if (folder->open) {
        filesystem_directory_entry_stream_drop_own(folder->stream);
    }
    free(folder);
    return fd;
}

int closedir(DIR *folder)
{
    return close(fdclosedir(folder));
}
