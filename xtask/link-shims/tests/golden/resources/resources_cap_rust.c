// What resources_cap.h declares for a cap to define, as calls of its implementation in Rust, whose functions are those
// of the canonical ABI. They own their arguments, and what they return is the caller's: both sides have one malloc().
#include "resources_cap.h"
#include <string.h>

_Static_assert(sizeof(void *) == 4, "an address is an i32");
void *cabi_realloc(void *memory, size_t old_size, size_t alignment, size_t size);

int32_t rust_files_constructor_file(int32_t, int32_t)
    __asm__("rust:golden:resources/files@0.1.0#[constructor]file");

// files.file(name: string) -> file
exports_golden_resources_files_own_file_t
exports_golden_resources_files_constructor_file(resources_cap_string_t *name)
{
    return (exports_golden_resources_files_own_file_t){rust_files_constructor_file((int32_t)(intptr_t)name->ptr, (int32_t)name->len)};
}

const void *rust_files_method_file_read(int32_t, int32_t)
    __asm__("rust:golden:resources/files@0.1.0#[method]file.read");

// files.file.read(self: borrow<file>, length: u32) -> list<u8>
void
exports_golden_resources_files_method_file_read(exports_golden_resources_files_borrow_file_t self, uint32_t length,
                                                resources_cap_list_u8_t *ret)
{
    memcpy(ret, rust_files_method_file_read((int32_t)(intptr_t)self, (int32_t)length), sizeof *ret);
}

int32_t rust_files_method_file_same(int32_t, int32_t)
    __asm__("rust:golden:resources/files@0.1.0#[method]file.same");

// files.file.same(self: borrow<file>, other: borrow<file>) -> bool
bool
exports_golden_resources_files_method_file_same(exports_golden_resources_files_borrow_file_t self,
                                                exports_golden_resources_files_borrow_file_t other)
{
    return (bool)rust_files_method_file_same((int32_t)(intptr_t)self, (int32_t)(intptr_t)other);
}

const void *rust_files_static_file_open(int32_t, int32_t)
    __asm__("rust:golden:resources/files@0.1.0#[static]file.open");

// files.file.open(name: string) -> result<file, string>
bool
exports_golden_resources_files_static_file_open(resources_cap_string_t *name,
                                                exports_golden_resources_files_own_file_t *ret,
                                                resources_cap_string_t *err)
{
    struct {
        bool is_err;
        union {
            exports_golden_resources_files_own_file_t ok;
            resources_cap_string_t err;
        } val;
    } result;
    memcpy(&result, rust_files_static_file_open((int32_t)(intptr_t)name->ptr, (int32_t)name->len), sizeof result);
    if (!result.is_err)
        *ret = result.val.ok;
    if (result.is_err)
        *err = result.val.err;
    return !result.is_err;
}

void rust_files_close_all(int32_t, int32_t)
    __asm__("rust:golden:resources/files@0.1.0#close-all");

// files.close-all(files: list<file>)
void
exports_golden_resources_files_close_all(exports_golden_resources_files_list_own_file_t *files)
{
    rust_files_close_all((int32_t)(intptr_t)files->ptr, (int32_t)files->len);
}

const void *rust_files_newest(int32_t, int32_t)
    __asm__("rust:golden:resources/files@0.1.0#newest");

// files.newest(files: list<borrow<file>>) -> option<u32>
bool
exports_golden_resources_files_newest(exports_golden_resources_files_list_borrow_file_t *files, uint32_t *ret)
{
    struct {
        bool is_some;
        uint32_t val;
    } result;
    memcpy(&result, rust_files_newest((int32_t)(intptr_t)files->ptr, (int32_t)files->len), sizeof result);
    if (result.is_some)
        *ret = result.val;
    return result.is_some;
}

void rust_files_file_destructor(exports_golden_resources_files_file_t *rep)
    __asm__("rust:golden:resources/files@0.1.0#[dtor]file");

void
exports_golden_resources_files_file_destructor(exports_golden_resources_files_file_t *rep)
{
    rust_files_file_destructor(rep);
}

const void *rust_folders_first(void)
    __asm__("rust:golden:resources/folders@0.1.0#first");

// folders.first() -> entry
void
exports_golden_resources_folders_first(exports_golden_resources_folders_entry_t *ret)
{
    memcpy(ret, rust_folders_first(), sizeof *ret);
}

const void *rust_folders_put(int32_t)
    __asm__("rust:golden:resources/folders@0.1.0#put");

// folders.put(file: file) -> option<file>
bool
exports_golden_resources_folders_put(exports_golden_resources_folders_own_file_t file,
                                     exports_golden_resources_folders_own_file_t *ret)
{
    struct {
        bool is_some;
        exports_golden_resources_folders_own_file_t val;
    } result;
    memcpy(&result, rust_folders_put(file.__handle), sizeof result);
    if (result.is_some)
        *ret = result.val;
    return result.is_some;
}
