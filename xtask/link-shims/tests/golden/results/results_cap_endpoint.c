// Link shim for dynlink: what results_cap.h declares, served as methods. A handler decodes all of its arguments before
// it calls; the function then owns them. Results are encoded and freed here.
#include "results_cap.h"
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

// option<string>
static void
encode_option_string(struct cbor_writer *writer, const results_cap_option_string_t *value)
{
    cbor_write_array(writer, value->is_some ? 1 : 0);
    if (value->is_some)
        cbor_write_text(writer, value->val.ptr, value->val.len);
}

// failure
static void
encode_answers_failure(struct cbor_writer *writer, const exports_golden_results_answers_failure_t *value)
{
    cbor_write_array(writer, 2);
    cbor_write_unsigned(writer, value->code);
    encode_option_string(writer, &value->message);
}

// option<string>
static bool
decode_option_string(struct cbor_reader *reader, results_cap_option_string_t *value)
{
    bool is_some = false;

    if (!cbor_read_option(reader, &is_some))
        return false;
    value->is_some = is_some;
    return !is_some || cbor_read_text(reader, &value->val.ptr, &value->val.len);
}

// option<u32>
static bool
decode_option_u32(struct cbor_reader *reader, results_cap_option_u32_t *value)
{
    bool is_some = false;

    if (!cbor_read_option(reader, &is_some))
        return false;
    value->is_some = is_some;
    return !is_some || cbor_read_u32(reader, &value->val);
}

// result<u8, string>
static bool
decode_answers_result_u8_string(struct cbor_reader *reader, exports_golden_results_answers_result_u8_string_t *value)
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

// list<result<u8, string>>
static bool
decode_answers_list_result_u8_string(struct cbor_reader *reader,
                                     exports_golden_results_answers_list_result_u8_string_t *value)
{
    if (!cbor_read_list(reader, sizeof *value->ptr, &value->ptr, &value->len))
        return false;
    for (size_t i = 0; i < value->len; i++) {
        if (!decode_answers_result_u8_string(reader, &value->ptr[i]))
            return cbor_in_item(reader, i);
    }
    return true;
}

// result<u8, string>
static void
encode_answers_result_u8_string(struct cbor_writer *writer,
                                const exports_golden_results_answers_result_u8_string_t *value)
{
    cbor_write_array(writer, 2);
    cbor_write_unsigned(writer, value->is_err ? 1 : 0);
    if (value->is_err)
        cbor_write_text(writer, value->val.err.ptr, value->val.err.len);
    else
        cbor_write_unsigned(writer, value->val.ok);
}

// answers.both(data: bytes) -> result<bytes, failure>
static bool
handle_answers_both(struct endpoint_call *call)
{
    exports_golden_results_answers_bytes_t data = {0};
    exports_golden_results_answers_bytes_t ret;
    exports_golden_results_answers_failure_t err;

    if (!(endpoint_begin(call, 1) &&
          (cbor_read_bytes(&call->arguments, &data.ptr, &data.len) || cbor_in_field(&call->arguments, "data")) &&
          endpoint_accept(call))) {
        exports_golden_results_answers_bytes_free(&data);
        return false;
    }
    // The function owns its arguments from here.
    if (exports_golden_results_answers_both(&data, &ret, &err)) {
        cbor_write_array(&call->reply, 2);
        cbor_write_unsigned(&call->reply, 0);
        cbor_write_bytes(&call->reply, ret.ptr, ret.len);
        exports_golden_results_answers_bytes_free(&ret);
    } else {
        cbor_write_array(&call->reply, 2);
        cbor_write_unsigned(&call->reply, 1);
        encode_answers_failure(&call->reply, &err);
        exports_golden_results_answers_failure_free(&err);
    }
    return true;
}

// answers.only-ok() -> result<u32>
static bool
handle_answers_only_ok(struct endpoint_call *call)
{
    uint32_t ret;

    if (!(endpoint_begin(call, 0) && endpoint_accept(call)))
        return false;
    if (exports_golden_results_answers_only_ok(&ret)) {
        cbor_write_array(&call->reply, 2);
        cbor_write_unsigned(&call->reply, 0);
        cbor_write_unsigned(&call->reply, ret);
    } else {
        cbor_write_array(&call->reply, 1);
        cbor_write_unsigned(&call->reply, 1);
    }
    return true;
}

// answers.only-err(code: u16) -> result<_, failure>
static bool
handle_answers_only_err(struct endpoint_call *call)
{
    uint16_t code = 0;
    exports_golden_results_answers_failure_t err;

    if (!(endpoint_begin(call, 1) &&
          (cbor_read_u16(&call->arguments, &code) || cbor_in_field(&call->arguments, "code")) &&
          endpoint_accept(call)))
        return false;
    if (exports_golden_results_answers_only_err(code, &err)) {
        cbor_write_array(&call->reply, 1);
        cbor_write_unsigned(&call->reply, 0);
    } else {
        cbor_write_array(&call->reply, 2);
        cbor_write_unsigned(&call->reply, 1);
        encode_answers_failure(&call->reply, &err);
        exports_golden_results_answers_failure_free(&err);
    }
    return true;
}

// answers.neither() -> result
static bool
handle_answers_neither(struct endpoint_call *call)
{
    if (!(endpoint_begin(call, 0) && endpoint_accept(call)))
        return false;
    if (exports_golden_results_answers_neither()) {
        cbor_write_array(&call->reply, 1);
        cbor_write_unsigned(&call->reply, 0);
    } else {
        cbor_write_array(&call->reply, 1);
        cbor_write_unsigned(&call->reply, 1);
    }
    return true;
}

// answers.find(key: option<string>, default: option<u32>) -> option<string>
static bool
handle_answers_find(struct endpoint_call *call)
{
    results_cap_option_string_t key = {0};
    results_cap_option_u32_t default_ = {0};
    results_cap_string_t ret;

    if (!(endpoint_begin(call, 2) &&
          (decode_option_string(&call->arguments, &key) || cbor_in_field(&call->arguments, "key")) &&
          (decode_option_u32(&call->arguments, &default_) || cbor_in_field(&call->arguments, "default")) &&
          endpoint_accept(call))) {
        results_cap_option_string_free(&key);
        return false;
    }
    // The function owns its arguments from here.
    if (exports_golden_results_answers_find(key.is_some ? &key.val : NULL, default_.is_some ? &default_.val : NULL,
                                            &ret)) {
        cbor_write_array(&call->reply, 1);
        cbor_write_text(&call->reply, ret.ptr, ret.len);
        results_cap_string_free(&ret);
    } else {
        cbor_write_array(&call->reply, 0);
    }
    return true;
}

// answers.nested(items: list<result<u8, string>>) -> option<result<u8, string>>
static bool
handle_answers_nested(struct endpoint_call *call)
{
    exports_golden_results_answers_list_result_u8_string_t items = {0};
    exports_golden_results_answers_result_u8_string_t ret;

    if (!(endpoint_begin(call, 1) &&
          (decode_answers_list_result_u8_string(&call->arguments, &items) ||
           cbor_in_field(&call->arguments, "items")) &&
          endpoint_accept(call))) {
        exports_golden_results_answers_list_result_u8_string_free(&items);
        return false;
    }
    // The function owns its arguments from here.
    if (exports_golden_results_answers_nested(&items, &ret)) {
        cbor_write_array(&call->reply, 1);
        encode_answers_result_u8_string(&call->reply, &ret);
        exports_golden_results_answers_result_u8_string_free(&ret);
    } else {
        cbor_write_array(&call->reply, 0);
    }
    return true;
}

// answers.words(call: u8, int: u8, ret: u8, err: u8)
static bool
handle_answers_words(struct endpoint_call *call)
{
    uint8_t call_ = 0;
    uint8_t int_ = 0;
    uint8_t ret_ = 0;
    uint8_t err_ = 0;

    if (!(endpoint_begin(call, 4) &&
          (cbor_read_u8(&call->arguments, &call_) || cbor_in_field(&call->arguments, "call")) &&
          (cbor_read_u8(&call->arguments, &int_) || cbor_in_field(&call->arguments, "int")) &&
          (cbor_read_u8(&call->arguments, &ret_) || cbor_in_field(&call->arguments, "ret")) &&
          (cbor_read_u8(&call->arguments, &err_) || cbor_in_field(&call->arguments, "err")) &&
          endpoint_accept(call)))
        return false;
    exports_golden_results_answers_words(call_, int_, ret_, err_);
    cbor_write_null(&call->reply);
    return true;
}

void
results_cap_string_set(results_cap_string_t *ret, const char *s)
{
    ret->ptr = (uint8_t *)s;
    ret->len = strlen(s);
}

void
results_cap_string_dup(results_cap_string_t *ret, const char *s)
{
    results_cap_string_dup_n(ret, s, strlen(s));
}

void
results_cap_string_dup_n(results_cap_string_t *ret, const char *s, size_t len)
{
    // An empty string has a pointer that is not NULL and not to be freed.
    ret->ptr = cabi_realloc(NULL, 0, 1, len);
    ret->len = len;
    memcpy(ret->ptr, s, len);
}

void
results_cap_string_free(results_cap_string_t *ret)
{
    if (ret->len > 0)
        free(ret->ptr);
    ret->ptr = NULL;
    ret->len = 0;
}

void
results_cap_option_string_free(results_cap_option_string_t *ptr)
{
    if (ptr->is_some)
        results_cap_string_free(&ptr->val);
}

void
exports_golden_results_answers_failure_free(exports_golden_results_answers_failure_t *ptr)
{
    results_cap_option_string_free(&ptr->message);
}

void
exports_golden_results_answers_bytes_free(exports_golden_results_answers_bytes_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
exports_golden_results_answers_result_bytes_failure_free(exports_golden_results_answers_result_bytes_failure_t *ptr)
{
    if (ptr->is_err)
        exports_golden_results_answers_failure_free(&ptr->val.err);
    if (!ptr->is_err)
        exports_golden_results_answers_bytes_free(&ptr->val.ok);
}

void
exports_golden_results_answers_result_u32_void_free(exports_golden_results_answers_result_u32_void_t *ptr)
{
    (void)ptr; // holds nothing
}

void
exports_golden_results_answers_result_void_failure_free(exports_golden_results_answers_result_void_failure_t *ptr)
{
    if (ptr->is_err)
        exports_golden_results_answers_failure_free(&ptr->val.err);
}

void
exports_golden_results_answers_result_void_void_free(exports_golden_results_answers_result_void_void_t *ptr)
{
    (void)ptr; // holds nothing
}

void
results_cap_option_u32_free(results_cap_option_u32_t *ptr)
{
    (void)ptr; // holds nothing
}

void
exports_golden_results_answers_result_u8_string_free(exports_golden_results_answers_result_u8_string_t *ptr)
{
    if (ptr->is_err)
        results_cap_string_free(&ptr->val.err);
}

void
exports_golden_results_answers_list_result_u8_string_free(exports_golden_results_answers_list_result_u8_string_t *ptr)
{
    for (size_t i = 0; i < ptr->len; i++)
        exports_golden_results_answers_result_u8_string_free(&ptr->ptr[i]);
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
exports_golden_results_answers_option_result_u8_string_free(
    exports_golden_results_answers_option_result_u8_string_t *ptr)
{
    if (ptr->is_some)
        exports_golden_results_answers_result_u8_string_free(&ptr->val);
}

static const char description[] =
    "\244etypes\213"
    "\202foptionfstring"
    "\204frecordgfailure`\202\203dcodecu16`\203gmessage\000`"
    "\202dlistbu8"
    "\203fresult\002\001"
    "\203fresultcu32\366"
    "\203fresult\366\001"
    "\203fresult\366\366"
    "\202foptioncu32"
    "\203fresultbu8fstring"
    "\202dlist\010"
    "\202foption\010"
    "gversion\001icallbacks\200jinterfaces\201"
    "\203x\034golden:results/answers@0.1.0`\207"
    "\206hfunctiondboth\366`\201\202ddata\002\003"
    "\206hfunctiongonly-ok\366`\200\004"
    "\206hfunctionhonly-err\366`\201\202dcodecu16\005"
    "\206hfunctiongneither\366`\200\006"
    "\206hfunctiondfind\366`\202\202ckey\000\202gdefault\007\000"
    "\206hfunctionfnested\366`\201\202eitems\011\012"
    "\206hfunctionewords\366x(Names that the generated code and C use.\204\202dcallbu8\202cintbu8\202cretbu8\202cer"
    "rbu8\366";

const struct endpoint_description endpoint_description = {description, sizeof description - 1};

static const char *const interfaces[] = {"golden:results/answers@0.1.0", NULL};

// Sorted by length, then by bytes.
static const struct endpoint_method methods[] = {
    ENDPOINT_METHOD("answers.both", handle_answers_both),
    ENDPOINT_METHOD("answers.find", handle_answers_find),
    ENDPOINT_METHOD("answers.words", handle_answers_words),
    ENDPOINT_METHOD("answers.nested", handle_answers_nested),
    ENDPOINT_METHOD("answers.neither", handle_answers_neither),
    ENDPOINT_METHOD("answers.only-ok", handle_answers_only_ok),
    ENDPOINT_METHOD("answers.only-err", handle_answers_only_err),
};

const struct endpoint_contract endpoint_contract = {"cap", "0.1.0", interfaces,
                                                    {methods, sizeof methods / sizeof *methods}};
