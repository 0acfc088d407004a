// Static link: what resources_import.h declares, as plain calls of what resources_cap.h declares, and the helpers of
// all of them. A handle is the pointer to the resource's representation. Callees own their arguments, so they get
// copies; results are handed over. Not for link-time optimisation: only that the calls cannot be seen through makes one
// side's struct readable as the other's.
#include "resources_import.h"
#include "resources_cap.h"
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(void *) == 4, "a handle holds a pointer");
_Static_assert(sizeof(golden_resources_folders_entry_t) == sizeof(exports_golden_resources_folders_entry_t), "entry");

void *cabi_realloc(void *ptr, size_t old_size, size_t align, size_t new_size);

__attribute__((weak)) void *
cabi_realloc(void *ptr, size_t old_size, size_t align, size_t new_size)
{
    (void)old_size;
    if (new_size == 0)
        return (void *)align;
    void *memory = realloc(ptr, new_size);
    if (memory == NULL)
        abort();
    return memory;
}

// Memory like that of an argument which crossed a component's boundary.
static void *
copy_memory(const void *from, size_t size, size_t alignment)
{
    void *to = cabi_realloc(NULL, 0, alignment, size);

    if (size > 0)
        memcpy(to, from, size);
    return to;
}

static void
copy_resources_cap_string(resources_cap_string_t *to, const resources_import_string_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len, 1);
    to->len = from->len;
}

static void
copy_golden_resources_files_list_own_file(exports_golden_resources_files_list_own_file_t *to,
                                          const golden_resources_files_list_own_file_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len * sizeof *to->ptr, _Alignof(exports_golden_resources_files_own_file_t));
    to->len = from->len;
}

static void
copy_golden_resources_files_list_borrow_file(exports_golden_resources_files_list_borrow_file_t *to,
                                             const golden_resources_files_list_borrow_file_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len * sizeof *to->ptr,
                          _Alignof(exports_golden_resources_files_borrow_file_t));
    to->len = from->len;
}

// files.file(name: string) -> file
golden_resources_files_own_file_t
golden_resources_files_constructor_file(resources_import_string_t *name)
{
    resources_cap_string_t copied_name;

    copy_resources_cap_string(&copied_name, name);
    return (golden_resources_files_own_file_t){exports_golden_resources_files_constructor_file(&copied_name).__handle};
}

// files.file.read(self: borrow<file>, length: u32) -> list<u8>
void
golden_resources_files_method_file_read(golden_resources_files_borrow_file_t self, uint32_t length,
                                        resources_import_list_u8_t *ret)
{
    exports_golden_resources_files_method_file_read(
        (exports_golden_resources_files_borrow_file_t)(intptr_t)self.__handle, length, (void *)ret);
}

// files.file.same(self: borrow<file>, other: borrow<file>) -> bool
bool
golden_resources_files_method_file_same(golden_resources_files_borrow_file_t self,
                                        golden_resources_files_borrow_file_t other)
{
    return exports_golden_resources_files_method_file_same(
        (exports_golden_resources_files_borrow_file_t)(intptr_t)self.__handle,
        (exports_golden_resources_files_borrow_file_t)(intptr_t)other.__handle);
}

// files.file.open(name: string) -> result<file, string>
bool
golden_resources_files_static_file_open(resources_import_string_t *name, golden_resources_files_own_file_t *ret,
                                        resources_import_string_t *err)
{
    resources_cap_string_t copied_name;

    copy_resources_cap_string(&copied_name, name);
    return exports_golden_resources_files_static_file_open(&copied_name, (void *)ret, (void *)err);
}

// files.close-all(files: list<file>)
void
golden_resources_files_close_all(golden_resources_files_list_own_file_t *files)
{
    exports_golden_resources_files_list_own_file_t copied_files;

    copy_golden_resources_files_list_own_file(&copied_files, files);
    exports_golden_resources_files_close_all(&copied_files);
}

// files.newest(files: list<borrow<file>>) -> option<u32>
bool
golden_resources_files_newest(golden_resources_files_list_borrow_file_t *files, uint32_t *ret)
{
    exports_golden_resources_files_list_borrow_file_t copied_files;

    copy_golden_resources_files_list_borrow_file(&copied_files, files);
    return exports_golden_resources_files_newest(&copied_files, (void *)ret);
}

void
golden_resources_files_file_drop_own(golden_resources_files_own_file_t handle)
{
    exports_golden_resources_files_file_destructor((exports_golden_resources_files_file_t *)(intptr_t)handle.__handle);
}

void
golden_resources_files_file_drop_borrow(golden_resources_files_borrow_file_t handle)
{
    (void)handle; // a borrow is the own handle under another type
}

golden_resources_files_borrow_file_t
golden_resources_files_borrow_file(golden_resources_files_own_file_t handle)
{
    return (golden_resources_files_borrow_file_t){handle.__handle};
}

// folders.first() -> entry
void
golden_resources_folders_first(golden_resources_folders_entry_t *ret)
{
    exports_golden_resources_folders_first((void *)ret);
}

// folders.put(file: file) -> option<file>
bool
golden_resources_folders_put(golden_resources_folders_own_file_t file, golden_resources_folders_own_file_t *ret)
{
    return exports_golden_resources_folders_put((exports_golden_resources_folders_own_file_t){file.__handle},
                                                (void *)ret);
}

exports_golden_resources_files_own_file_t
exports_golden_resources_files_file_new(exports_golden_resources_files_file_t *rep)
{
    return (exports_golden_resources_files_own_file_t){(int32_t)(intptr_t)rep};
}

exports_golden_resources_files_file_t *
exports_golden_resources_files_file_rep(exports_golden_resources_files_own_file_t handle)
{
    return (exports_golden_resources_files_file_t *)(intptr_t)handle.__handle;
}

void
exports_golden_resources_files_file_drop_own(exports_golden_resources_files_own_file_t handle)
{
    exports_golden_resources_files_file_destructor(exports_golden_resources_files_file_rep(handle));
}

void
resources_import_string_set(resources_import_string_t *ret, const char *s)
{
    ret->ptr = (uint8_t *)s;
    ret->len = strlen(s);
}

void
resources_import_string_dup(resources_import_string_t *ret, const char *s)
{
    resources_import_string_dup_n(ret, s, strlen(s));
}

void
resources_import_string_dup_n(resources_import_string_t *ret, const char *s, size_t len)
{
    // An empty string has a pointer that is not NULL and not to be freed.
    ret->ptr = cabi_realloc(NULL, 0, 1, len);
    ret->len = len;
    memcpy(ret->ptr, s, len);
}

void
resources_import_string_free(resources_import_string_t *ret)
{
    if (ret->len > 0)
        free(ret->ptr);
    ret->ptr = NULL;
    ret->len = 0;
}

void
resources_import_list_u8_free(resources_import_list_u8_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
golden_resources_files_result_own_file_string_free(golden_resources_files_result_own_file_string_t *ptr)
{
    if (ptr->is_err)
        resources_import_string_free(&ptr->val.err);
}

void
golden_resources_files_list_own_file_free(golden_resources_files_list_own_file_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
golden_resources_files_list_borrow_file_free(golden_resources_files_list_borrow_file_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
resources_import_option_u32_free(resources_import_option_u32_t *ptr)
{
    (void)ptr; // holds nothing
}

void
golden_resources_folders_entry_free(golden_resources_folders_entry_t *ptr)
{
    resources_import_string_free(&ptr->name);
}

void
golden_resources_folders_option_own_file_free(golden_resources_folders_option_own_file_t *ptr)
{
    (void)ptr; // holds nothing
}

void
resources_cap_string_set(resources_cap_string_t *ret, const char *s)
{
    ret->ptr = (uint8_t *)s;
    ret->len = strlen(s);
}

void
resources_cap_string_dup(resources_cap_string_t *ret, const char *s)
{
    resources_cap_string_dup_n(ret, s, strlen(s));
}

void
resources_cap_string_dup_n(resources_cap_string_t *ret, const char *s, size_t len)
{
    // An empty string has a pointer that is not NULL and not to be freed.
    ret->ptr = cabi_realloc(NULL, 0, 1, len);
    ret->len = len;
    memcpy(ret->ptr, s, len);
}

void
resources_cap_string_free(resources_cap_string_t *ret)
{
    if (ret->len > 0)
        free(ret->ptr);
    ret->ptr = NULL;
    ret->len = 0;
}

void
resources_cap_list_u8_free(resources_cap_list_u8_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
exports_golden_resources_files_result_own_file_string_free(exports_golden_resources_files_result_own_file_string_t *ptr)
{
    if (ptr->is_err)
        resources_cap_string_free(&ptr->val.err);
}

void
exports_golden_resources_files_list_own_file_free(exports_golden_resources_files_list_own_file_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
exports_golden_resources_files_list_borrow_file_free(exports_golden_resources_files_list_borrow_file_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
resources_cap_option_u32_free(resources_cap_option_u32_t *ptr)
{
    (void)ptr; // holds nothing
}

void
exports_golden_resources_folders_entry_free(exports_golden_resources_folders_entry_t *ptr)
{
    resources_cap_string_free(&ptr->name);
}

void
exports_golden_resources_folders_option_own_file_free(exports_golden_resources_folders_option_own_file_t *ptr)
{
    (void)ptr; // holds nothing
}
