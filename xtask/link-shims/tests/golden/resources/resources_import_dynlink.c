// Link shim for dynlink: what resources_import.h declares, as calls of a provider. A call that fails leaves an error
// pending (link_failed()) and returns zeros. Arguments stay the caller's; results are the caller's, from malloc.
#include "resources_import.h"
#include <stdlib.h>
#include <string.h>
#include "link.h"

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

static const char *const provider_cap_interfaces[] = {"golden:resources/files@0.1.0", "golden:resources/folders@0.1.0",
                                                      NULL};
static struct link_provider provider_cap = {.id = "cap", .interfaces = provider_cap_interfaces};

// Resolves what this world imports. Idempotent. False: the caller frees the error.
bool resources_import_open(struct link_error *error);

bool
resources_import_open(struct link_error *error)
{
    return link_open(&provider_cap, error);
}

// result<file, string>
static bool
decode_files_result_own_file_string(struct link_call *call, golden_resources_files_result_own_file_string_t *value)
{
    static const bool has_payload[] = {true, true};
    uint32_t index = 0;

    if (!cbor_read_variant(&call->reply, 2, has_payload, &index))
        return false;
    value->is_err = index == 1;
    memset(&value->val, 0, sizeof value->val);
    switch (index) {
    case 0:
        return link_read_own(call, &value->val.ok.__handle) || cbor_in_field(&call->reply, "ok");
    case 1:
        return cbor_read_text(&call->reply, &value->val.err.ptr, &value->val.err.len) ||
               cbor_in_field(&call->reply, "err");
    default:
        return true;
    }
}

// list<file>
static void
encode_files_list_own_file(struct link_call *call, const golden_resources_files_list_own_file_t *value)
{
    cbor_write_array(&call->arguments, value->len);
    for (size_t i = 0; i < value->len; i++)
        link_write_own(call, value->ptr[i].__handle);
}

// list<borrow<file>>
static void
encode_files_list_borrow_file(struct link_call *call, const golden_resources_files_list_borrow_file_t *value)
{
    cbor_write_array(&call->arguments, value->len);
    for (size_t i = 0; i < value->len; i++)
        link_write_borrow(call, value->ptr[i].__handle);
}

// option<u32>
static bool
decode_option_u32(struct cbor_reader *reader, resources_import_option_u32_t *value)
{
    bool is_some = false;

    if (!cbor_read_option(reader, &is_some))
        return false;
    value->is_some = is_some;
    return !is_some || cbor_read_u32(reader, &value->val);
}

// entry
static bool
decode_folders_entry(struct link_call *call, golden_resources_folders_entry_t *value)
{
    return cbor_read_tuple(&call->reply, 2) &&
           (cbor_read_text(&call->reply, &value->name.ptr, &value->name.len) || cbor_in_field(&call->reply, "name")) &&
           (link_read_own(call, &value->file.__handle) || cbor_in_field(&call->reply, "file"));
}

// option<file>
static bool
decode_folders_option_own_file(struct link_call *call, golden_resources_folders_option_own_file_t *value)
{
    bool is_some = false;

    if (!cbor_read_option(&call->reply, &is_some))
        return false;
    value->is_some = is_some;
    return !is_some || link_read_own(call, &value->val.__handle);
}

// files.file(name: string) -> file
golden_resources_files_own_file_t
golden_resources_files_constructor_file(resources_import_string_t *name)
{
    struct link_call call;
    golden_resources_files_own_file_t result = {0};

    link_begin(&call, &provider_cap, LINK_METHOD("files.file"), 1);
    cbor_write_text(&call.arguments, name->ptr, name->len);
    if (link_send(&call))
        link_read_own(&call, &result.__handle);
    if (!link_end(&call)) {
        result.__handle = 0;
    }
    return result;
}

// files.file.read(self: borrow<file>, length: u32) -> list<u8>
void
golden_resources_files_method_file_read(golden_resources_files_borrow_file_t self, uint32_t length,
                                        resources_import_list_u8_t *ret)
{
    struct link_call call;

    memset(ret, 0, sizeof *ret);
    link_begin(&call, &provider_cap, LINK_METHOD("files.file.read"), 2);
    link_write_borrow(&call, self.__handle);
    cbor_write_unsigned(&call.arguments, length);
    if (link_send(&call))
        cbor_read_bytes(&call.reply, &ret->ptr, &ret->len);
    if (!link_end(&call)) {
        resources_import_list_u8_free(ret);
        memset(ret, 0, sizeof *ret);
    }
}

// files.file.same(self: borrow<file>, other: borrow<file>) -> bool
bool
golden_resources_files_method_file_same(golden_resources_files_borrow_file_t self,
                                        golden_resources_files_borrow_file_t other)
{
    struct link_call call;
    bool result = false;

    link_begin(&call, &provider_cap, LINK_METHOD("files.file.same"), 2);
    link_write_borrow(&call, self.__handle);
    link_write_borrow(&call, other.__handle);
    if (link_send(&call))
        cbor_read_bool(&call.reply, &result);
    if (!link_end(&call)) {
        result = false;
    }
    return result;
}

// files.file.open(name: string) -> result<file, string>
bool
golden_resources_files_static_file_open(resources_import_string_t *name, golden_resources_files_own_file_t *ret,
                                        resources_import_string_t *err)
{
    struct link_call call;
    golden_resources_files_result_own_file_string_t result;

    memset(&result, 0, sizeof result);
    link_begin(&call, &provider_cap, LINK_METHOD("files.file.open"), 1);
    cbor_write_text(&call.arguments, name->ptr, name->len);
    if (link_send(&call))
        decode_files_result_own_file_string(&call, &result);
    if (!link_end(&call)) {
        golden_resources_files_result_own_file_string_free(&result);
        memset(&result, 0, sizeof result);
        result.is_err = true;
    }
    if (result.is_err)
        *err = result.val.err;
    else
        *ret = result.val.ok;
    return !result.is_err;
}

// files.close-all(files: list<file>)
void
golden_resources_files_close_all(golden_resources_files_list_own_file_t *files)
{
    struct link_call call;

    link_begin(&call, &provider_cap, LINK_METHOD("files.close-all"), 1);
    encode_files_list_own_file(&call, files);
    if (link_send(&call))
        cbor_read_null(&call.reply);
    link_end(&call);
}

// files.newest(files: list<borrow<file>>) -> option<u32>
bool
golden_resources_files_newest(golden_resources_files_list_borrow_file_t *files, uint32_t *ret)
{
    struct link_call call;
    resources_import_option_u32_t result;

    memset(&result, 0, sizeof result);
    link_begin(&call, &provider_cap, LINK_METHOD("files.newest"), 1);
    encode_files_list_borrow_file(&call, files);
    if (link_send(&call))
        decode_option_u32(&call.reply, &result);
    if (!link_end(&call)) {
        memset(&result, 0, sizeof result);
    }
    *ret = result.val;
    return result.is_some;
}

void
golden_resources_files_file_drop_own(golden_resources_files_own_file_t handle)
{
    link_drop(&provider_cap, handle.__handle);
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
    struct link_call call;

    memset(ret, 0, sizeof *ret);
    link_begin(&call, &provider_cap, LINK_METHOD("folders.first"), 0);
    if (link_send(&call))
        decode_folders_entry(&call, ret);
    if (!link_end(&call)) {
        golden_resources_folders_entry_free(ret);
        memset(ret, 0, sizeof *ret);
    }
}

// folders.put(file: file) -> option<file>
bool
golden_resources_folders_put(golden_resources_folders_own_file_t file, golden_resources_folders_own_file_t *ret)
{
    struct link_call call;
    golden_resources_folders_option_own_file_t result;

    memset(&result, 0, sizeof result);
    link_begin(&call, &provider_cap, LINK_METHOD("folders.put"), 1);
    link_write_own(&call, file.__handle);
    if (link_send(&call))
        decode_folders_option_own_file(&call, &result);
    if (!link_end(&call)) {
        memset(&result, 0, sizeof result);
    }
    *ret = result.val;
    return result.is_some;
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
