// Functions that open what has a name in a folder, or look at it, in place of libc's own: openat, fstatat, faccessat, readlinkat.
#include "above.h"
#include "descriptors.h"
#include "errors.h"
#include "files.h"
#include "landing.h"
#include "modes.h"
#include "names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/libc-nocwd.h>

// The path of what is called `path` in a folder, or NULL if it cannot be told.
static char *path_in(int fd, const char *path)
{
    const descriptor_table_entry_t *entry = descriptor_table_get_ref(fd);
    const char *above = entry ? above_folder(entry) : NULL, *folder = above ? above : file_path(fd);
    size_t length = folder ? strlen(folder) : 0, more = strlen(path) + 1;
    char *joined = folder ? malloc(length + 1 + more) : NULL;
    if (joined) {
        memcpy(joined, folder, length);
        joined[length] = '/';
        memcpy(joined + length + 1, path, more);
    }
    return joined;
}

int __wasilibc_nocwd_openat_nomode(int fd, const char *path, int flags)
{
    place at;
    if ((flags & O_CREAT ? place_locate : place_locate_existing)(fd, path, &at) < 0) {
        return -1;
    }
    // Linux has no bit for reading, so programs leave it out.
    flags |= flags & O_ACCMODE ? 0 : O_RDONLY;
    if (at.above) {
        return above_open(at.above, flags);
    }
    filesystem_open_flags_t how = (flags & O_CREAT ? FILESYSTEM_OPEN_FLAGS_CREATE : 0)
                                | (flags & O_DIRECTORY ? FILESYSTEM_OPEN_FLAGS_DIRECTORY : 0)
                                | (flags & O_EXCL ? FILESYSTEM_OPEN_FLAGS_EXCLUSIVE : 0)
                                | (flags & O_TRUNC ? FILESYSTEM_OPEN_FLAGS_TRUNCATE : 0);
    filesystem_descriptor_flags_t access = 0;
    switch (flags & O_ACCMODE) {
    case O_RDONLY:
    case O_WRONLY:
    case O_RDWR:
        access |= flags & O_RDONLY ? FILESYSTEM_DESCRIPTOR_FLAGS_READ : 0;
        access |= flags & O_WRONLY ? FILESYSTEM_DESCRIPTOR_FLAGS_WRITE | FILESYSTEM_DESCRIPTOR_FLAGS_MUTATE_DIRECTORY : 0;
        break;
    case O_EXEC:
    case O_SEARCH:
        break;
    default:
        errno = EINVAL;
        return -1;
    }
    struct stat status;
    const bool follow = !(flags & O_NOFOLLOW);
    const mode_t uses = (flags & O_RDONLY ? S_IRUSR : 0) | (flags & (O_WRONLY | O_TRUNC) ? S_IWUSR : 0);
    const mode_t permissions = flags & O_CREAT ? mode_of_new(FILE_MODE) : FILE_MODE;
    const bool asks = modes_restrict() || (permissions != FILE_MODE && !(flags & O_EXCL));
    const bool is_new = (flags & O_CREAT) && (!asks || place_status(&at, follow, &status) < 0);
    if (!place_owner_may(&at, follow, uses) || (is_new && !place_may_change_folder(&at))) {
        return -1;
    }
    filesystem_own_descriptor_t handle;
    filesystem_error_code_t code;
    bool read_only = file_is_read_only(fd);
    if (filesystem_method_descriptor_open_at(at.folder, following(follow), &at.name, how, access, &handle,
                                             &code)) {
        int opened = __wasilibc_add_file(handle, flags);
        if (opened >= 0 && read_only) {
            file_set_read_only(opened);
        }
        // A folder is not opened to be made or written to.
        if (opened >= 0 && !(flags & (O_CREAT | O_WRONLY))) {
            file_set_path(opened, path_in(fd, path));
        }
        if (opened >= 0 && is_new && permissions != FILE_MODE && fstat(opened, &status) == 0) {
            mode_give(status.st_ino, permissions);
        }
        return opened;
    }
    if (code != FILESYSTEM_ERROR_CODE_NOT_PERMITTED || !read_only) {
        return filesystem_failed(code);
    }
    // In a folder that may only be read nothing is asked of Linux before these.
    if (place_status(&at, follow, &status) < 0) {
        errno = errno == ENOENT && (flags & O_CREAT) ? EROFS : errno;
    } else if ((flags & O_CREAT) && (flags & O_EXCL)) {
        errno = EEXIST;
    } else {
        errno = S_ISDIR(status.st_mode) ? EISDIR : EROFS;
    }
    return -1;
}

int __wasilibc_nocwd_fstatat(int fd, const char *restrict path, struct stat *restrict status, int flags)
{
    place at;
    return place_locate_existing(fd, path, &at) < 0 ? -1 : place_status(&at, !(flags & AT_SYMLINK_NOFOLLOW), status);
}

int __wasilibc_nocwd_faccessat(int fd, const char *path, int mode, int flags)
{
    place at;
    struct stat status;
    if ((mode & ~(R_OK | W_OK | X_OK)) || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW))) {
        errno = EINVAL;
        return -1;
    }
    if (place_locate_existing(fd, path, &at) < 0 || place_status(&at, !(flags & AT_SYMLINK_NOFOLLOW), &status) < 0) {
        return -1;
    }
    // A device can be written to where nothing can be changed.
    if ((mode & W_OK) && (at.above ? !S_ISCHR(status.st_mode) : file_is_read_only(fd))) {
        errno = EROFS;
        return -1;
    }
    if (((mode & X_OK) && !(status.st_mode & 0111)) || ((mode & R_OK) && !(status.st_mode & S_IRUSR))
        || ((mode & W_OK) && !(status.st_mode & S_IWUSR))) {
        errno = EACCES;
        return -1;
    }
    return 0;
}

ssize_t __wasilibc_nocwd_readlinkat(int fd, const char *restrict path, char *restrict buffer, size_t size)
{
    place at;
    wasip2_string_t target;
    filesystem_error_code_t code;
    struct stat status;
    if (place_locate_existing(fd, path, &at) < 0) {
        return -1;
    }
    if (at.above) {
        errno = above_status(at.above, &status) == 0 ? EINVAL : errno;
        return -1;
    }
    landing_begin(buffer, size);
    bool ok = filesystem_method_descriptor_readlink_at(at.folder, &at.name, &target, &code);
    size_t length = ok ? landing_end(target.ptr, target.len) : landing_end(NULL, 0);
    return ok ? (ssize_t)length : filesystem_failed(code);
}
