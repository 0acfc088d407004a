/* pylon:lend/files in memory: files_native.h. One connection at a time: claims are granted. */
#include "files_native.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite_cap.h"

typedef pylon_lend_files_fault_t fault_t;
typedef pylon_lend_files_borrow_file_t file_t;
typedef sqlite_cap_list_u8_t bytes_t;

enum { FILES = 4, HANDLES = 64 };

static struct file {
    char name[64];
    bool exists;
    uint8_t *data;
    size_t size;
} files[FILES];

static struct file *handles[HANDLES];

unsigned files_operations;
static unsigned fails_at;
static bool fails_on;
static unsigned writes, full_at;

void
files_begin(unsigned failing, bool for_good)
{
    files_operations = 0;
    full_at = 0;
    fails_at = failing;
    fails_on = for_good;
}

void
files_fill(unsigned write)
{
    writes = 0;
    full_at = write;
}

void
files_crash(void)
{
    memset(handles, 0, sizeof handles);
}

void
files_clear(void)
{
    for (int i = 0; i < FILES; i++)
        free(files[i].data);
    memset(files, 0, sizeof files);
}

static bool
fails(fault_t *err)
{
    files_operations++;
    *err = PYLON_LEND_FILES_FAULT_IO;
    return fails_at > 0 && (files_operations == fails_at || (fails_on && files_operations > fails_at));
}

static struct file *
find(const bytes_t *path)
{
    for (int i = 0; i < FILES; i++) {
        if (files[i].exists && strlen(files[i].name) == path->len && memcmp(files[i].name, path->ptr, path->len) == 0)
            return &files[i];
    }
    return NULL;
}

bool
pylon_lend_files_open(bytes_t *path, pylon_lend_files_open_flags_t how, pylon_lend_files_opened_t *ret, fault_t *err)
{
    struct file *file = find(path);
    int handle = 1;

    if (fails(err))
        return false;
    *err = PYLON_LEND_FILES_FAULT_NO_ENTRY;
    if (file == NULL && !(how & PYLON_LEND_FILES_OPEN_FLAGS_CREATE))
        return false;
    for (int i = 0; file == NULL; i++) {
        assert(i < FILES && path->len < sizeof files[i].name);
        if (files[i].exists)
            continue;
        file = &files[i];
        free(file->data);
        *file = (struct file){.exists = true};
        memcpy(file->name, path->ptr, path->len);
    }
    while (handles[handle] != NULL)
        handle++;
    assert(handle < HANDLES);
    handles[handle] = file;
    *ret = (pylon_lend_files_opened_t){{handle}, true};
    return true;
}

void
pylon_lend_files_file_drop_own(pylon_lend_files_own_file_t handle)
{
    handles[handle.__handle] = NULL;
}

file_t
pylon_lend_files_borrow_file(pylon_lend_files_own_file_t handle)
{
    return (file_t){handle.__handle};
}

bool
pylon_lend_files_method_file_read_at(file_t self, uint64_t offset, uint32_t length, bytes_t *ret, fault_t *err)
{
    struct file *file = handles[self.__handle];

    if (fails(err))
        return false;
    size_t left = offset < file->size ? file->size - offset : 0;
    ret->len = left < length ? left : length;
    ret->ptr = ret->len == 0 ? NULL : malloc(ret->len);
    if (ret->len > 0)
        memcpy(ret->ptr, file->data + offset, ret->len);
    return true;
}

static void
resize(struct file *file, size_t size)
{
    file->data = realloc(file->data, size + 1);
    if (size > file->size)
        memset(file->data + file->size, 0, size - file->size);
    file->size = size;
}

bool
pylon_lend_files_method_file_write_at(file_t self, uint64_t offset, bytes_t *data, fault_t *err)
{
    struct file *file = handles[self.__handle];
    bool failed = fails(err), is_full = full_at > 0 && ++writes >= full_at;
    size_t length = failed || is_full ? data->len / 2 : data->len;

    if (offset + length > file->size)
        resize(file, offset + length);
    memcpy(file->data + offset, data->ptr, length);
    if (is_full)
        *err = PYLON_LEND_FILES_FAULT_NO_SPACE;
    return !failed && !is_full;
}

bool
pylon_lend_files_method_file_truncate(file_t self, uint64_t size, fault_t *err)
{
    if (fails(err))
        return false;
    resize(handles[self.__handle], size);
    return true;
}

bool
pylon_lend_files_method_file_sync(file_t self, fault_t *err)
{
    (void)self;
    return !fails(err);
}

bool
pylon_lend_files_method_file_size(file_t self, uint64_t *ret, fault_t *err)
{
    if (fails(err))
        return false;
    *ret = handles[self.__handle]->size;
    return true;
}

bool
pylon_lend_files_method_file_raise(file_t self, pylon_lend_files_claim_t to, bool *ret, fault_t *err)
{
    (void)self;
    (void)to;
    *ret = true;
    return !fails(err);
}

bool
pylon_lend_files_method_file_lower(file_t self, pylon_lend_files_claim_t to, fault_t *err)
{
    (void)self;
    (void)to;
    return !fails(err);
}

bool
pylon_lend_files_method_file_is_reserved(file_t self, bool *ret, fault_t *err)
{
    (void)self;
    *ret = false;
    return !fails(err);
}

bool
pylon_lend_files_remove(bytes_t *path, fault_t *err)
{
    struct file *file = find(path);

    if (fails(err))
        return false;
    *err = PYLON_LEND_FILES_FAULT_NO_ENTRY;
    if (file != NULL)
        file->exists = false;
    return file != NULL;
}

bool
pylon_lend_files_exists(bytes_t *path, bool *ret, fault_t *err)
{
    struct file *file = find(path);

    *ret = file != NULL && file->size > 0;
    return !fails(err);
}

bool
pylon_lend_files_full_path(bytes_t *path, bytes_t *ret, fault_t *err)
{
    if (fails(err))
        return false;
    *ret = (bytes_t){malloc(path->len), path->len};
    memcpy(ret->ptr, path->ptr, path->len);
    return true;
}

bool
pylon_lend_files_now(uint64_t *ret, fault_t *err)
{
    (void)err;
    *ret = 0;
    return true;
}

bool
pylon_lend_files_random(uint32_t length, bytes_t *ret, fault_t *err)
{
    (void)err;
    *ret = (bytes_t){calloc(1, length), length};
    return true;
}

bool
pylon_lend_files_sleep(uint64_t nanoseconds, fault_t *err)
{
    (void)nanoseconds;
    (void)err;
    return true;
}

