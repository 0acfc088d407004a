// Link shim for dynlink: what bytes_import.h declares, served as methods. A handler decodes all of its arguments before
// it calls; what they hold is freed here, but for handles, which are passed on. Results are encoded and freed here.
#include "bytes_import.h"
#include <stdlib.h>
#include <string.h>
#include "endpoint.h"

// digest.update(value: u32, data: list<u8>) -> u32
static bool
handle_digest_update(struct endpoint_call *call)
{
    uint32_t value = 0;
    bytes_import_list_u8_t data = {0};

    if (!(endpoint_begin(call, 2) &&
          (cbor_read_u32(&call->arguments, &value) || cbor_in_field(&call->arguments, "value")) &&
          (cbor_read_bytes(&call->arguments, &data.ptr, &data.len) || cbor_in_field(&call->arguments, "data")) &&
          endpoint_accept(call))) {
        bytes_import_list_u8_free(&data);
        return false;
    }
    uint32_t ret = golden_bytes_digest_update(value, &data);
    cbor_write_unsigned(&call->reply, ret);
    bytes_import_list_u8_free(&data);
    return true;
}

// digest.update-words(value: u32, words: list<u64>) -> u32
static bool
handle_digest_update_words(struct endpoint_call *call)
{
    uint32_t value = 0;
    bytes_import_list_u64_t words = {0};

    if (!(endpoint_begin(call, 2) &&
          (cbor_read_u32(&call->arguments, &value) || cbor_in_field(&call->arguments, "value")) &&
          (cbor_read_typed_array(&call->arguments, CBOR_U64, sizeof *words.ptr, &words.ptr, &words.len) ||
           cbor_in_field(&call->arguments, "words")) &&
          endpoint_accept(call))) {
        bytes_import_list_u64_free(&words);
        return false;
    }
    uint32_t ret = golden_bytes_digest_update_words(value, &words);
    cbor_write_unsigned(&call->reply, ret);
    bytes_import_list_u64_free(&words);
    return true;
}

// digest.name() -> string
static bool
handle_digest_name(struct endpoint_call *call)
{
    bytes_import_string_t ret;

    if (!(endpoint_begin(call, 0) && endpoint_accept(call)))
        return false;
    golden_bytes_digest_name(&ret);
    cbor_write_text(&call->reply, ret.ptr, ret.len);
    bytes_import_string_free(&ret);
    return true;
}

// digest.reset()
static bool
handle_digest_reset(struct endpoint_call *call)
{
    if (!(endpoint_begin(call, 0) && endpoint_accept(call)))
        return false;
    golden_bytes_digest_reset();
    cbor_write_null(&call->reply);
    return true;
}

// digest.scale(factor: f32, offset: s16, wide: bool, letter: char) -> f64
static bool
handle_digest_scale(struct endpoint_call *call)
{
    float factor = 0;
    int16_t offset = 0;
    bool wide = false;
    uint32_t letter = 0;

    if (!(endpoint_begin(call, 4) &&
          (cbor_read_f32(&call->arguments, &factor) || cbor_in_field(&call->arguments, "factor")) &&
          (cbor_read_s16(&call->arguments, &offset) || cbor_in_field(&call->arguments, "offset")) &&
          (cbor_read_bool(&call->arguments, &wide) || cbor_in_field(&call->arguments, "wide")) &&
          (cbor_read_char(&call->arguments, &letter) || cbor_in_field(&call->arguments, "letter")) &&
          endpoint_accept(call)))
        return false;
    double ret = golden_bytes_digest_scale(factor, offset, wide, letter);
    cbor_write_float(&call->reply, ret);
    return true;
}

static const char description[] =
    "\244etypes\202"
    "\202dlistbu8"
    "\202dlistcu64"
    "gversion\001icallbacks\200jinterfaces\201"
    "\203x\031golden:bytes/digest@0.1.0`\205"
    "\206hfunctionfupdate\366`\202\202evaluecu32\202ddata\000cu32"
    "\206hfunctionlupdate-words\366`\202\202evaluecu32\202ewords\001cu32"
    "\206hfunctiondname\366`\200fstring"
    "\206hfunctionereset\366`\200\366"
    "\206hfunctionescale\366`\204\202ffactorcf32\202foffsetcs16\202dwidedbool\202fletterdcharcf64";

const struct endpoint_description endpoint_description = {description, sizeof description - 1};

static const char *const interfaces[] = {"golden:bytes/digest@0.1.0", NULL};

// Sorted by length, then by bytes.
static const struct endpoint_method methods[] = {
    ENDPOINT_METHOD("digest.name", handle_digest_name),
    ENDPOINT_METHOD("digest.reset", handle_digest_reset),
    ENDPOINT_METHOD("digest.scale", handle_digest_scale),
    ENDPOINT_METHOD("digest.update", handle_digest_update),
    ENDPOINT_METHOD("digest.update-words", handle_digest_update_words),
};

const struct endpoint_contract endpoint_contract = {"cap", "0.1.0", interfaces,
                                                    {methods, sizeof methods / sizeof *methods}};
