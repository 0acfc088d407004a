// Link shim for dynlink: what resources_cap.h declares, served as methods. A handler decodes all of its arguments
// before it calls; the function then owns them. Results are encoded and freed here.
#include "resources_cap.h"
#include <stdlib.h>
#include <string.h>
#include "endpoint.h"

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

static void
destroy_files_file(void *representation)
{
    exports_golden_resources_files_file_destructor(representation);
}

static const struct endpoint_resource resource_files_file = {"files.file", destroy_files_file};

exports_golden_resources_files_own_file_t
exports_golden_resources_files_file_new(exports_golden_resources_files_file_t *rep)
{
    return (exports_golden_resources_files_own_file_t){endpoint_new(&resource_files_file, rep)};
}

exports_golden_resources_files_file_t *
exports_golden_resources_files_file_rep(exports_golden_resources_files_own_file_t handle)
{
    return endpoint_rep(&resource_files_file, handle.__handle);
}

void
exports_golden_resources_files_file_drop_own(exports_golden_resources_files_own_file_t handle)
{
    endpoint_drop(&resource_files_file, handle.__handle);
}

// borrow<file>
static bool
decode_files_borrow_file(struct endpoint_call *call, exports_golden_resources_files_borrow_file_t *value)
{
    void *representation = NULL;

    if (!endpoint_read_borrow(call, &resource_files_file, &representation))
        return false;
    *value = representation;
    return true;
}

// list<file>
static bool
decode_files_list_own_file(struct endpoint_call *call, exports_golden_resources_files_list_own_file_t *value)
{
    if (!cbor_read_list(&call->arguments, sizeof *value->ptr, &value->ptr, &value->len))
        return false;
    for (size_t i = 0; i < value->len; i++) {
        if (!endpoint_read_own(call, &resource_files_file, &value->ptr[i].__handle))
            return cbor_in_item(&call->arguments, i);
    }
    return true;
}

// list<borrow<file>>
static bool
decode_files_list_borrow_file(struct endpoint_call *call, exports_golden_resources_files_list_borrow_file_t *value)
{
    if (!cbor_read_list(&call->arguments, sizeof *value->ptr, &value->ptr, &value->len))
        return false;
    for (size_t i = 0; i < value->len; i++) {
        if (!decode_files_borrow_file(call, &value->ptr[i]))
            return cbor_in_item(&call->arguments, i);
    }
    return true;
}

// entry
static void
encode_folders_entry(struct endpoint_call *call, const exports_golden_resources_folders_entry_t *value)
{
    cbor_write_array(&call->reply, 2);
    cbor_write_text(&call->reply, value->name.ptr, value->name.len);
    endpoint_write_own(call, &resource_files_file, value->file.__handle);
}

// files.file(name: string) -> file
static bool
handle_files_constructor_file(struct endpoint_call *call)
{
    resources_cap_string_t name = {0};

    if (!(endpoint_begin(call, 1) &&
          (cbor_read_text(&call->arguments, &name.ptr, &name.len) || cbor_in_field(&call->arguments, "name")) &&
          endpoint_accept(call))) {
        resources_cap_string_free(&name);
        return false;
    }
    // The function owns its arguments from here.
    exports_golden_resources_files_own_file_t ret = exports_golden_resources_files_constructor_file(&name);
    endpoint_write_own(call, &resource_files_file, ret.__handle);
    return true;
}

// files.file.read(self: borrow<file>, length: u32) -> list<u8>
static bool
handle_files_method_file_read(struct endpoint_call *call)
{
    exports_golden_resources_files_borrow_file_t self = NULL;
    uint32_t length = 0;
    resources_cap_list_u8_t ret;

    if (!(endpoint_begin(call, 2) &&
          (decode_files_borrow_file(call, &self) || cbor_in_field(&call->arguments, "self")) &&
          (cbor_read_u32(&call->arguments, &length) || cbor_in_field(&call->arguments, "length")) &&
          endpoint_accept(call)))
        return false;
    exports_golden_resources_files_method_file_read(self, length, &ret);
    cbor_write_bytes(&call->reply, ret.ptr, ret.len);
    resources_cap_list_u8_free(&ret);
    return true;
}

// files.file.same(self: borrow<file>, other: borrow<file>) -> bool
static bool
handle_files_method_file_same(struct endpoint_call *call)
{
    exports_golden_resources_files_borrow_file_t self = NULL;
    exports_golden_resources_files_borrow_file_t other = NULL;

    if (!(endpoint_begin(call, 2) &&
          (decode_files_borrow_file(call, &self) || cbor_in_field(&call->arguments, "self")) &&
          (decode_files_borrow_file(call, &other) || cbor_in_field(&call->arguments, "other")) &&
          endpoint_accept(call)))
        return false;
    bool ret = exports_golden_resources_files_method_file_same(self, other);
    cbor_write_bool(&call->reply, ret);
    return true;
}

// files.file.open(name: string) -> result<file, string>
static bool
handle_files_static_file_open(struct endpoint_call *call)
{
    resources_cap_string_t name = {0};
    exports_golden_resources_files_own_file_t ret;
    resources_cap_string_t err;

    if (!(endpoint_begin(call, 1) &&
          (cbor_read_text(&call->arguments, &name.ptr, &name.len) || cbor_in_field(&call->arguments, "name")) &&
          endpoint_accept(call))) {
        resources_cap_string_free(&name);
        return false;
    }
    // The function owns its arguments from here.
    if (exports_golden_resources_files_static_file_open(&name, &ret, &err)) {
        cbor_write_array(&call->reply, 2);
        cbor_write_unsigned(&call->reply, 0);
        endpoint_write_own(call, &resource_files_file, ret.__handle);
    } else {
        cbor_write_array(&call->reply, 2);
        cbor_write_unsigned(&call->reply, 1);
        cbor_write_text(&call->reply, err.ptr, err.len);
        resources_cap_string_free(&err);
    }
    return true;
}

// files.close-all(files: list<file>)
static bool
handle_files_close_all(struct endpoint_call *call)
{
    exports_golden_resources_files_list_own_file_t files = {0};

    if (!(endpoint_begin(call, 1) &&
          (decode_files_list_own_file(call, &files) || cbor_in_field(&call->arguments, "files")) &&
          endpoint_accept(call))) {
        exports_golden_resources_files_list_own_file_free(&files);
        return false;
    }
    // The function owns its arguments from here.
    exports_golden_resources_files_close_all(&files);
    cbor_write_null(&call->reply);
    return true;
}

// files.newest(files: list<borrow<file>>) -> option<u32>
static bool
handle_files_newest(struct endpoint_call *call)
{
    exports_golden_resources_files_list_borrow_file_t files = {0};
    uint32_t ret;

    if (!(endpoint_begin(call, 1) &&
          (decode_files_list_borrow_file(call, &files) || cbor_in_field(&call->arguments, "files")) &&
          endpoint_accept(call))) {
        exports_golden_resources_files_list_borrow_file_free(&files);
        return false;
    }
    // The function owns its arguments from here.
    if (exports_golden_resources_files_newest(&files, &ret)) {
        cbor_write_array(&call->reply, 1);
        cbor_write_unsigned(&call->reply, ret);
    } else {
        cbor_write_array(&call->reply, 0);
    }
    return true;
}

// folders.first() -> entry
static bool
handle_folders_first(struct endpoint_call *call)
{
    exports_golden_resources_folders_entry_t ret;

    if (!(endpoint_begin(call, 0) && endpoint_accept(call)))
        return false;
    exports_golden_resources_folders_first(&ret);
    encode_folders_entry(call, &ret);
    exports_golden_resources_folders_entry_free(&ret);
    return true;
}

// folders.put(file: file) -> option<file>
static bool
handle_folders_put(struct endpoint_call *call)
{
    exports_golden_resources_folders_own_file_t file = {0};
    exports_golden_resources_folders_own_file_t ret;

    if (!(endpoint_begin(call, 1) &&
          (endpoint_read_own(call, &resource_files_file, &file.__handle) || cbor_in_field(&call->arguments, "file")) &&
          endpoint_accept(call)))
        return false;
    if (exports_golden_resources_folders_put(file, &ret)) {
        cbor_write_array(&call->reply, 1);
        endpoint_write_own(call, &resource_files_file, ret.__handle);
    } else {
        cbor_write_array(&call->reply, 0);
    }
    return true;
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

static const char description[] =
    "\244etypes\212"
    "\203hresourcedfile`"
    "\202cown\000"
    "\202dlistbu8"
    "\202fborrow\000"
    "\203fresult\001fstring"
    "\202dlist\001"
    "\202dlist\003"
    "\202foptioncu32"
    "\204frecordeentry`\202\203dnamefstring`\203dfile\001`"
    "\202foption\001"
    "gversion\001icallbacks\200jinterfaces\202"
    "\203x\034golden:resources/files@0.1.0`\206"
    "\206kconstructor`\000`\201\202dnamefstring\001"
    "\206fmethoddread\000`\201\202flengthcu32\002"
    "\206fmethoddsame\000`\201\202eother\003dbool"
    "\206fstaticdopen\000`\201\202dnamefstring\004"
    "\206hfunctioniclose-all\366`\201\202efiles\005\366"
    "\206hfunctionfnewest\366`\201\202efiles\006\007"
    "\203x\036golden:resources/folders@0.1.0`\202"
    "\206hfunctionefirst\366`\200\010"
    "\206hfunctioncput\366`\201\202dfile\001\011";

const struct endpoint_description endpoint_description = {description, sizeof description - 1};

static const char *const interfaces[] = {"golden:resources/files@0.1.0", "golden:resources/folders@0.1.0", NULL};

// Sorted by length, then by bytes.
static const struct endpoint_method methods[] = {
    ENDPOINT_METHOD("files.file", handle_files_constructor_file),
    ENDPOINT_METHOD("folders.put", handle_folders_put),
    ENDPOINT_METHOD("files.newest", handle_files_newest),
    ENDPOINT_METHOD("folders.first", handle_folders_first),
    ENDPOINT_METHOD("files.close-all", handle_files_close_all),
    ENDPOINT_METHOD("files.file.open", handle_files_static_file_open),
    ENDPOINT_METHOD("files.file.read", handle_files_method_file_read),
    ENDPOINT_METHOD("files.file.same", handle_files_method_file_same),
};

const struct endpoint_contract endpoint_contract = {"cap", "0.1.0", interfaces,
                                                    {methods, sizeof methods / sizeof *methods}};
