// Functions that change names in a folder, in place of libc's own: mkdirat, unlinkat, rmdirat, renameat, linkat, symlinkat,
// utimensat.
//
// A folder that may only be read is a read-only file system, as Linux has it: what is there, and what is not, is told
// first. The host says "not permitted" for all.
#include "above.h"
#include "descriptors.h"
#include "errors.h"
#include "files.h"
#include "modes.h"
#include "names.h"
#include "places.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/libc-find-relpath.h>
#include <wasi/libc-nocwd.h>

// Why a change failed: -1 with errno. `fresh`: the name must not exist yet; otherwise it must.
static int change_failed(int fd, const place *at, bool fresh, filesystem_error_code_t code)
{
    if (!(at->above || (code == FILESYSTEM_ERROR_CODE_NOT_PERMITTED && file_is_read_only(fd)))) {
        return filesystem_failed(code);
    }
    struct stat status;
    bool exists = place_status(at, false, &status) == 0;
    if (fresh && at->above) {
        errno = above_is_free(at->above) ? EROFS : errno;
    } else if (fresh) {
        errno = exists ? EEXIST : errno == ENOENT ? EROFS : errno;
    } else if (exists) {
        errno = EROFS;
    }
    return -1;
}

// Takes slashes off the end of the name. Returns whether there were some.
static bool take_slashes(place *at)
{
    size_t length = at->name.len;
    while (!at->above && at->name.len > 1 && at->name.ptr[at->name.len - 1] == '/') {
        at->name.len--;
    }
    return !at->above && at->name.len < length;
}

// Whether the name of what is to be made has a slash behind it, as only a folder's may. Then errno is set.
static bool is_no_file(place *at)
{
    struct stat status;
    if (!take_slashes(at)) {
        return false;
    }
    if (place_status(at, false, &status) == 0) {
        errno = EEXIST;
    }
    return true;
}

// Forgets the mode of what is not there any more, which was `gone` while it was.
static void forget(const struct stat *gone)
{
    if (S_ISDIR(gone->st_mode) || gone->st_nlink <= 1) {
        mode_forget(gone->st_ino);
    }
}

// What is there, if there are modes to be forgotten with it.
static bool has_mode(const place *at, struct stat *status)
{
    return modes_are_given() && !at->above && place_status(at, false, status) == 0;
}

int __wasilibc_nocwd_mkdirat_nomode(int fd, const char *path)
{
    place at;
    filesystem_error_code_t code = 0;
    if (place_locate(fd, path, &at) < 0 || !place_may_change_folder(&at)) {
        return -1;
    }
    if (at.above || !filesystem_method_descriptor_create_directory_at(at.folder, &at.name, &code)) {
        return change_failed(fd, &at, true, code);
    }
    struct stat status;
    mode_t permissions = mode_of_new(FOLDER_MODE);
    return permissions == FOLDER_MODE || place_status(&at, false, &status) < 0 ? 0 : mode_give(status.st_ino, permissions);
}

int __wasilibc_nocwd___wasilibc_unlinkat(int fd, const char *path)
{
    place at;
    struct stat status;
    filesystem_error_code_t code = 0;
    if (place_locate_existing(fd, path, &at) < 0) {
        return -1;
    }
    if (take_slashes(&at)) {
        if (place_status(&at, false, &status) == 0) {
            errno = S_ISDIR(status.st_mode) ? EISDIR : ENOTDIR;
        }
        return -1;
    }
    const bool known = has_mode(&at, &status);
    if (!place_may_change_folder(&at)) {
        return -1;
    }
    if (at.above || !filesystem_method_descriptor_unlink_file_at(at.folder, &at.name, &code)) {
        return change_failed(fd, &at, false, code);
    }
    if (known) {
        forget(&status);
    }
    return 0;
}

int __wasilibc_nocwd___wasilibc_rmdirat(int fd, const char *path)
{
    place at;
    struct stat status;
    filesystem_error_code_t code = 0;
    if (place_locate_existing(fd, path, &at) < 0) {
        return -1;
    }
    // The host's own function takes no slash.
    if (take_slashes(&at) && place_status(&at, false, &status) == 0 && S_ISLNK(status.st_mode)) {
        errno = ENOTDIR;
        return -1;
    }
    const bool known = has_mode(&at, &status);
    if (!place_may_change_folder(&at)) {
        return -1;
    }
    if (at.above || !filesystem_method_descriptor_remove_directory_at(at.folder, &at.name, &code)) {
        return change_failed(fd, &at, false, code);
    }
    if (known) {
        forget(&status);
    }
    return 0;
}

// --- By --wrap: whoever gets the path next does not see how it ended, or that the first of two is wrong.

int __real_rmdir(const char *path);
int __wrap_rmdir(const char *path);
int __real_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);

// The length of the name `.` or `..` if the path ends in it, slashes aside, else 0.
static size_t dots_at_end(const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') {
        end--;
    }
    size_t begin = end;
    while (begin > 0 && path[begin - 1] == '.') {
        begin--;
    }
    return end - begin <= 2 && (begin == 0 || path[begin - 1] == '/') ? end - begin : 0;
}

int __wrap_rmdir(const char *path)
{
    struct stat status;
    size_t dots = dots_at_end(path);
    if (dots == 0) {
        return __real_rmdir(path);
    }
    if (lstat(path, &status) == 0) {
        errno = dots == 1 ? EINVAL : ENOTEMPTY;
    }
    return -1;
}

// Whether the folder that the path ends in exists. Otherwise errno says why not.
static bool has_parent(const char *path)
{
    char parent[PATH_MAX];
    struct stat status;
    size_t end = strlen(path);
    if (end == 0 || end >= sizeof parent) {
        errno = end == 0 ? ENOENT : ENAMETOOLONG;
        return false;
    }
    while (end > 0 && path[end - 1] == '/') {
        end--;
    }
    while (end > 0 && path[end - 1] != '/') {
        end--;
    }
    memcpy(parent, path, end);
    parent[end] = 0;
    return end == 0 || stat(parent, &status) == 0;
}

int __wrap_link(const char *from, const char *to)
{
    struct stat status;
    return lstat(from, &status) < 0 ? -1 : __real_link(from, to);
}

int __wrap_rename(const char *from, const char *to)
{
    if (*to && !dots_at_end(from) && !dots_at_end(to)) {
        return __real_rename(from, to);
    }
    if (has_parent(from) && has_parent(to)) {
        errno = EBUSY;
    }
    return -1;
}

int __wasilibc_nocwd_renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    place source, target;
    filesystem_error_code_t code = 0;
    if (place_locate_existing(from_fd, from, &source) < 0 || place_locate(to_fd, to, &target) < 0) {
        return -1;
    }
    if (source.above || target.above) {
        struct stat status;
        if (place_status(&source, false, &status) == 0) {
            errno = EXDEV;
        }
        return -1;
    }
    struct stat from_status, replaced;
    const bool known = has_mode(&source, &from_status) && has_mode(&target, &replaced);
    if (!place_may_change_folder(&source) || !place_may_change_folder(&target)) {
        return -1;
    }
    if (!filesystem_method_descriptor_rename_at(source.folder, &source.name, target.folder, &target.name, &code)) {
        return change_failed(file_is_read_only(from_fd) ? from_fd : to_fd, &source, false, code);
    }
    if (known && from_status.st_ino != replaced.st_ino) {
        forget(&replaced);
    }
    return 0;
}

int __wasilibc_nocwd_linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
    place source, target;
    filesystem_error_code_t code = 0;
    struct stat status;
    // Linux looks at the source first; the host does not.
    if (place_locate_existing(from_fd, from, &source) < 0 || place_status(&source, false, &status) < 0
        || place_locate(to_fd, to, &target) < 0 || is_no_file(&target) || !place_may_change_folder(&target)) {
        return -1;
    }
    if (source.above) {
        errno = EXDEV;
        return -1;
    }
    // The host follows none, and says so though there be none.
    bool follow = (flags & AT_SYMLINK_FOLLOW) && S_ISLNK(status.st_mode);
    return !target.above
                && filesystem_method_descriptor_link_at(source.folder, following(follow), &source.name, target.folder,
                                                        &target.name, &code)
               ? 0 : change_failed(to_fd, &target, true, code);
}

// How many bytes of `path` are folders that are in `of`, too.
static size_t shared_folders(const char *path, const char *of)
{
    size_t shared = 0;
    for (size_t i = 0; path[i] && path[i] == of[i]; i++) {
        shared = path[i] == '/' ? i + 1 : shared;
    }
    return shared;
}

// Whether the path names no folder above, and none by a link.
static bool is_straight(const place *at)
{
    place part = *at;
    struct stat status;
    for (size_t i = 0; i < at->name.len; i++) {
        const uint8_t *name = at->name.ptr + i;
        if (i == 0 || name[-1] == '/') {
            if (at->name.len - i >= 2 && name[0] == '.' && name[1] == '.' && (at->name.len - i == 2 || name[2] == '/')) {
                return false;
            }
        }
        if (*name == '/') {
            part.name.len = i;
            if (place_status(&part, false, &status) < 0 || S_ISLNK(status.st_mode)) {
                return false;
            }
        }
    }
    return true;
}

// A host makes no link to an absolute path, which to it means another place. One to a path in the granted folder that the link is
// in is made from there: `relative`, of PATH_MAX bytes. Returns `target` where that cannot be.
static const char *from_there(const char *target, int fd, const char *path, const place *at, char *relative)
{
    const char *prefix, *to;
    if (*target != '/' || at->above || !is_grant(fd) || __wasilibc_find_abspath(target, &prefix, &to) != fd || !is_straight(at)) {
        return target;
    }
    size_t shared = shared_folders(path, to), length = 0;
    for (const char *up = path + shared; (up = strchr(up, '/')); up++) {
        if (length + 3 >= PATH_MAX) {
            return target;
        }
        memcpy(relative + length, "../", 3);
        length += 3;
    }
    to += shared;
    if (length + strlen(to) + 1 > PATH_MAX) {
        return target;
    }
    strcpy(relative + length, *to || length ? to : ".");
    return relative;
}

int __wasilibc_nocwd_symlinkat(const char *target, int fd, const char *path)
{
    place at;
    wasip2_string_t to;
    char relative[PATH_MAX];
    filesystem_error_code_t code = 0;
    if (place_locate(fd, path, &at) < 0 || is_no_file(&at) || !place_may_change_folder(&at)
        || wasi_string_from_c(from_there(target, fd, path, &at, relative), &to) < 0) {
        return -1;
    }
    return !at.above && filesystem_method_descriptor_symlink_at(at.folder, &to, &at.name, &code)
               ? 0 : change_failed(fd, &at, true, code);
}

static filesystem_new_timestamp_t new_time(const struct timespec *time)
{
    if (!time || time->tv_nsec == UTIME_NOW) {
        return (filesystem_new_timestamp_t){.tag = FILESYSTEM_NEW_TIMESTAMP_NOW};
    }
    if (time->tv_nsec == UTIME_OMIT) {
        return (filesystem_new_timestamp_t){.tag = FILESYSTEM_NEW_TIMESTAMP_NO_CHANGE};
    }
    return (filesystem_new_timestamp_t){
        .tag = FILESYSTEM_NEW_TIMESTAMP_TIMESTAMP,
        .val.timestamp = {(uint64_t)time->tv_sec, (uint32_t)time->tv_nsec},
    };
}

static bool is_time(const struct timespec *time)
{
    return time->tv_nsec == UTIME_NOW || time->tv_nsec == UTIME_OMIT
        || (time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < 1000000000);
}

int __wasilibc_nocwd_utimensat(int fd, const char *path, const struct timespec times[2], int flags)
{
    place at;
    filesystem_error_code_t code = 0;
    if (times && !(is_time(&times[0]) && is_time(&times[1]))) {
        errno = EINVAL;
        return -1;
    }
    if (place_locate_existing(fd, path, &at) < 0) {
        return -1;
    }
    filesystem_new_timestamp_t accessed = new_time(times), modified = new_time(times ? times + 1 : NULL);
    return !at.above
                && filesystem_method_descriptor_set_times_at(at.folder, following(!(flags & AT_SYMLINK_NOFOLLOW)), &at.name,
                                                             &accessed, &modified, &code)
               ? 0 : change_failed(fd, &at, false, code);
}
