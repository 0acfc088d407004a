// Link shim for dynlink: what callbacks_import.h declares, as calls of a provider. A call that fails leaves an error
// pending (link_failed()) and returns zeros. Arguments stay the caller's; results are the caller's, from malloc.
// What the header exports is what the provider may ask for. A handler decodes all of its arguments before it calls; the
// function then owns them.
#include "callbacks_import.h"
#include <stdlib.h>
#include <string.h>
#include "endpoint.h"
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

static const char *const provider_cap_interfaces[] = {"golden:callbacks/api@0.1.0", NULL};
static bool answer_provider_cap(void *context, const char *method, size_t method_length, const uint8_t *payload,
                                size_t payload_length, uint8_t **answer, size_t *answer_length,
                                struct link_error *error);
static struct link_provider provider_cap = {.id = "cap", .interfaces = provider_cap_interfaces,
                                            .answerer = answer_provider_cap, .ended = link_reclaim};

// Resolves what this world imports. Idempotent. False: the caller frees the error.
bool callbacks_import_open(struct link_error *error);

bool
callbacks_import_open(struct link_error *error)
{
    return link_open(&provider_cap, error);
}

static void
destroy_exports_golden_callbacks_cb_visitor(void *representation)
{
    exports_golden_callbacks_cb_visitor_destructor(representation);
}

static const struct endpoint_resource resource_exports_golden_callbacks_cb_visitor = {"cb.visitor",
                                                                                      destroy_exports_golden_callbacks_cb_visitor};

exports_golden_callbacks_cb_own_visitor_t
exports_golden_callbacks_cb_visitor_new(exports_golden_callbacks_cb_visitor_t *rep)
{
    return (exports_golden_callbacks_cb_own_visitor_t){endpoint_new(&resource_exports_golden_callbacks_cb_visitor, rep)};
}

exports_golden_callbacks_cb_visitor_t *
exports_golden_callbacks_cb_visitor_rep(exports_golden_callbacks_cb_own_visitor_t handle)
{
    return endpoint_rep(&resource_exports_golden_callbacks_cb_visitor, handle.__handle);
}

void
exports_golden_callbacks_cb_visitor_drop_own(exports_golden_callbacks_cb_own_visitor_t handle)
{
    endpoint_drop(&resource_exports_golden_callbacks_cb_visitor, handle.__handle);
}

// list<string>
static void
encode_list_string(struct cbor_writer *writer, const callbacks_import_list_string_t *value)
{
    cbor_write_array(writer, value->len);
    for (size_t i = 0; i < value->len; i++)
        cbor_write_text(writer, value->ptr[i].ptr, value->ptr[i].len);
}

// row
static void
encode_cb_row(struct cbor_writer *writer, const golden_callbacks_cb_row_t *value)
{
    cbor_write_array(writer, 3);
    cbor_write_unsigned(writer, value->id);
    cbor_write_text(writer, value->name.ptr, value->name.len);
    encode_list_string(writer, &value->tags);
}

// list<row>
static void
encode_api_list_row(struct cbor_writer *writer, const golden_callbacks_api_list_row_t *value)
{
    cbor_write_array(writer, value->len);
    for (size_t i = 0; i < value->len; i++)
        encode_cb_row(writer, &value->ptr[i]);
}

// list<string>
static bool
decode_list_string(struct cbor_reader *reader, callbacks_import_list_string_t *value)
{
    if (!cbor_read_list(reader, sizeof *value->ptr, &value->ptr, &value->len))
        return false;
    for (size_t i = 0; i < value->len; i++) {
        if (!cbor_read_text(reader, &value->ptr[i].ptr, &value->ptr[i].len))
            return cbor_in_item(reader, i);
    }
    return true;
}

// row
static bool
decode_cb_row(struct cbor_reader *reader, golden_callbacks_cb_row_t *value)
{
    return cbor_read_tuple(reader, 3) &&
           (cbor_read_u32(reader, &value->id) || cbor_in_field(reader, "id")) &&
           (cbor_read_text(reader, &value->name.ptr, &value->name.len) || cbor_in_field(reader, "name")) &&
           (decode_list_string(reader, &value->tags) || cbor_in_field(reader, "tags"));
}

// list<row>
static bool
decode_api_list_row(struct cbor_reader *reader, golden_callbacks_api_list_row_t *value)
{
    if (!cbor_read_list(reader, sizeof *value->ptr, &value->ptr, &value->len))
        return false;
    for (size_t i = 0; i < value->len; i++) {
        if (!decode_cb_row(reader, &value->ptr[i]))
            return cbor_in_item(reader, i);
    }
    return true;
}

// result<u32, string>
static bool
decode_cb_result_u32_string(struct cbor_reader *reader, golden_callbacks_cb_result_u32_string_t *value)
{
    static const bool has_payload[] = {true, true};
    uint32_t index = 0;

    if (!cbor_read_variant(reader, 2, has_payload, &index))
        return false;
    value->is_err = index == 1;
    memset(&value->val, 0, sizeof value->val);
    switch (index) {
    case 0:
        return cbor_read_u32(reader, &value->val.ok) || cbor_in_field(reader, "ok");
    case 1:
        return cbor_read_text(reader, &value->val.err.ptr, &value->val.err.len) || cbor_in_field(reader, "err");
    default:
        return true;
    }
}

// option<u32>
static bool
decode_option_u32(struct cbor_reader *reader, callbacks_import_option_u32_t *value)
{
    bool is_some = false;

    if (!cbor_read_option(reader, &is_some))
        return false;
    value->is_some = is_some;
    return !is_some || cbor_read_u32(reader, &value->val);
}

// option<visitor>
static bool
decode_api_option_own_visitor(struct link_call *call, golden_callbacks_api_option_own_visitor_t *value)
{
    bool is_some = false;

    if (!cbor_read_option(&call->reply, &is_some))
        return false;
    value->is_some = is_some;
    return !is_some || link_take_back(call, &resource_exports_golden_callbacks_cb_visitor, &value->val.__handle);
}

// borrow<visitor>
static bool
decode_exports_golden_callbacks_cb_borrow_visitor_in_answer(struct endpoint_call *call,
                                                            exports_golden_callbacks_cb_borrow_visitor_t *value)
{
    void *representation = NULL;

    if (!endpoint_read_borrow(call, &resource_exports_golden_callbacks_cb_visitor, &representation))
        return false;
    *value = representation;
    return true;
}

// row
static bool
decode_exports_golden_callbacks_cb_row(struct cbor_reader *reader, exports_golden_callbacks_cb_row_t *value)
{
    return cbor_read_tuple(reader, 3) &&
           (cbor_read_u32(reader, &value->id) || cbor_in_field(reader, "id")) &&
           (cbor_read_text(reader, &value->name.ptr, &value->name.len) || cbor_in_field(reader, "name")) &&
           (decode_list_string(reader, &value->tags) || cbor_in_field(reader, "tags"));
}

// row
static void
encode_exports_golden_callbacks_cb_row(struct cbor_writer *writer, const exports_golden_callbacks_cb_row_t *value)
{
    cbor_write_array(writer, 3);
    cbor_write_unsigned(writer, value->id);
    cbor_write_text(writer, value->name.ptr, value->name.len);
    encode_list_string(writer, &value->tags);
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
copy_callbacks_import_string(callbacks_import_string_t *to, const callbacks_import_string_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len, 1);
    to->len = from->len;
}

static void
copy_callbacks_import_list_string(callbacks_import_list_string_t *to, const callbacks_import_list_string_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len * sizeof *to->ptr, _Alignof(callbacks_import_string_t));
    to->len = from->len;
    for (size_t i = 0; i < from->len; i++)
        copy_callbacks_import_string(&to->ptr[i], &from->ptr[i]);
}

static void
copy_golden_callbacks_cb_row(exports_golden_callbacks_cb_row_t *to, const golden_callbacks_cb_row_t *from)
{
    memcpy(to, from, sizeof *to);
    copy_callbacks_import_string(&to->name, &from->name);
    copy_callbacks_import_list_string(&to->tags, &from->tags);
}

// api.sort(items: list<s32>) -> list<s32>
void
golden_callbacks_api_sort(callbacks_import_list_s32_t *items, callbacks_import_list_s32_t *ret)
{
    struct link_call call;

    memset(ret, 0, sizeof *ret);
    link_begin(&call, &provider_cap, LINK_METHOD("api.sort"), 1);
    cbor_write_typed_array(&call.arguments, CBOR_S32, items->ptr, items->len, sizeof *items->ptr);
    if (link_send(&call))
        cbor_read_typed_array(&call.reply, CBOR_S32, sizeof *ret->ptr, &ret->ptr, &ret->len);
    if (!link_end(&call)) {
        callbacks_import_list_s32_free(ret);
        memset(ret, 0, sizeof *ret);
    }
}

// api.shout(text: string) -> string
void
golden_callbacks_api_shout(callbacks_import_string_t *text, callbacks_import_string_t *ret)
{
    struct link_call call;

    memset(ret, 0, sizeof *ret);
    link_begin(&call, &provider_cap, LINK_METHOD("api.shout"), 1);
    cbor_write_text(&call.arguments, text->ptr, text->len);
    if (link_send(&call))
        cbor_read_text(&call.reply, &ret->ptr, &ret->len);
    if (!link_end(&call)) {
        callbacks_import_string_free(ret);
        memset(ret, 0, sizeof *ret);
    }
}

// api.change-all(rows: list<row>) -> list<row>
void
golden_callbacks_api_change_all(golden_callbacks_api_list_row_t *rows, golden_callbacks_api_list_row_t *ret)
{
    struct link_call call;

    memset(ret, 0, sizeof *ret);
    link_begin(&call, &provider_cap, LINK_METHOD("api.change-all"), 1);
    encode_api_list_row(&call.arguments, rows);
    if (link_send(&call))
        decode_api_list_row(&call.reply, ret);
    if (!link_end(&call)) {
        golden_callbacks_api_list_row_free(ret);
        memset(ret, 0, sizeof *ret);
    }
}

// api.sum-checked(ns: list<u32>) -> result<u32, string>
bool
golden_callbacks_api_sum_checked(callbacks_import_list_u32_t *ns, uint32_t *ret, callbacks_import_string_t *err)
{
    struct link_call call;
    golden_callbacks_cb_result_u32_string_t result;

    memset(&result, 0, sizeof result);
    link_begin(&call, &provider_cap, LINK_METHOD("api.sum-checked"), 1);
    cbor_write_typed_array(&call.arguments, CBOR_U32, ns->ptr, ns->len, sizeof *ns->ptr);
    if (link_send(&call))
        decode_cb_result_u32_string(&call.reply, &result);
    if (!link_end(&call)) {
        golden_callbacks_cb_result_u32_string_free(&result);
        memset(&result, 0, sizeof result);
        result.is_err = true;
    }
    if (result.is_err)
        *err = result.val.err;
    else
        *ret = result.val.ok;
    return !result.is_err;
}

// api.nest(n: u32) -> result<u32, string>
bool
golden_callbacks_api_nest(uint32_t n, uint32_t *ret, callbacks_import_string_t *err)
{
    struct link_call call;
    golden_callbacks_cb_result_u32_string_t result;

    memset(&result, 0, sizeof result);
    link_begin(&call, &provider_cap, LINK_METHOD("api.nest"), 1);
    cbor_write_unsigned(&call.arguments, n);
    if (link_send(&call))
        decode_cb_result_u32_string(&call.reply, &result);
    if (!link_end(&call)) {
        golden_callbacks_cb_result_u32_string_free(&result);
        memset(&result, 0, sizeof result);
        result.is_err = true;
    }
    if (result.is_err)
        *err = result.val.err;
    else
        *ret = result.val.ok;
    return !result.is_err;
}

// api.walk(visitor: borrow<visitor>, times: u32) -> u32
uint32_t
golden_callbacks_api_walk(golden_callbacks_api_borrow_visitor_t visitor, uint32_t times)
{
    struct link_call call;
    uint32_t result = 0;

    link_begin(&call, &provider_cap, LINK_METHOD("api.walk"), 2);
    link_lend(&call, &resource_exports_golden_callbacks_cb_visitor, visitor.__handle);
    cbor_write_unsigned(&call.arguments, times);
    if (link_send(&call))
        cbor_read_u32(&call.reply, &result);
    if (!link_end(&call)) {
        result = 0;
    }
    return result;
}

// api.keep(visitor: visitor)
void
golden_callbacks_api_keep(golden_callbacks_api_own_visitor_t visitor)
{
    struct link_call call;

    link_begin(&call, &provider_cap, LINK_METHOD("api.keep"), 1);
    link_give(&call, &resource_exports_golden_callbacks_cb_visitor, visitor.__handle);
    if (link_send(&call))
        cbor_read_null(&call.reply);
    link_end(&call);
}

// api.visit-kept(name: string) -> option<u32>
bool
golden_callbacks_api_visit_kept(callbacks_import_string_t *name, uint32_t *ret)
{
    struct link_call call;
    callbacks_import_option_u32_t result;

    memset(&result, 0, sizeof result);
    link_begin(&call, &provider_cap, LINK_METHOD("api.visit-kept"), 1);
    cbor_write_text(&call.arguments, name->ptr, name->len);
    if (link_send(&call))
        decode_option_u32(&call.reply, &result);
    if (!link_end(&call)) {
        memset(&result, 0, sizeof result);
    }
    *ret = result.val;
    return result.is_some;
}

// api.give-back() -> option<visitor>
bool
golden_callbacks_api_give_back(golden_callbacks_api_own_visitor_t *ret)
{
    struct link_call call;
    golden_callbacks_api_option_own_visitor_t result;

    memset(&result, 0, sizeof result);
    link_begin(&call, &provider_cap, LINK_METHOD("api.give-back"), 0);
    if (link_send(&call))
        decode_api_option_own_visitor(&call, &result);
    if (!link_end(&call)) {
        memset(&result, 0, sizeof result);
    }
    *ret = result.val;
    return result.is_some;
}

// api.made(tag: u32) -> visitor
golden_callbacks_api_own_visitor_t
golden_callbacks_api_made(uint32_t tag)
{
    struct link_call call;
    golden_callbacks_api_own_visitor_t result = {0};

    link_begin(&call, &provider_cap, LINK_METHOD("api.made"), 1);
    cbor_write_unsigned(&call.arguments, tag);
    if (link_send(&call))
        link_take_back(&call, &resource_exports_golden_callbacks_cb_visitor, &result.__handle);
    if (!link_end(&call)) {
        result.__handle = 0;
    }
    return result;
}

// api.often(times: u32) -> u32
uint32_t
golden_callbacks_api_often(uint32_t times)
{
    struct link_call call;
    uint32_t result = 0;

    link_begin(&call, &provider_cap, LINK_METHOD("api.often"), 1);
    cbor_write_unsigned(&call.arguments, times);
    if (link_send(&call))
        cbor_read_u32(&call.reply, &result);
    if (!link_end(&call)) {
        result = 0;
    }
    return result;
}

// api.pages() -> u32
uint32_t
golden_callbacks_api_pages(void)
{
    struct link_call call;
    uint32_t result = 0;

    link_begin(&call, &provider_cap, LINK_METHOD("api.pages"), 0);
    if (link_send(&call))
        cbor_read_u32(&call.reply, &result);
    if (!link_end(&call)) {
        result = 0;
    }
    return result;
}

// cb.visitor.visit(self: borrow<visitor>, name: string) -> u32
uint32_t
golden_callbacks_cb_method_visitor_visit(golden_callbacks_cb_borrow_visitor_t self, callbacks_import_string_t *name)
{
    callbacks_import_string_t copied_name;

    copy_callbacks_import_string(&copied_name, name);
    return exports_golden_callbacks_cb_method_visitor_visit(
        endpoint_rep(&resource_exports_golden_callbacks_cb_visitor, self.__handle), &copied_name);
}

// cb.make(tag: u32) -> visitor
golden_callbacks_cb_own_visitor_t
golden_callbacks_cb_make(uint32_t tag)
{
    return (golden_callbacks_cb_own_visitor_t){exports_golden_callbacks_cb_make(tag).__handle};
}

// cb.compare(a: s32, b: s32) -> s32
int32_t
golden_callbacks_cb_compare(int32_t a, int32_t b)
{
    return exports_golden_callbacks_cb_compare(a, b);
}

// cb.upper(text: string) -> string
void
golden_callbacks_cb_upper(callbacks_import_string_t *text, callbacks_import_string_t *ret)
{
    callbacks_import_string_t copied_text;

    copy_callbacks_import_string(&copied_text, text);
    exports_golden_callbacks_cb_upper(&copied_text, (void *)ret);
}

// cb.change(row: row) -> row
void
golden_callbacks_cb_change(golden_callbacks_cb_row_t *row, golden_callbacks_cb_row_t *ret)
{
    exports_golden_callbacks_cb_row_t copied_row;

    copy_golden_callbacks_cb_row(&copied_row, row);
    exports_golden_callbacks_cb_change(&copied_row, (void *)ret);
}

// cb.check(n: u32) -> result<u32, string>
bool
golden_callbacks_cb_check(uint32_t n, uint32_t *ret, callbacks_import_string_t *err)
{
    return exports_golden_callbacks_cb_check(n, (void *)ret, (void *)err);
}

void
golden_callbacks_cb_visitor_drop_own(golden_callbacks_cb_own_visitor_t handle)
{
    link_drop_own(&resource_exports_golden_callbacks_cb_visitor, handle.__handle);
}

void
golden_callbacks_cb_visitor_drop_borrow(golden_callbacks_cb_borrow_visitor_t handle)
{
    (void)handle; // a borrow is the own handle under another type
}

golden_callbacks_cb_borrow_visitor_t
golden_callbacks_cb_borrow_visitor(golden_callbacks_cb_own_visitor_t handle)
{
    return (golden_callbacks_cb_borrow_visitor_t){handle.__handle};
}

// cb.visitor.visit(self: borrow<visitor>, name: string) -> u32
static bool
handle_cb_method_visitor_visit(struct endpoint_call *call)
{
    exports_golden_callbacks_cb_borrow_visitor_t self = NULL;
    callbacks_import_string_t name = {0};

    if (!(endpoint_begin(call, 2) &&
          (decode_exports_golden_callbacks_cb_borrow_visitor_in_answer(call, &self) ||
           cbor_in_field(&call->arguments, "self")) &&
          (cbor_read_text(&call->arguments, &name.ptr, &name.len) || cbor_in_field(&call->arguments, "name")) &&
          endpoint_accept(call))) {
        callbacks_import_string_free(&name);
        return false;
    }
    // The function owns its arguments from here.
    uint32_t ret = exports_golden_callbacks_cb_method_visitor_visit(self, &name);
    cbor_write_unsigned(&call->reply, ret);
    return true;
}

// cb.make(tag: u32) -> visitor
static bool
handle_cb_make(struct endpoint_call *call)
{
    uint32_t tag = 0;

    if (!(endpoint_begin(call, 1) &&
          (cbor_read_u32(&call->arguments, &tag) || cbor_in_field(&call->arguments, "tag")) &&
          endpoint_accept(call)))
        return false;
    exports_golden_callbacks_cb_own_visitor_t ret = exports_golden_callbacks_cb_make(tag);
    endpoint_write_own(call, &resource_exports_golden_callbacks_cb_visitor, ret.__handle);
    return true;
}

// cb.compare(a: s32, b: s32) -> s32
static bool
handle_cb_compare(struct endpoint_call *call)
{
    int32_t a = 0;
    int32_t b = 0;

    if (!(endpoint_begin(call, 2) &&
          (cbor_read_s32(&call->arguments, &a) || cbor_in_field(&call->arguments, "a")) &&
          (cbor_read_s32(&call->arguments, &b) || cbor_in_field(&call->arguments, "b")) &&
          endpoint_accept(call)))
        return false;
    int32_t ret = exports_golden_callbacks_cb_compare(a, b);
    cbor_write_signed(&call->reply, ret);
    return true;
}

// cb.upper(text: string) -> string
static bool
handle_cb_upper(struct endpoint_call *call)
{
    callbacks_import_string_t text = {0};
    callbacks_import_string_t ret;

    if (!(endpoint_begin(call, 1) &&
          (cbor_read_text(&call->arguments, &text.ptr, &text.len) || cbor_in_field(&call->arguments, "text")) &&
          endpoint_accept(call))) {
        callbacks_import_string_free(&text);
        return false;
    }
    // The function owns its arguments from here.
    exports_golden_callbacks_cb_upper(&text, &ret);
    cbor_write_text(&call->reply, ret.ptr, ret.len);
    callbacks_import_string_free(&ret);
    return true;
}

// cb.change(row: row) -> row
static bool
handle_cb_change(struct endpoint_call *call)
{
    exports_golden_callbacks_cb_row_t row = {0};
    exports_golden_callbacks_cb_row_t ret;

    if (!(endpoint_begin(call, 1) &&
          (decode_exports_golden_callbacks_cb_row(&call->arguments, &row) || cbor_in_field(&call->arguments, "row")) &&
          endpoint_accept(call))) {
        exports_golden_callbacks_cb_row_free(&row);
        return false;
    }
    // The function owns its arguments from here.
    exports_golden_callbacks_cb_change(&row, &ret);
    encode_exports_golden_callbacks_cb_row(&call->reply, &ret);
    exports_golden_callbacks_cb_row_free(&ret);
    return true;
}

// cb.check(n: u32) -> result<u32, string>
static bool
handle_cb_check(struct endpoint_call *call)
{
    uint32_t n = 0;
    uint32_t ret;
    callbacks_import_string_t err;

    if (!(endpoint_begin(call, 1) &&
          (cbor_read_u32(&call->arguments, &n) || cbor_in_field(&call->arguments, "n")) &&
          endpoint_accept(call)))
        return false;
    if (exports_golden_callbacks_cb_check(n, &ret, &err)) {
        cbor_write_array(&call->reply, 2);
        cbor_write_unsigned(&call->reply, 0);
        cbor_write_unsigned(&call->reply, ret);
    } else {
        cbor_write_array(&call->reply, 2);
        cbor_write_unsigned(&call->reply, 1);
        cbor_write_text(&call->reply, err.ptr, err.len);
        callbacks_import_string_free(&err);
    }
    return true;
}

// Sorted by length, then by bytes.
static const struct endpoint_method provider_cap_asks[] = {
    ENDPOINT_METHOD("cb.make", handle_cb_make),
    ENDPOINT_METHOD("cb.check", handle_cb_check),
    ENDPOINT_METHOD("cb.upper", handle_cb_upper),
    ENDPOINT_METHOD("cb.change", handle_cb_change),
    ENDPOINT_METHOD("cb.compare", handle_cb_compare),
    ENDPOINT_METHOD("cb.visitor.visit", handle_cb_method_visitor_visit),
};

static const struct endpoint_methods provider_cap_answers = {provider_cap_asks,
                                                             sizeof provider_cap_asks / sizeof *provider_cap_asks};

static bool
answer_provider_cap(void *context, const char *method, size_t method_length, const uint8_t *payload,
                    size_t payload_length, uint8_t **answer, size_t *answer_length, struct link_error *error)
{
    (void)context;
    return link_answer(&provider_cap, &provider_cap_answers, method, method_length, payload, payload_length, answer,
                       answer_length, error);
}

void
callbacks_import_string_set(callbacks_import_string_t *ret, const char *s)
{
    ret->ptr = (uint8_t *)s;
    ret->len = strlen(s);
}

void
callbacks_import_string_dup(callbacks_import_string_t *ret, const char *s)
{
    callbacks_import_string_dup_n(ret, s, strlen(s));
}

void
callbacks_import_string_dup_n(callbacks_import_string_t *ret, const char *s, size_t len)
{
    // An empty string has a pointer that is not NULL and not to be freed.
    ret->ptr = cabi_realloc(NULL, 0, 1, len);
    ret->len = len;
    memcpy(ret->ptr, s, len);
}

void
callbacks_import_string_free(callbacks_import_string_t *ret)
{
    if (ret->len > 0)
        free(ret->ptr);
    ret->ptr = NULL;
    ret->len = 0;
}

void
callbacks_import_list_string_free(callbacks_import_list_string_t *ptr)
{
    for (size_t i = 0; i < ptr->len; i++)
        callbacks_import_string_free(&ptr->ptr[i]);
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
golden_callbacks_cb_row_free(golden_callbacks_cb_row_t *ptr)
{
    callbacks_import_string_free(&ptr->name);
    callbacks_import_list_string_free(&ptr->tags);
}

void
golden_callbacks_cb_result_u32_string_free(golden_callbacks_cb_result_u32_string_t *ptr)
{
    if (ptr->is_err)
        callbacks_import_string_free(&ptr->val.err);
}

void
golden_callbacks_api_row_free(golden_callbacks_api_row_t *ptr)
{
    golden_callbacks_cb_row_free(ptr);
}

void
callbacks_import_list_s32_free(callbacks_import_list_s32_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
golden_callbacks_api_list_row_free(golden_callbacks_api_list_row_t *ptr)
{
    for (size_t i = 0; i < ptr->len; i++)
        golden_callbacks_api_row_free(&ptr->ptr[i]);
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
callbacks_import_list_u32_free(callbacks_import_list_u32_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
callbacks_import_option_u32_free(callbacks_import_option_u32_t *ptr)
{
    (void)ptr; // holds nothing
}

void
golden_callbacks_api_option_own_visitor_free(golden_callbacks_api_option_own_visitor_t *ptr)
{
    (void)ptr; // holds nothing
}

void
exports_golden_callbacks_cb_row_free(exports_golden_callbacks_cb_row_t *ptr)
{
    callbacks_import_string_free(&ptr->name);
    callbacks_import_list_string_free(&ptr->tags);
}

void
exports_golden_callbacks_cb_result_u32_string_free(exports_golden_callbacks_cb_result_u32_string_t *ptr)
{
    if (ptr->is_err)
        callbacks_import_string_free(&ptr->val.err);
}
