// Link shim for dynlink: what results_import.h declares, as calls of a provider. A call that fails leaves an error
// pending (link_failed()) and returns zeros. Arguments stay the caller's; results are the caller's, from malloc.
#include "results_import.h"
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

static const char *const provider_cap_interfaces[] = {"golden:results/answers@0.1.0", NULL};
static struct link_provider provider_cap = {.id = "cap", .interfaces = provider_cap_interfaces};

// Resolves what this world imports. Idempotent. False: the caller frees the error.
bool results_import_open(struct link_error *error);

bool
results_import_open(struct link_error *error)
{
    return link_open(&provider_cap, error);
}

// option<string>
static bool
decode_option_string(struct cbor_reader *reader, results_import_option_string_t *value)
{
    bool is_some = false;

    if (!cbor_read_option(reader, &is_some))
        return false;
    value->is_some = is_some;
    return !is_some || cbor_read_text(reader, &value->val.ptr, &value->val.len);
}

// failure
static bool
decode_answers_failure(struct cbor_reader *reader, golden_results_answers_failure_t *value)
{
    return cbor_read_tuple(reader, 2) &&
           (cbor_read_u16(reader, &value->code) || cbor_in_field(reader, "code")) &&
           (decode_option_string(reader, &value->message) || cbor_in_field(reader, "message"));
}

// result<bytes, failure>
static bool
decode_answers_result_bytes_failure(struct cbor_reader *reader, golden_results_answers_result_bytes_failure_t *value)
{
    static const bool has_payload[] = {true, true};
    uint32_t index = 0;

    if (!cbor_read_variant(reader, 2, has_payload, &index))
        return false;
    value->is_err = index == 1;
    memset(&value->val, 0, sizeof value->val);
    switch (index) {
    case 0:
        return cbor_read_bytes(reader, &value->val.ok.ptr, &value->val.ok.len) || cbor_in_field(reader, "ok");
    case 1:
        return decode_answers_failure(reader, &value->val.err) || cbor_in_field(reader, "err");
    default:
        return true;
    }
}

// result<u32>
static bool
decode_answers_result_u32_void(struct cbor_reader *reader, golden_results_answers_result_u32_void_t *value)
{
    static const bool has_payload[] = {true, false};
    uint32_t index = 0;

    if (!cbor_read_variant(reader, 2, has_payload, &index))
        return false;
    value->is_err = index == 1;
    switch (index) {
    case 0:
        return cbor_read_u32(reader, &value->val.ok) || cbor_in_field(reader, "ok");
    default:
        return true;
    }
}

// result<_, failure>
static bool
decode_answers_result_void_failure(struct cbor_reader *reader, golden_results_answers_result_void_failure_t *value)
{
    static const bool has_payload[] = {false, true};
    uint32_t index = 0;

    if (!cbor_read_variant(reader, 2, has_payload, &index))
        return false;
    value->is_err = index == 1;
    memset(&value->val, 0, sizeof value->val);
    switch (index) {
    case 1:
        return decode_answers_failure(reader, &value->val.err) || cbor_in_field(reader, "err");
    default:
        return true;
    }
}

// result
static bool
decode_answers_result_void_void(struct cbor_reader *reader, golden_results_answers_result_void_void_t *value)
{
    static const bool has_payload[] = {false, false};
    uint32_t index = 0;

    if (!cbor_read_variant(reader, 2, has_payload, &index))
        return false;
    value->is_err = index == 1;
    return true;
}

// result<u8, string>
static void
encode_answers_result_u8_string(struct cbor_writer *writer, const golden_results_answers_result_u8_string_t *value)
{
    cbor_write_array(writer, 2);
    cbor_write_unsigned(writer, value->is_err ? 1 : 0);
    if (value->is_err)
        cbor_write_text(writer, value->val.err.ptr, value->val.err.len);
    else
        cbor_write_unsigned(writer, value->val.ok);
}

// list<result<u8, string>>
static void
encode_answers_list_result_u8_string(struct cbor_writer *writer,
                                     const golden_results_answers_list_result_u8_string_t *value)
{
    cbor_write_array(writer, value->len);
    for (size_t i = 0; i < value->len; i++)
        encode_answers_result_u8_string(writer, &value->ptr[i]);
}

// result<u8, string>
static bool
decode_answers_result_u8_string(struct cbor_reader *reader, golden_results_answers_result_u8_string_t *value)
{
    static const bool has_payload[] = {true, true};
    uint32_t index = 0;

    if (!cbor_read_variant(reader, 2, has_payload, &index))
        return false;
    value->is_err = index == 1;
    memset(&value->val, 0, sizeof value->val);
    switch (index) {
    case 0:
        return cbor_read_u8(reader, &value->val.ok) || cbor_in_field(reader, "ok");
    case 1:
        return cbor_read_text(reader, &value->val.err.ptr, &value->val.err.len) || cbor_in_field(reader, "err");
    default:
        return true;
    }
}

// option<result<u8, string>>
static bool
decode_answers_option_result_u8_string(struct cbor_reader *reader,
                                       golden_results_answers_option_result_u8_string_t *value)
{
    bool is_some = false;

    if (!cbor_read_option(reader, &is_some))
        return false;
    value->is_some = is_some;
    return !is_some || decode_answers_result_u8_string(reader, &value->val);
}

// answers.both(data: bytes) -> result<bytes, failure>
bool
golden_results_answers_both(golden_results_answers_bytes_t *data, golden_results_answers_bytes_t *ret,
                            golden_results_answers_failure_t *err)
{
    struct link_call call;
    golden_results_answers_result_bytes_failure_t result;

    memset(&result, 0, sizeof result);
    link_begin(&call, &provider_cap, LINK_METHOD("answers.both"), 1);
    cbor_write_bytes(&call.arguments, data->ptr, data->len);
    if (link_send(&call))
        decode_answers_result_bytes_failure(&call.reply, &result);
    if (!link_end(&call)) {
        golden_results_answers_result_bytes_failure_free(&result);
        memset(&result, 0, sizeof result);
        result.is_err = true;
    }
    if (result.is_err)
        *err = result.val.err;
    else
        *ret = result.val.ok;
    return !result.is_err;
}

// answers.only-ok() -> result<u32>
bool
golden_results_answers_only_ok(uint32_t *ret)
{
    struct link_call call;
    golden_results_answers_result_u32_void_t result;

    memset(&result, 0, sizeof result);
    link_begin(&call, &provider_cap, LINK_METHOD("answers.only-ok"), 0);
    if (link_send(&call))
        decode_answers_result_u32_void(&call.reply, &result);
    if (!link_end(&call)) {
        memset(&result, 0, sizeof result);
        result.is_err = true;
    }
    if (!result.is_err)
        *ret = result.val.ok;
    return !result.is_err;
}

// answers.only-err(code: u16) -> result<_, failure>
bool
golden_results_answers_only_err(uint16_t code, golden_results_answers_failure_t *err)
{
    struct link_call call;
    golden_results_answers_result_void_failure_t result;

    memset(&result, 0, sizeof result);
    link_begin(&call, &provider_cap, LINK_METHOD("answers.only-err"), 1);
    cbor_write_unsigned(&call.arguments, code);
    if (link_send(&call))
        decode_answers_result_void_failure(&call.reply, &result);
    if (!link_end(&call)) {
        golden_results_answers_result_void_failure_free(&result);
        memset(&result, 0, sizeof result);
        result.is_err = true;
    }
    if (result.is_err)
        *err = result.val.err;
    return !result.is_err;
}

// answers.neither() -> result
bool
golden_results_answers_neither(void)
{
    struct link_call call;
    golden_results_answers_result_void_void_t result;

    memset(&result, 0, sizeof result);
    link_begin(&call, &provider_cap, LINK_METHOD("answers.neither"), 0);
    if (link_send(&call))
        decode_answers_result_void_void(&call.reply, &result);
    if (!link_end(&call)) {
        memset(&result, 0, sizeof result);
        result.is_err = true;
    }
    return !result.is_err;
}

// answers.find(key: option<string>, default: option<u32>) -> option<string>
bool
golden_results_answers_find(results_import_string_t *maybe_key, uint32_t *maybe_default_, results_import_string_t *ret)
{
    struct link_call call;
    results_import_option_string_t result;

    memset(&result, 0, sizeof result);
    link_begin(&call, &provider_cap, LINK_METHOD("answers.find"), 2);
    cbor_write_array(&call.arguments, maybe_key != NULL ? 1 : 0);
    if (maybe_key != NULL)
        cbor_write_text(&call.arguments, maybe_key->ptr, maybe_key->len);
    cbor_write_array(&call.arguments, maybe_default_ != NULL ? 1 : 0);
    if (maybe_default_ != NULL)
        cbor_write_unsigned(&call.arguments, *maybe_default_);
    if (link_send(&call))
        decode_option_string(&call.reply, &result);
    if (!link_end(&call)) {
        results_import_option_string_free(&result);
        memset(&result, 0, sizeof result);
    }
    *ret = result.val;
    return result.is_some;
}

// answers.nested(items: list<result<u8, string>>) -> option<result<u8, string>>
bool
golden_results_answers_nested(golden_results_answers_list_result_u8_string_t *items,
                              golden_results_answers_result_u8_string_t *ret)
{
    struct link_call call;
    golden_results_answers_option_result_u8_string_t result;

    memset(&result, 0, sizeof result);
    link_begin(&call, &provider_cap, LINK_METHOD("answers.nested"), 1);
    encode_answers_list_result_u8_string(&call.arguments, items);
    if (link_send(&call))
        decode_answers_option_result_u8_string(&call.reply, &result);
    if (!link_end(&call)) {
        golden_results_answers_option_result_u8_string_free(&result);
        memset(&result, 0, sizeof result);
    }
    *ret = result.val;
    return result.is_some;
}

// answers.words(call: u8, int: u8, ret: u8, err: u8)
void
golden_results_answers_words(uint8_t call_, uint8_t int_, uint8_t ret_, uint8_t err_)
{
    struct link_call call;

    link_begin(&call, &provider_cap, LINK_METHOD("answers.words"), 4);
    cbor_write_unsigned(&call.arguments, call_);
    cbor_write_unsigned(&call.arguments, int_);
    cbor_write_unsigned(&call.arguments, ret_);
    cbor_write_unsigned(&call.arguments, err_);
    if (link_send(&call))
        cbor_read_null(&call.reply);
    link_end(&call);
}

void
results_import_string_set(results_import_string_t *ret, const char *s)
{
    ret->ptr = (uint8_t *)s;
    ret->len = strlen(s);
}

void
results_import_string_dup(results_import_string_t *ret, const char *s)
{
    results_import_string_dup_n(ret, s, strlen(s));
}

void
results_import_string_dup_n(results_import_string_t *ret, const char *s, size_t len)
{
    // An empty string has a pointer that is not NULL and not to be freed.
    ret->ptr = cabi_realloc(NULL, 0, 1, len);
    ret->len = len;
    memcpy(ret->ptr, s, len);
}

void
results_import_string_free(results_import_string_t *ret)
{
    if (ret->len > 0)
        free(ret->ptr);
    ret->ptr = NULL;
    ret->len = 0;
}

void
results_import_option_string_free(results_import_option_string_t *ptr)
{
    if (ptr->is_some)
        results_import_string_free(&ptr->val);
}

void
golden_results_answers_failure_free(golden_results_answers_failure_t *ptr)
{
    results_import_option_string_free(&ptr->message);
}

void
golden_results_answers_bytes_free(golden_results_answers_bytes_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
golden_results_answers_result_bytes_failure_free(golden_results_answers_result_bytes_failure_t *ptr)
{
    if (ptr->is_err)
        golden_results_answers_failure_free(&ptr->val.err);
    if (!ptr->is_err)
        golden_results_answers_bytes_free(&ptr->val.ok);
}

void
golden_results_answers_result_u32_void_free(golden_results_answers_result_u32_void_t *ptr)
{
    (void)ptr; // holds nothing
}

void
golden_results_answers_result_void_failure_free(golden_results_answers_result_void_failure_t *ptr)
{
    if (ptr->is_err)
        golden_results_answers_failure_free(&ptr->val.err);
}

void
golden_results_answers_result_void_void_free(golden_results_answers_result_void_void_t *ptr)
{
    (void)ptr; // holds nothing
}

void
results_import_option_u32_free(results_import_option_u32_t *ptr)
{
    (void)ptr; // holds nothing
}

void
golden_results_answers_result_u8_string_free(golden_results_answers_result_u8_string_t *ptr)
{
    if (ptr->is_err)
        results_import_string_free(&ptr->val.err);
}

void
golden_results_answers_list_result_u8_string_free(golden_results_answers_list_result_u8_string_t *ptr)
{
    for (size_t i = 0; i < ptr->len; i++)
        golden_results_answers_result_u8_string_free(&ptr->ptr[i]);
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
golden_results_answers_option_result_u8_string_free(golden_results_answers_option_result_u8_string_t *ptr)
{
    if (ptr->is_some)
        golden_results_answers_result_u8_string_free(&ptr->val);
}
