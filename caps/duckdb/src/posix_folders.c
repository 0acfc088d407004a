/* Names of files and folders, and what is known of them without opening. */
#include "posix.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* What realpath() is told that its caller has room for. */
enum { NAME_ROOM = 4096 };

static int
ended(bool done, posix_fault_t fault)
{
    return done ? 0 : posix_failed(fault);
}

int
stat(const char *restrict name, struct stat *restrict status)
{
    static const mode_t modes[] = {
        [PYLON_LEND_FOLDERS_ENTRY_KIND_FILE] = S_IFREG | 0644,
        [PYLON_LEND_FOLDERS_ENTRY_KIND_FOLDER] = S_IFDIR | 0755,
        [PYLON_LEND_FOLDERS_ENTRY_KIND_OTHER] = S_IFCHR | 0644,
    };
    duckdb_cap_list_u8_t path = posix_name(name);
    pylon_lend_folders_metadata_t found;
    posix_fault_t fault;

    if (!pylon_lend_folders_status(&path, &found, &fault))
        return posix_failed(fault);
    memset(status, 0, sizeof *status);
    status->st_mode = found.kind < sizeof modes / sizeof *modes ? modes[found.kind] : S_IFCHR;
    status->st_size = (off_t)found.size;
    status->st_mtim.tv_sec = (time_t)(found.modified / 1000000000);
    status->st_mtim.tv_nsec = (long)(found.modified % 1000000000);
    status->st_dev = found.device;
    status->st_ino = found.number;
    status->st_nlink = 1;
    return 0;
}

int
lstat(const char *restrict name, struct stat *restrict status)
{
    return stat(name, status);
}

int
access(const char *name, int how)
{
    struct stat status;

    (void)how;
    return stat(name, &status);
}

int
unlink(const char *name)
{
    duckdb_cap_list_u8_t path = posix_name(name);
    posix_fault_t fault;
    bool done = pylon_lend_files_remove(&path, &fault);

    return ended(done, fault);
}

int
rmdir(const char *name)
{
    duckdb_cap_list_u8_t path = posix_name(name);
    posix_fault_t fault;
    bool done = pylon_lend_folders_remove_folder(&path, &fault);

    return ended(done, fault);
}

int
remove(const char *name)
{
    struct stat status;

    return stat(name, &status) == 0 && S_ISDIR(status.st_mode) ? rmdir(name) : unlink(name);
}

int
mkdir(const char *name, mode_t mode)
{
    duckdb_cap_list_u8_t path = posix_name(name);
    posix_fault_t fault;
    bool done = pylon_lend_folders_make(&path, &fault);

    (void)mode;
    return ended(done, fault);
}

int
rename(const char *from, const char *to)
{
    duckdb_cap_list_u8_t path = posix_name(from), target = posix_name(to);
    posix_fault_t fault;
    bool done = pylon_lend_folders_rename(&path, &target, &fault);

    return ended(done, fault);
}

/* A folder that is read: all names are there from the start. */
struct _DIR {
    duckdb_cap_list_list_u8_t names;
    size_t next;
    struct dirent *entry; /* the one that was returned last */
};

DIR *
opendir(const char *name)
{
    DIR *self = calloc(1, sizeof *self);
    duckdb_cap_list_u8_t path = posix_name(name);
    posix_fault_t fault;

    if (self == NULL)
        errno = ENOMEM;
    else if (!pylon_lend_folders_names(&path, &self->names, &fault)) {
        posix_failed(fault);
        free(self);
        self = NULL;
    }
    return self;
}

struct dirent *
readdir(DIR *self)
{
    if (self->next == self->names.len)
        return NULL;
    duckdb_cap_list_u8_t name = self->names.ptr[self->next++];
    struct dirent *entry = realloc(self->entry, sizeof *entry + name.len + 1);
    if (entry == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    self->entry = entry;
    bool is_folder = name.len > 0 && name.ptr[name.len - 1] == '/';
    size_t length = name.len - is_folder;
    memset(entry, 0, sizeof *entry);
    entry->d_type = is_folder ? DT_DIR : DT_REG;
    if (length > 0)
        memcpy(entry->d_name, name.ptr, length);
    entry->d_name[length] = '\0';
    return entry;
}

int
closedir(DIR *self)
{
    duckdb_cap_list_list_u8_free(&self->names);
    free(self->entry);
    free(self);
    return 0;
}

/* The name from the root on; from malloc unless `to` has room for it. NULL with errno. */
static char *
full_name(const char *name, char *to, size_t room)
{
    duckdb_cap_list_u8_t path = posix_name(name), full;
    posix_fault_t fault;

    if (!pylon_lend_files_full_path(&path, &full, &fault)) {
        posix_failed(fault);
        return NULL;
    }
    char *result = to != NULL ? to : malloc(full.len + 1);
    if (result == NULL)
        errno = ENOMEM;
    else if (to != NULL && full.len >= room) {
        errno = ERANGE;
        result = NULL;
    } else {
        if (full.len > 0)
            memcpy(result, full.ptr, full.len);
        result[full.len] = '\0';
    }
    duckdb_cap_list_u8_free(&full);
    return result;
}

char *
realpath(const char *restrict name, char *restrict to)
{
    struct stat status;

    return stat(name, &status) != 0 ? NULL : full_name(name, to, NAME_ROOM);
}

char *
getcwd(char *to, size_t room)
{
    char *name = full_name(".", to, room);
    size_t length = name == NULL ? 0 : strlen(name);

    if (length > 2 && strcmp(name + length - 2, "/.") == 0)
        name[length - 2] = '\0';
    return name;
}

/* Links are followed by the consumer: whatever has a name here is none. */
ssize_t
readlink(const char *restrict name, char *restrict to, size_t room)
{
    (void)name;
    (void)to;
    (void)room;
    errno = EINVAL;
    return -1;
}

/* How much room a disk has is not known. */
int
statvfs(const char *restrict name, struct statvfs *restrict status)
{
    (void)name;
    (void)status;
    errno = ENOSYS;
    return -1;
}
