#include "above.h"
#include "builtin.h"
#include "modes.h"
#include "places.h"
#include "poll_state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What getentropy() gives at once.
enum { GETENTROPY_MAX = 256 };

// Devices, which are there though nobody grants them; the last are other names of what has descriptors 0, 1 and 2.
enum { FULL, NOTHING, RANDOM, URANDOM, ZERO, STREAMS, DEVICES = STREAMS + 3 };

static const char *const DEVICE[DEVICES] = {
    "dev/full", "dev/null", "dev/random", "dev/urandom", "dev/zero", "dev/stdin", "dev/stdout", "dev/stderr",
};

// The device of that path, or that is the first name in it. DEVICES if there is none.
static size_t device_of(const char *path, bool first_of)
{
    for (size_t i = 0; i < DEVICES; i++) {
        size_t length = strlen(DEVICE[i]);
        if (strncmp(path, DEVICE[i], length) == 0 && path[length] == (first_of ? '/' : 0)) {
            return i;
        }
    }
    return DEVICES;
}

bool above_is_device(const char *path)
{
    return device_of(path, false) < DEVICES;
}

// Paths that there are: what is granted, and devices.
static const char *known(size_t index)
{
    size_t grants = 0;
    for (; grant_name(grants); grants++) {
        if (grants == index) {
            return grant_name(index);
        }
    }
    return index - grants < DEVICES ? DEVICE[index - grants] : NULL;
}

// A path without a slash at its end.
static size_t length_of(const char *path)
{
    size_t length = strlen(path);
    return length > 0 && path[length - 1] == '/' ? length - 1 : length;
}

// What is behind `folder/` in `path`, or NULL if it is not in it.
static const char *inside(const char *path, const char *folder, size_t length)
{
    if (length == 0) {
        return *path ? path : NULL;
    }
    return strncmp(path, folder, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

static bool is_folder(const char *path, size_t length)
{
    if (length == 0) {
        return true;
    }
    for (size_t i = 0; known(i); i++) {
        if (inside(known(i), path, length)) {
            return true;
        }
    }
    const builtin_file *first;
    return builtin_below(path, length, &first) > 0;
}

// Whether a granted folder is, or is below, the one called `name` in that folder.
static bool is_granted(const char *path, size_t folder, const char *name, size_t length)
{
    for (size_t i = 0; grant_name(i); i++) {
        const char *granted = inside(grant_name(i), path, folder);
        if (granted && strcspn(granted, "/") == length && memcmp(granted, name, length) == 0) {
            return true;
        }
    }
    return false;
}

// Whether a name of a path, which has lost its slash at the beginning, is too long, or all of it.
static bool is_long(const char *path)
{
    if (strlen(path) >= PATH_MAX - 1) {
        return true;
    }
    for (size_t length; *path; path += length) {
        path += *path == '/';
        length = strcspn(path, "/");
        if (length > NAME_MAX) {
            return true;
        }
    }
    return false;
}

static ino_t number_of(const char *path, size_t length)
{
    ino_t number = 14695981039346656037u;  // FNV-1a
    for (size_t i = 0; i < length; i++) {
        number = (number ^ (unsigned char)path[i]) * 1099511628211u;
    }
    return number;
}

int above_status(const char *path, struct stat *status)
{
    wasip2_string_t text;
    if (wasi_string_from_c(path, &text) < 0) {
        errno = ENOENT;  // as for a name that the host is asked for
        return -1;
    }
    size_t length = length_of(path);
    const builtin_file *file = length == strlen(path) ? builtin_find(path, length) : NULL;
    if (file) {
        *status = (struct stat){
            .st_ino = number_of(path, length),
            .st_nlink = 1,
            .st_mode = S_IFREG | FILE_MODE,
            .st_size = file->size,
            .st_blksize = 4096,
            .st_blocks = (file->size + 511) / 512,
        };
        return 0;
    }
    bool folder = is_folder(path, length);
    size_t device = device_of(path, false);
    if (!folder && device == DEVICES) {
        errno = device_of(path, true) < DEVICES ? ENOTDIR : is_long(path) ? ENAMETOOLONG : ENOENT;
        return -1;
    }
    if (device >= STREAMS && device < DEVICES) {
        return fstat((int)(device - STREAMS), status);
    }
    *status = (struct stat){
        .st_ino = number_of(path, length),
        .st_nlink = folder ? 2 : 1,
        .st_mode = folder ? S_IFDIR | FOLDER_MODE : S_IFCHR | 0666,
        .st_blksize = 4096,
    };
    return 0;
}

bool above_is_free(const char *path)
{
    struct stat status;
    if (above_status(path, &status) == 0) {
        errno = EEXIST;
        return false;
    }
    if (errno == ENAMETOOLONG) {
        return false;
    }
    const char *slash = memrchr(path, '/', length_of(path));
    if (!is_folder(path, slash ? (size_t)(slash - path) : 0)) {
        errno = ENOENT;
        return false;
    }
    return true;
}

static unsigned char type_of(const char *path, size_t length)
{
    char name[PATH_MAX];
    struct stat status;
    if (length >= sizeof name) {
        return DT_UNKNOWN;
    }
    *(char *)mempcpy(name, path, length) = 0;
    if (above_status(name, &status) < 0) {
        return DT_UNKNOWN;
    }
    return S_ISDIR(status.st_mode) ? DT_DIR : S_ISREG(status.st_mode) ? DT_REG : DT_CHR;
}

// Whether a path before the one at `index` has that name in the folder, too.
static bool was_known(size_t index, const char *path, size_t folder, const char *name, size_t length)
{
    for (size_t i = 0; i < index; i++) {
        const char *other = inside(known(i), path, folder);
        if (other && strcspn(other, "/") == length && memcmp(other, name, length) == 0) {
            return true;
        }
    }
    return false;
}

// As above_next, of the files that are part of the program. Their folder is not shown in `/`. They come in the order of
// their paths, so each name has its files together.
static const char *next_builtin(const char *path, size_t folder, size_t *place, size_t *length, unsigned char *type)
{
    const builtin_file *file = NULL, *first;
    size_t count = folder > 0 ? builtin_below(path, folder, &file) : 0;
    while (*place < count) {
        const char *whole = file[*place].path, *name = inside(whole, path, folder);
        *length = strcspn(name, "/");
        *type = name[*length] == '/' ? DT_DIR : DT_REG;
        *place += *type == DT_DIR ? builtin_below(whole, (size_t)(name - whole) + *length, &first) : 1;
        if (!is_granted(path, folder, name, *length)) {
            return name;
        }
    }
    return NULL;
}

const char *above_next(const char *path, above_place *place, size_t *length, unsigned char *type)
{
    size_t folder = length_of(path);
    for (const char *whole; (whole = known(place->known)); place->known++) {
        // /dev is not shown in /: what is listed is what was granted.
        const char *name = folder == 0 && above_is_device(whole) ? NULL : inside(whole, path, folder);
        if (!name) {
            continue;
        }
        *length = strcspn(name, "/");
        if (!was_known(place->known, path, folder, name, *length)) {
            *type = type_of(whole, (size_t)(name - whole) + *length);
            place->known++;
            return name;
        }
    }
    return next_builtin(path, folder, &place->file, length, type);
}

// --- Descriptors

// A folder's data is its path.
typedef struct {
    size_t kind;
    int flags;
} device;

static int folder_fstat(void *data, struct stat *status)
{
    return above_status(data, status);
}

int above_getfl(void *data)
{
    (void)data;
    return O_RDONLY;
}

static ssize_t folder_read(void *data, void *buffer, size_t length, int flags, struct sockaddr *from, socklen_t *from_length)
{
    (void)data, (void)buffer, (void)length, (void)flags, (void)from, (void)from_length;
    errno = EISDIR;
    return -1;
}

static off_t no_offset(void *data, off_t offset, int whence)
{
    (void)data, (void)offset, (void)whence;
    return 0;
}

int above_set_blocking(void *data, bool blocking)
{
    (void)data, (void)blocking;
    return 0;
}

int above_setfl(void *data, int flags)
{
    (void)data, (void)flags;
    return 0;
}

int above_poll_register(void *data, poll_state_t *state, short events)
{
    (void)data;
    __wasilibc_poll_ready(state, events & (POLLRDNORM | POLLWRNORM));
    return 0;
}

static const descriptor_vtable_t folder_vtable = {
    .free = free,
    .set_blocking = above_set_blocking,
    .fstat = folder_fstat,
    .seek = no_offset,
    .fcntl_getfl = above_getfl,
    .fcntl_setfl = above_setfl,
    .recvfrom = folder_read,
    .poll_register = above_poll_register,
};

static int device_fstat(void *data, struct stat *status)
{
    return above_status(DEVICE[((device *)data)->kind], status);
}

static int device_getfl(void *data)
{
    return ((device *)data)->flags;
}

static ssize_t device_read(void *data, void *buffer, size_t length, int flags, struct sockaddr *from, socklen_t *from_length)
{
    (void)flags, (void)from, (void)from_length;
    const device *of = data;
    if (!(of->flags & O_RDONLY)) {
        errno = EBADF;
        return -1;
    }
    if (of->kind == NOTHING) {
        return 0;
    }
    if (of->kind == ZERO || of->kind == FULL) {
        memset(buffer, 0, length);
        return (ssize_t)length;
    }
    for (size_t done = 0; done < length;) {
        size_t piece = length - done < GETENTROPY_MAX ? length - done : GETENTROPY_MAX;
        if (getentropy((char *)buffer + done, piece) < 0) {
            return -1;
        }
        done += piece;
    }
    return (ssize_t)length;
}

static ssize_t device_write(void *data, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t to_length)
{
    (void)bytes, (void)flags, (void)to, (void)to_length;
    const device *of = data;
    if (of->flags & O_WRONLY && of->kind != FULL) {
        return (ssize_t)length;
    }
    errno = of->flags & O_WRONLY ? ENOSPC : EBADF;
    return -1;
}

static const descriptor_vtable_t device_vtable = {
    .free = free,
    .set_blocking = above_set_blocking,
    .fstat = device_fstat,
    .seek = no_offset,
    .fcntl_getfl = device_getfl,
    .fcntl_setfl = above_setfl,
    .recvfrom = device_read,
    .sendto = device_write,
    .poll_register = above_poll_register,
};

const char *above_folder(const descriptor_table_entry_t *entry)
{
    return entry->vtable == &folder_vtable ? entry->data : NULL;
}

static int insert(void *data, const descriptor_vtable_t *vtable)
{
    if (!data) {
        errno = ENOMEM;
        return -1;
    }
    return descriptor_table_insert((descriptor_table_entry_t){.data = data, .vtable = vtable});
}

int above_open(const char *path, int flags)
{
    struct stat status;
    if (above_status(path, &status) < 0) {
        // Whether it could be made matters only to who wants that.
        errno = errno == ENAMETOOLONG ? errno : (flags & O_CREAT) && above_is_free(path) ? EROFS : ENOENT;
        return -1;
    }
    if ((flags & O_CREAT) && (flags & O_EXCL)) {
        errno = EEXIST;
        return -1;
    }
    if (S_ISDIR(status.st_mode)) {
        if (flags & (O_WRONLY | O_CREAT)) {
            errno = EISDIR;
            return -1;
        }
        return insert(strndup(path, length_of(path)), &folder_vtable);
    }
    if (flags & O_DIRECTORY) {
        errno = ENOTDIR;
        return -1;
    }
    size_t kind = device_of(path, false);
    if (kind == DEVICES) {
        if (flags & (O_WRONLY | O_TRUNC)) {
            errno = EROFS;
            return -1;
        }
        return builtin_open(builtin_find(path, strlen(path)));
    }
    if (kind >= STREAMS) {
        return dup((int)(kind - STREAMS));
    }
    device *opened = malloc(sizeof *opened);
    if (opened) {
        *opened = (device){.kind = kind, .flags = flags & (O_RDWR | O_APPEND | O_NONBLOCK)};
    }
    return insert(opened, &device_vtable);
}
