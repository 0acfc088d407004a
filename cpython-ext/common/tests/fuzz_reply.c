/* Fuzz target of link.c and of a generated consumer, that of zlib: a hostile provider.
 *
 * The input is a sequence of answers: a byte with the length, its two high bits set for an error instead of a reply,
 * and the bytes. Function after function of the contract is called until the answers run out. Whatever they are, every
 * call returns, results can be freed as those of a call that worked, and a failure leaves an error. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "link.h"
#include "zlib_import.h"
#include "no_questions.h"

#define S(name) zlib_compression_streams_##name
#define C(name) zlib_compression_checksum_##name

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *answers, *answers_end;
static bool starved; /* a call, no drop, found no answer left and got an error */

static void
put(uint8_t *area, size_t at, const void *data, size_t length)
{
    uint8_t *copied = length > 0 ? malloc(length) : (uint8_t *)1;
    if (copied == NULL)
        abort();
    if (length > 0)
        memcpy(copied, data, length);
    memcpy(area + at * sizeof(void *), &copied, sizeof(copied));
    memcpy(area + (at + 1) * sizeof(void *), &length, sizeof(length));
}

void
__wasm_import_compose_dynlink_linker_method_instance_invoke(int32_t handle, uint8_t *method, size_t method_length,
                                                            uint8_t *payload, size_t length, uint8_t *area)
{
    static const char *const codes[] = {"exec-trap", "exec-timeout", "invalid-input", "x"};
    struct cbor_reader reader;

    (void)handle;
    cbor_reader_open(&reader, payload, length);
    check(cbor_skip(&reader) && cbor_read_end(&reader), "what a consumer sends is deterministic");
    size_t left = (size_t)(answers_end - answers), size = 0;
    bool error = left == 0;

    if (error && !(method_length == 4 && memcmp(method, "drop", 4) == 0))
        starved = true;
    if (left > 0) {
        error = *answers >> 6 == 3;
        size = *answers++ & 63;
        if (size > left - 1)
            size = left - 1;
    }
    area[0] = error;
    if (error) {
        const char *code = codes[size % 4];
        put(area, 1, code, strlen(code));
        put(area, 3, answers, size);
        area[5 * sizeof(void *)] = size & 1;
        if (size & 1)
            put(area, 6, answers, size);
    } else {
        put(area, 1, answers, size);
    }
    if (size > 0)
        answers += size;
}

void
__wasm_import_compose_dynlink_linker_resolve_by_id(uint8_t *id, size_t length, uint8_t *area)
{
    int32_t handle = 1;
    (void)id;
    (void)length;
    area[0] = 0;
    memcpy(area + sizeof(void *), &handle, sizeof(handle));
}

void
__wasm_import_compose_dynlink_linker_resolve_by_digest(uint8_t *digest, size_t length, uint8_t *area)
{
    __wasm_import_compose_dynlink_linker_resolve_by_id(digest, length, area);
}

void
__wasm_import_compose_dynlink_linker_instance_drop(int32_t handle)
{
    (void)handle;
}

void
__component_type_object_force_link_dynlink_import(void)
{
}

/* Calls every function with the handles that there are. */
static void
call_all(S(own_deflater_t) *deflater, S(own_inflater_t) *inflater)
{
    zlib_import_list_u8_t input = {(uint8_t *)"input", 5};
    S(progress_t) progress;
    S(failure_t) failure;
    zlib_import_string_t version;
    uint32_t number;

    if (!S(static_deflater_create)(6, 8, 15, 8, 0, deflater, &failure)) {
        S(failure_free)(&failure);
        deflater->__handle = 0;
    }
    if (!S(method_deflater_set_dictionary)(S(borrow_deflater)(*deflater), &input, &number, &failure))
        S(failure_free)(&failure);
    S(method_deflater_step)(S(borrow_deflater)(*deflater), &input, 100, 4, &progress);
    S(progress_free)(&progress);
    if (S(static_inflater_create)(15, inflater, &failure)) {
        S(own_inflater_t) copy;
        if (S(method_inflater_copy)(S(borrow_inflater)(*inflater), &copy, &failure))
            S(inflater_drop_own)(copy);
        else
            S(failure_free)(&failure);
    } else {
        S(failure_free)(&failure);
        inflater->__handle = 0;
    }
    if (!S(method_inflater_set_dictionary)(S(borrow_inflater)(*inflater), &input, &failure))
        S(failure_free)(&failure);
    S(method_inflater_step)(S(borrow_inflater)(*inflater), &input, 100, 4, &progress);
    S(progress_free)(&progress);
    S(library_version)(&version);
    zlib_import_string_free(&version);
    C(crc32)(0, &input);
    C(adler32)(0, &input);
    C(crc32_combine)(1, 2, UINT64_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    S(own_deflater_t) deflater = {0};
    S(own_inflater_t) inflater = {0};
    struct link_error error;

    answers = data;
    answers_end = data + size;
    starved = false;
    do {
        call_all(&deflater, &inflater);
        check(!starved || link_failed(), "a call without an answer leaves an error");
        if (link_take_error(&error))
            link_error_free(&error);
        S(deflater_drop_own)(deflater);
        S(inflater_drop_own)(inflater);
    } while (answers < answers_end);
    return 0;
}
