// What is told of the file system that something is in, by the linker's --wrap: libc looks at no name. WASI tells nothing of its size: zero, which is what
// Linux says of what a file system does not know.
#include "descriptors.h"
#include "places.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { BLOCK = 4096 };

int __wrap_statvfs(const char *restrict path, struct statvfs *restrict to);
int __wrap_fstatvfs(int fd, struct statvfs *to);
long __real_fpathconf(int fd, int name);
long __wrap_fpathconf(int fd, int name);
long __wrap_pathconf(const char *path, int name);
int __wasilibc_find_relpath_alloc(const char *path, const char **prefix, char **relative, size_t *capacity, int can_realloc);

static int tell(struct statvfs *to, bool writable)
{
    *to = (struct statvfs){
        .f_bsize = BLOCK,
        .f_frsize = BLOCK,
        .f_namemax = NAME_MAX,
        .f_flag = writable ? 0 : ST_RDONLY,
    };
    return 0;
}

// Whether a granted folder may be changed.
static bool is_writable(int granted)
{
    const descriptor_table_entry_t *entry = descriptor_table_get_ref(granted);
    filesystem_borrow_descriptor_t folder;
    filesystem_descriptor_flags_t flags;
    filesystem_error_code_t code;
    return entry && entry->vtable->get_file && entry->vtable->get_file(entry->data, &folder) == 0
        && filesystem_method_descriptor_get_flags(folder, &flags, &code) && (flags & FILESYSTEM_DESCRIPTOR_FLAGS_MUTATE_DIRECTORY);
}

int __wrap_statvfs(const char *restrict path, struct statvfs *restrict to)
{
    struct stat status;
    if (stat(path, &status) < 0) {
        return -1;
    }
    const char *prefix;
    char *relative = NULL;
    size_t capacity = 0;
    int granted = __wasilibc_find_relpath_alloc(path, &prefix, &relative, &capacity, 1);
    free(relative);
    return granted == -1 ? -1 : tell(to, granted != NO_GRANT && is_writable(granted));
}

// Of what is open it is not told which grant it came by.
int __wrap_fstatvfs(int fd, struct statvfs *to)
{
    const descriptor_table_entry_t *entry = descriptor_table_get_ref(fd);
    return entry ? tell(to, entry->vtable->get_file != NULL) : -1;
}

long __wrap_fpathconf(int fd, int name)
{
    return descriptor_table_get_ref(fd) ? __real_fpathconf(fd, name) : -1;
}

long __wrap_pathconf(const char *path, int name)
{
    struct stat status;
    return stat(path, &status) < 0 ? -1 : __real_fpathconf(-1, name);
}
