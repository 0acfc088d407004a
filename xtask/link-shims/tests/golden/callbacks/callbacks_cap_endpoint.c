// Link shim for dynlink: what callbacks_cap.h declares, served as methods. A handler decodes all of its arguments
// before it calls; the function then owns them. Results are encoded and freed here.
// What the header imports is asked of the consumer. Where that comes to nothing, a function that can fail does, and any
// other one traps.
#include "callbacks_cap.h"
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

// list<string>
static bool
decode_list_string(struct cbor_reader *reader, callbacks_cap_list_string_t *value)
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
decode_api_list_row(struct cbor_reader *reader, exports_golden_callbacks_api_list_row_t *value)
{
    if (!cbor_read_list(reader, sizeof *value->ptr, &value->ptr, &value->len))
        return false;
    for (size_t i = 0; i < value->len; i++) {
        if (!decode_cb_row(reader, &value->ptr[i]))
            return cbor_in_item(reader, i);
    }
    return true;
}

// list<string>
static void
encode_list_string(struct cbor_writer *writer, const callbacks_cap_list_string_t *value)
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
encode_api_list_row(struct cbor_writer *writer, const exports_golden_callbacks_api_list_row_t *value)
{
    cbor_write_array(writer, value->len);
    for (size_t i = 0; i < value->len; i++)
        encode_cb_row(writer, &value->ptr[i]);
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

// api.sort(items: list<s32>) -> list<s32>
static bool
handle_api_sort(struct endpoint_call *call)
{
    callbacks_cap_list_s32_t items = {0};
    callbacks_cap_list_s32_t ret;

    if (!(endpoint_begin(call, 1) &&
          (cbor_read_typed_array(&call->arguments, CBOR_S32, sizeof *items.ptr, &items.ptr, &items.len) ||
           cbor_in_field(&call->arguments, "items")) &&
          endpoint_accept(call))) {
        callbacks_cap_list_s32_free(&items);
        return false;
    }
    // The function owns its arguments from here.
    exports_golden_callbacks_api_sort(&items, &ret);
    cbor_write_typed_array(&call->reply, CBOR_S32, ret.ptr, ret.len, sizeof *ret.ptr);
    callbacks_cap_list_s32_free(&ret);
    return true;
}

// api.shout(text: string) -> string
static bool
handle_api_shout(struct endpoint_call *call)
{
    callbacks_cap_string_t text = {0};
    callbacks_cap_string_t ret;

    if (!(endpoint_begin(call, 1) &&
          (cbor_read_text(&call->arguments, &text.ptr, &text.len) || cbor_in_field(&call->arguments, "text")) &&
          endpoint_accept(call))) {
        callbacks_cap_string_free(&text);
        return false;
    }
    // The function owns its arguments from here.
    exports_golden_callbacks_api_shout(&text, &ret);
    cbor_write_text(&call->reply, ret.ptr, ret.len);
    callbacks_cap_string_free(&ret);
    return true;
}

// api.change-all(rows: list<row>) -> list<row>
static bool
handle_api_change_all(struct endpoint_call *call)
{
    exports_golden_callbacks_api_list_row_t rows = {0};
    exports_golden_callbacks_api_list_row_t ret;

    if (!(endpoint_begin(call, 1) &&
          (decode_api_list_row(&call->arguments, &rows) || cbor_in_field(&call->arguments, "rows")) &&
          endpoint_accept(call))) {
        exports_golden_callbacks_api_list_row_free(&rows);
        return false;
    }
    // The function owns its arguments from here.
    exports_golden_callbacks_api_change_all(&rows, &ret);
    encode_api_list_row(&call->reply, &ret);
    exports_golden_callbacks_api_list_row_free(&ret);
    return true;
}

// api.sum-checked(ns: list<u32>) -> result<u32, string>
static bool
handle_api_sum_checked(struct endpoint_call *call)
{
    callbacks_cap_list_u32_t ns = {0};
    uint32_t ret;
    callbacks_cap_string_t err;

    if (!(endpoint_begin(call, 1) &&
          (cbor_read_typed_array(&call->arguments, CBOR_U32, sizeof *ns.ptr, &ns.ptr, &ns.len) ||
           cbor_in_field(&call->arguments, "ns")) &&
          endpoint_accept(call))) {
        callbacks_cap_list_u32_free(&ns);
        return false;
    }
    // The function owns its arguments from here.
    if (exports_golden_callbacks_api_sum_checked(&ns, &ret, &err)) {
        cbor_write_array(&call->reply, 2);
        cbor_write_unsigned(&call->reply, 0);
        cbor_write_unsigned(&call->reply, ret);
    } else {
        cbor_write_array(&call->reply, 2);
        cbor_write_unsigned(&call->reply, 1);
        cbor_write_text(&call->reply, err.ptr, err.len);
        callbacks_cap_string_free(&err);
    }
    return true;
}

// api.nest(n: u32) -> result<u32, string>
static bool
handle_api_nest(struct endpoint_call *call)
{
    uint32_t n = 0;
    uint32_t ret;
    callbacks_cap_string_t err;

    if (!(endpoint_begin(call, 1) &&
          (cbor_read_u32(&call->arguments, &n) || cbor_in_field(&call->arguments, "n")) &&
          endpoint_accept(call)))
        return false;
    if (exports_golden_callbacks_api_nest(n, &ret, &err)) {
        cbor_write_array(&call->reply, 2);
        cbor_write_unsigned(&call->reply, 0);
        cbor_write_unsigned(&call->reply, ret);
    } else {
        cbor_write_array(&call->reply, 2);
        cbor_write_unsigned(&call->reply, 1);
        cbor_write_text(&call->reply, err.ptr, err.len);
        callbacks_cap_string_free(&err);
    }
    return true;
}

// api.walk(visitor: borrow<visitor>, times: u32) -> u32
static bool
handle_api_walk(struct endpoint_call *call)
{
    exports_golden_callbacks_api_borrow_visitor_t visitor = {0};
    uint32_t times = 0;

    if (!(endpoint_begin(call, 2) &&
          (endpoint_read_foreign_borrow(call, &visitor.__handle) || cbor_in_field(&call->arguments, "visitor")) &&
          (cbor_read_u32(&call->arguments, &times) || cbor_in_field(&call->arguments, "times")) &&
          endpoint_accept(call)))
        return false;
    uint32_t ret = exports_golden_callbacks_api_walk(visitor, times);
    cbor_write_unsigned(&call->reply, ret);
    return true;
}

// api.keep(visitor: visitor)
static bool
handle_api_keep(struct endpoint_call *call)
{
    exports_golden_callbacks_api_own_visitor_t visitor = {0};

    if (!(endpoint_begin(call, 1) &&
          (endpoint_read_foreign_own(call, &visitor.__handle) || cbor_in_field(&call->arguments, "visitor")) &&
          endpoint_accept(call)))
        return false;
    exports_golden_callbacks_api_keep(visitor);
    cbor_write_null(&call->reply);
    return true;
}

// api.visit-kept(name: string) -> option<u32>
static bool
handle_api_visit_kept(struct endpoint_call *call)
{
    callbacks_cap_string_t name = {0};
    uint32_t ret;

    if (!(endpoint_begin(call, 1) &&
          (cbor_read_text(&call->arguments, &name.ptr, &name.len) || cbor_in_field(&call->arguments, "name")) &&
          endpoint_accept(call))) {
        callbacks_cap_string_free(&name);
        return false;
    }
    // The function owns its arguments from here.
    if (exports_golden_callbacks_api_visit_kept(&name, &ret)) {
        cbor_write_array(&call->reply, 1);
        cbor_write_unsigned(&call->reply, ret);
    } else {
        cbor_write_array(&call->reply, 0);
    }
    return true;
}

// api.give-back() -> option<visitor>
static bool
handle_api_give_back(struct endpoint_call *call)
{
    exports_golden_callbacks_api_own_visitor_t ret;

    if (!(endpoint_begin(call, 0) && endpoint_accept(call)))
        return false;
    if (exports_golden_callbacks_api_give_back(&ret)) {
        cbor_write_array(&call->reply, 1);
        endpoint_write_foreign_own(call, ret.__handle);
    } else {
        cbor_write_array(&call->reply, 0);
    }
    return true;
}

// api.made(tag: u32) -> visitor
static bool
handle_api_made(struct endpoint_call *call)
{
    uint32_t tag = 0;

    if (!(endpoint_begin(call, 1) &&
          (cbor_read_u32(&call->arguments, &tag) || cbor_in_field(&call->arguments, "tag")) &&
          endpoint_accept(call)))
        return false;
    exports_golden_callbacks_api_own_visitor_t ret = exports_golden_callbacks_api_made(tag);
    endpoint_write_foreign_own(call, ret.__handle);
    return true;
}

// api.often(times: u32) -> u32
static bool
handle_api_often(struct endpoint_call *call)
{
    uint32_t times = 0;

    if (!(endpoint_begin(call, 1) &&
          (cbor_read_u32(&call->arguments, &times) || cbor_in_field(&call->arguments, "times")) &&
          endpoint_accept(call)))
        return false;
    uint32_t ret = exports_golden_callbacks_api_often(times);
    cbor_write_unsigned(&call->reply, ret);
    return true;
}

// api.pages() -> u32
static bool
handle_api_pages(struct endpoint_call *call)
{
    if (!(endpoint_begin(call, 0) && endpoint_accept(call)))
        return false;
    uint32_t ret = exports_golden_callbacks_api_pages();
    cbor_write_unsigned(&call->reply, ret);
    return true;
}

// cb.visitor.visit(self: borrow<visitor>, name: string) -> u32
uint32_t
golden_callbacks_cb_method_visitor_visit(golden_callbacks_cb_borrow_visitor_t self, callbacks_cap_string_t *name)
{
    struct endpoint_question question;
    uint32_t result = 0;

    endpoint_question_begin(&question, ENDPOINT_QUESTION("cb.visitor.visit"), 2);
    endpoint_question_borrow(&question, self.__handle);
    cbor_write_text(&question.arguments, name->ptr, name->len);
    if (endpoint_question_send(&question))
        cbor_read_u32(&question.reply, &result);
    if (!endpoint_question_end(&question))
        __builtin_trap();
    return result;
}

// cb.make(tag: u32) -> visitor
golden_callbacks_cb_own_visitor_t
golden_callbacks_cb_make(uint32_t tag)
{
    struct endpoint_question question;
    golden_callbacks_cb_own_visitor_t result = {0};

    endpoint_question_begin(&question, ENDPOINT_QUESTION("cb.make"), 1);
    cbor_write_unsigned(&question.arguments, tag);
    if (endpoint_question_send(&question))
        endpoint_question_read_own(&question, &result.__handle);
    if (!endpoint_question_end(&question))
        __builtin_trap();
    return result;
}

// cb.compare(a: s32, b: s32) -> s32
int32_t
golden_callbacks_cb_compare(int32_t a, int32_t b)
{
    struct endpoint_question question;
    int32_t result = 0;

    endpoint_question_begin(&question, ENDPOINT_QUESTION("cb.compare"), 2);
    cbor_write_signed(&question.arguments, a);
    cbor_write_signed(&question.arguments, b);
    if (endpoint_question_send(&question))
        cbor_read_s32(&question.reply, &result);
    if (!endpoint_question_end(&question))
        __builtin_trap();
    return result;
}

// cb.upper(text: string) -> string
void
golden_callbacks_cb_upper(callbacks_cap_string_t *text, callbacks_cap_string_t *ret)
{
    struct endpoint_question question;

    memset(ret, 0, sizeof *ret);
    endpoint_question_begin(&question, ENDPOINT_QUESTION("cb.upper"), 1);
    cbor_write_text(&question.arguments, text->ptr, text->len);
    if (endpoint_question_send(&question))
        cbor_read_text(&question.reply, &ret->ptr, &ret->len);
    if (!endpoint_question_end(&question))
        __builtin_trap();
}

// cb.change(row: row) -> row
void
golden_callbacks_cb_change(golden_callbacks_cb_row_t *row, golden_callbacks_cb_row_t *ret)
{
    struct endpoint_question question;

    memset(ret, 0, sizeof *ret);
    endpoint_question_begin(&question, ENDPOINT_QUESTION("cb.change"), 1);
    encode_cb_row(&question.arguments, row);
    if (endpoint_question_send(&question))
        decode_cb_row(&question.reply, ret);
    if (!endpoint_question_end(&question))
        __builtin_trap();
}

// cb.check(n: u32) -> result<u32, string>
bool
golden_callbacks_cb_check(uint32_t n, uint32_t *ret, callbacks_cap_string_t *err)
{
    struct endpoint_question question;
    golden_callbacks_cb_result_u32_string_t result;

    memset(&result, 0, sizeof result);
    endpoint_question_begin(&question, ENDPOINT_QUESTION("cb.check"), 1);
    cbor_write_unsigned(&question.arguments, n);
    if (endpoint_question_send(&question))
        decode_cb_result_u32_string(&question.reply, &result);
    if (!endpoint_question_end(&question)) {
        golden_callbacks_cb_result_u32_string_free(&result);
        memset(&result, 0, sizeof result);
        result.is_err = true;
        callbacks_cap_string_dup_n(&result.val.err, question.why, question.why_length);
    }
    if (result.is_err)
        *err = result.val.err;
    else
        *ret = result.val.ok;
    return !result.is_err;
}

void
golden_callbacks_cb_visitor_drop_own(golden_callbacks_cb_own_visitor_t handle)
{
    endpoint_drop_foreign(handle.__handle);
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

void
callbacks_cap_string_set(callbacks_cap_string_t *ret, const char *s)
{
    ret->ptr = (uint8_t *)s;
    ret->len = strlen(s);
}

void
callbacks_cap_string_dup(callbacks_cap_string_t *ret, const char *s)
{
    callbacks_cap_string_dup_n(ret, s, strlen(s));
}

void
callbacks_cap_string_dup_n(callbacks_cap_string_t *ret, const char *s, size_t len)
{
    // An empty string has a pointer that is not NULL and not to be freed.
    ret->ptr = cabi_realloc(NULL, 0, 1, len);
    ret->len = len;
    memcpy(ret->ptr, s, len);
}

void
callbacks_cap_string_free(callbacks_cap_string_t *ret)
{
    if (ret->len > 0)
        free(ret->ptr);
    ret->ptr = NULL;
    ret->len = 0;
}

void
callbacks_cap_list_string_free(callbacks_cap_list_string_t *ptr)
{
    for (size_t i = 0; i < ptr->len; i++)
        callbacks_cap_string_free(&ptr->ptr[i]);
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
golden_callbacks_cb_row_free(golden_callbacks_cb_row_t *ptr)
{
    callbacks_cap_string_free(&ptr->name);
    callbacks_cap_list_string_free(&ptr->tags);
}

void
golden_callbacks_cb_result_u32_string_free(golden_callbacks_cb_result_u32_string_t *ptr)
{
    if (ptr->is_err)
        callbacks_cap_string_free(&ptr->val.err);
}

void
exports_golden_callbacks_api_row_free(exports_golden_callbacks_api_row_t *ptr)
{
    golden_callbacks_cb_row_free(ptr);
}

void
callbacks_cap_list_s32_free(callbacks_cap_list_s32_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
exports_golden_callbacks_api_list_row_free(exports_golden_callbacks_api_list_row_t *ptr)
{
    for (size_t i = 0; i < ptr->len; i++)
        exports_golden_callbacks_api_row_free(&ptr->ptr[i]);
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
callbacks_cap_list_u32_free(callbacks_cap_list_u32_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
callbacks_cap_option_u32_free(callbacks_cap_option_u32_t *ptr)
{
    (void)ptr; // holds nothing
}

void
exports_golden_callbacks_api_option_own_visitor_free(exports_golden_callbacks_api_option_own_visitor_t *ptr)
{
    (void)ptr; // holds nothing
}

static const char description[] =
    "\244etypes\200"
    "gversion\001icallbacks\201x\031golden:callbacks/cb@0.1.0jinterfaces\200";

const struct endpoint_description endpoint_description = {description, sizeof description - 1};

static const char *const interfaces[] = {"golden:callbacks/api@0.1.0", NULL};

// Sorted by length, then by bytes.
static const struct endpoint_method methods[] = {
    ENDPOINT_METHOD("api.keep", handle_api_keep),
    ENDPOINT_METHOD("api.made", handle_api_made),
    ENDPOINT_METHOD("api.nest", handle_api_nest),
    ENDPOINT_METHOD("api.sort", handle_api_sort),
    ENDPOINT_METHOD("api.walk", handle_api_walk),
    ENDPOINT_METHOD("api.often", handle_api_often),
    ENDPOINT_METHOD("api.pages", handle_api_pages),
    ENDPOINT_METHOD("api.shout", handle_api_shout),
    ENDPOINT_METHOD("api.give-back", handle_api_give_back),
    ENDPOINT_METHOD("api.change-all", handle_api_change_all),
    ENDPOINT_METHOD("api.visit-kept", handle_api_visit_kept),
    ENDPOINT_METHOD("api.sum-checked", handle_api_sum_checked),
};

const struct endpoint_contract endpoint_contract = {"cap", "0.1.0", interfaces,
                                                    {methods, sizeof methods / sizeof *methods}};
