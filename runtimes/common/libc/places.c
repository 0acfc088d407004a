// Granted folders and the current folder, in place of libc's preopens.c and chdir.c.
//
// Every path of every function comes through here: it is made absolute, `.` and doubled slashes go, and it is split
// into a granted folder and a name in it. `..` is left to the host, which knows where links lead, unless it would
// lead out of the granted folder: above that there are no links, only names.
#include "places.h"
#include "above.h"
#include "builtin.h"
#include "descriptors.h"
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>
#include <wasi/libc-find-relpath.h>
#include <wasi/libc-nocwd.h>
#include <wasi/libc.h>

extern char *__wasilibc_cwd;  // of libc's getcwd.c

typedef struct {
    char *name;
    size_t length;
    int fd;
} grant;

static grant *grants;
static size_t grant_count;
static bool populated;
static char *current_folder;  // what __wasilibc_cwd points to once it is ours

// --- Paths as a list of names

// A path under construction: names with a slash between them, none at the ends. `text` is reused by the next path.
typedef struct {
    char *text;
    size_t length, capacity;
} names;

static bool reserve(names *path, size_t more)
{
    size_t wanted = path->length + more + 2;
    if (wanted <= path->capacity) {
        return true;
    }
    char *larger = realloc(path->text, 2 * wanted);
    if (!larger) {
        errno = ENOMEM;
        return false;
    }
    path->text = larger;
    path->capacity = 2 * wanted;
    return true;
}

static void push(names *path, const char *name, size_t length)
{
    if (path->length > 0) {
        path->text[path->length++] = '/';
    }
    memcpy(path->text + path->length, name, length);
    path->length += length;
}

static void pop(names *path)
{
    while (path->length > 0 && path->text[--path->length] != '/') {
    }
}

// The next name of a path, or NULL at its end.
static const char *next_name(const char **path, size_t *length)
{
    do {
        *path += strspn(*path, "/");
        *length = strcspn(*path, "/");
        const char *name = *path;
        *path += *length;
        if (*length > 0 && !(*length == 1 && *name == '.')) {
            return name;
        }
    } while (**path);
    return NULL;
}

static bool is_parent(const char *name, size_t length)
{
    return length == 2 && name[0] == '.' && name[1] == '.';
}

// The innermost granted folder that the names are in, or NULL.
static const grant *grant_of(const char *text, size_t length)
{
    const grant *best = NULL;
    for (size_t i = 0; i < grant_count; i++) {
        const grant *candidate = &grants[i];
        bool inside = candidate->length <= length && memcmp(text, candidate->name, candidate->length) == 0
            && (candidate->length == 0 || candidate->length == length || text[candidate->length] == '/');
        // Of two with one name the later one counts, as in libc.
        if (inside && (!best || candidate->length >= best->length)) {
            best = candidate;
        }
    }
    return best;
}

// Goes to the folder that `path` is in, if that needs no host: above the granted folders, and out of one.
static void go_up(names *path)
{
    const grant *in = grant_of(path->text, path->length);
    if (in) {
        long depth = 0;
        const char *rest = path->text + in->length;
        path->text[path->length] = 0;
        size_t length;
        for (const char *name; (name = next_name(&rest, &length));) {
            depth += is_parent(name, length) ? -1 : 1;
        }
        if (depth > 0) {
            push(path, "..", 2);
            return;
        }
        path->length = in->length;
    }
    pop(path);
}

static bool append(names *path, const char *more)
{
    if (!reserve(path, strlen(more) + 3)) {
        return false;
    }
    size_t length;
    for (const char *name; (name = next_name(&more, &length));) {
        if (is_parent(name, length)) {
            go_up(path);
        } else {
            push(path, name, length);
        }
    }
    return true;
}

// --- Granted folders

static bool add_grant(filesystem_preopens_tuple2_own_descriptor_string_t *folder)
{
    names name = {0};
    char *text = strndup((const char *)folder->f1.ptr, folder->f1.len);
    bool ok = text && append(&name, text);
    free(text);
    if (!ok) {
        return false;
    }
    name.text[name.length] = 0;
    filesystem_descriptor_flags_t flags = 0;
    filesystem_error_code_t code;
    bool known = filesystem_method_descriptor_get_flags(filesystem_borrow_descriptor(folder->f0), &flags, &code);
    int fd = __wasilibc_add_file(folder->f0, O_RDWR);
    if (fd < 0) {
        return false;
    }
    if (known && !(flags & FILESYSTEM_DESCRIPTOR_FLAGS_MUTATE_DIRECTORY)) {
        file_set_read_only(fd);
    }
    file_set_path(fd, strdup(name.text));
    grants[grant_count++] = (grant){.name = name.text, .length = name.length, .fd = fd};
    return true;
}

void __wasilibc_populate_preopens(void)
{
    if (populated || libc_descriptors_hidden) {
        return;
    }
    populated = true;  // before it is so: that opens descriptors
    filesystem_preopens_list_tuple2_own_descriptor_string_t folders;
    filesystem_preopens_get_directories(&folders);
    grants = calloc(folders.len ? folders.len : 1, sizeof *grants);
    bool ok = grants != NULL;
    for (size_t i = 0; ok && i < folders.len; i++) {
        ok = add_grant(&folders.ptr[i]);
        wasip2_string_free(&folders.ptr[i].f1);
    }
    if (folders.len) {
        free(folders.ptr);
    }
    if (!ok) {
        _Exit(EX_SOFTWARE);
    }
}

void __wasilibc_reset_preopens(void)
{
    for (size_t i = 0; i < grant_count; i++) {
        free(grants[i].name);
    }
    free(grants);
    grants = NULL;
    grant_count = 0;
    populated = false;
    descriptor_table_clear();
}

const char *grant_name(size_t index)
{
    return index < grant_count ? grants[index].name : NULL;
}

bool is_grant(int fd)
{
    for (size_t i = 0; i < grant_count; i++) {
        if (grants[i].fd == fd) {
            return true;
        }
    }
    return false;
}

// --- Paths into them

// Whether a path below `in` leads to files that are part of the program: it is in a folder of theirs, and the host has none of
// that name there.
static bool is_builtin(const names *path, const grant *in)
{
    builtin_folder *folder = builtin ? builtin->folders : NULL;
    for (; folder && folder->path; folder++) {
        size_t length = strlen(folder->path);
        if (length > in->length && path->length >= length && memcmp(path->text, folder->path, length) == 0
            && (path->text[length] == 0 || path->text[length] == '/')) {
            break;
        }
    }
    if (!folder || !folder->path) {
        return false;
    }
    if (!folder->asked) {
        int before = errno;
        struct stat status;
        const char *rest = folder->path + in->length;
        folder->hidden = __wasilibc_nocwd_fstatat(in->fd, rest + strspn(rest, "/"), &status, 0) == 0;
        folder->asked = true;
        errno = before;
    }
    return !folder->hidden;
}

// Splits an absolute path. Both texts live until the next call.
int __wasilibc_find_abspath(const char *path, const char **prefix, const char **relative)
{
    static names resolved;
    __wasilibc_populate_preopens();
    bool folder = *path && path[strlen(path) - 1] == '/';
    resolved.length = 0;
    if (!append(&resolved, path)) {
        return -1;
    }
    // A slash behind a name says that it is one of a folder, which the host is to see.
    if (folder && resolved.length > 0) {
        resolved.text[resolved.length++] = '/';
    }
    resolved.text[resolved.length] = 0;
    const grant *in = grant_of(resolved.text, resolved.length);
    // Devices are ours, wherever they would lie.
    if (!in || above_is_device(resolved.text) || is_builtin(&resolved, in)) {
        *prefix = "";
        *relative = resolved.text;
        return NO_GRANT;
    }
    const char *rest = resolved.text + in->length;
    rest += strspn(rest, "/");
    *prefix = in->name;
    *relative = *rest ? rest : ".";
    return in->fd;
}

// Splits any path. `relative` gets a copy, `capacity` bytes long, which is made larger if it may be.
int __wasilibc_find_relpath_alloc(const char *path, const char **prefix, char **relative, size_t *capacity, int can_realloc)
{
    static names absolute;
    if (!*path) {
        errno = ENOENT;
        return -1;
    }
    const char *rest;
    const bool is_long = strlen(path) >= PATH_MAX;
    if (!is_long && *path != '/') {
        size_t current = strlen(__wasilibc_cwd), length = strlen(path);
        absolute.length = 0;
        if (!reserve(&absolute, current + 1 + length + 1)) {
            return -1;
        }
        memcpy(absolute.text, __wasilibc_cwd, current);
        absolute.text[current] = '/';
        memcpy(absolute.text + current + 1, path, length + 1);
        path = absolute.text;
    }
    // libc makes ENOENT of any failure here: what is too long is a path that no host has, and above.c says why not.
    int fd = NO_GRANT;
    if (is_long) {
        *prefix = "";
        rest = path + strspn(path, "/");
    } else {
        fd = __wasilibc_find_abspath(path, prefix, &rest);
    }
    if (fd == -1) {
        return -1;
    }
    size_t needed = strlen(rest) + 1;
    if (*capacity < needed) {
        char *larger = can_realloc ? realloc(*relative, needed) : NULL;
        if (!larger) {
            errno = can_realloc ? ENOMEM : ERANGE;
            return -1;
        }
        *relative = larger;
        *capacity = needed;
    }
    memcpy(*relative, rest, needed);
    return fd;
}

int __wasilibc_find_relpath(const char *path, const char **prefix, char **relative, size_t capacity)
{
    return __wasilibc_find_relpath_alloc(path, prefix, relative, &capacity, 0);
}

// --- The current folder

// Takes `..` out of an absolute name of a folder that exists, where what is before it is no link.
static bool without_parents(names *path, const char *name)
{
    size_t length;
    if (!reserve(path, strlen(name) + 2)) {
        return false;
    }
    path->length = 0;
    for (const char *part; (part = next_name(&name, &length));) {
        if (!is_parent(part, length)) {
            push(path, part, length);
            continue;
        }
        struct stat status;
        char *copy = malloc(path->length + 2);
        if (!copy) {
            errno = ENOMEM;
            return false;
        }
        copy[0] = '/';
        memcpy(copy + 1, path->text, path->length);
        copy[path->length + 1] = 0;
        bool is_link = lstat(copy, &status) < 0 || S_ISLNK(status.st_mode);
        free(copy);
        if (is_link) {
            push(path, part, length);
        } else {
            pop(path);
        }
    }
    return true;
}

int chdir(const char *path)
{
    static char *relative;
    static size_t capacity;
    const char *prefix;
    int fd = __wasilibc_find_relpath_alloc(path, &prefix, &relative, &capacity, 1);
    struct stat status;
    if (fd == -1 || __wasilibc_nocwd_fstatat(fd, relative, &status, 0) < 0) {
        return -1;
    }
    if (!S_ISDIR(status.st_mode)) {
        errno = ENOTDIR;
        return -1;
    }
    names folder = {0}, tidy = {0};
    if (!reserve(&folder, strlen(prefix) + strlen(relative) + 2)) {
        return -1;
    }
    size_t length = strlen(prefix);
    memcpy(folder.text, prefix, length);
    folder.text[length] = '/';
    strcpy(folder.text + length + 1, relative);
    bool ok = without_parents(&tidy, folder.text);
    char *text = ok ? malloc(tidy.length + 2) : NULL;
    if (text) {
        text[0] = '/';
        memcpy(text + 1, tidy.text, tidy.length);
        text[tidy.length + 1] = 0;
        __wasilibc_cwd = text;
        free(current_folder);
        current_folder = text;
    } else {
        errno = ENOMEM;
    }
    free(folder.text);
    free(tidy.text);
    return text ? 0 : -1;
}

// The current folder is a path: that by which the descriptor was opened, if it still leads there.
int fchdir(int fd)
{
    const descriptor_table_entry_t *entry = descriptor_table_get_ref(fd);
    struct stat opened, there;
    if (!entry || fstat(fd, &opened) < 0) {
        return -1;
    }
    if (!S_ISDIR(opened.st_mode)) {
        errno = ENOTDIR;
        return -1;
    }
    const char *above = above_folder(entry), *path = above ? above : file_path(fd);
    char absolute[PATH_MAX];
    if (snprintf(absolute, sizeof absolute, "/%s", path ? path : "") >= (int)sizeof absolute) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (stat(absolute, &there) < 0) {
        return -1;
    }
    if (there.st_ino != opened.st_ino) {
        errno = ENOENT;
        return -1;
    }
    return chdir(absolute);
}
