/* Fuzz target of endpoint.h: a session of calls to the provider of things.h, or with -DCONTRACT to the one that is
 * linked in (a generated endpoint and the cap behind it).
 *
 * The input is a sequence of calls: a byte that chooses the method, a byte with the payload's length, the payload. In a
 * payload the byte fe, which no CBOR begins with, and the byte after it stand for a token that an earlier answer gave.
 * In the end every token is dropped; then nothing may be alive. */
#include "check.h"
#include "endpoint_call.h"
#include "nobody_asked.h"
#include "tokens.h"

#ifdef CONTRACT
#include "endpoint.h"
#else
#include "things.h"
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_text(const char *text)
{
    struct cbor_writer writer;
    struct cbor_reader reader;

    cbor_writer_open(&writer, SIZE_MAX);
    cbor_write_text(&writer, text, strlen(text));
    cbor_reader_open(&reader, writer.data, writer.length);
    bool ok = cbor_skip(&reader);
    cbor_writer_close(&writer);
    return ok;
}

/* Notes the tokens in an answer: each number too large to be anything else, alone or in an array. */
static void
collect(const struct answer *answer)
{
    struct cbor_reader reader;
    uint64_t number;
    size_t count = 1;

    cbor_reader_open(&reader, answer->reply, answer->length);
    if (cbor_peek(&reader) == CBOR_ARRAY)
        cbor_read_array(&reader, &count);
    for (size_t i = 0; i < count && cbor_read_u64(&reader, &number); i++) {
        if (number > UINT32_MAX)
            note_token(number);
    }
}

static void
check_error(const struct answer *answer)
{
    static const char *const codes[] = {"invalid-input", "not-implemented", "internal-error", "no-memory",
                                        "exec-missing-export", "not-today"};
    bool known = false;

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        known = known || strcmp(answer->code, codes[i]) == 0;
#ifdef CONTRACT
    known = true; /* a cap may have codes of its own */
#endif
    check(known, "the code is one that is documented");
    check(answer->message[0] != '\0' && is_text(answer->message), "the message is text");
}

static void
call(const char *method, size_t method_length, const uint8_t *payload, size_t length)
{
    struct answer answer = endpoint_call(method, method_length, payload, length);
    if (answer.ok)
        collect(&answer);
    else
        check_error(&answer);
    answer_free(&answer);
}

static void
choose(unsigned choice, const uint8_t *payload, size_t length)
{
    static const char *const others[] = {"drop", "open", "session", "manifest", "", "nothing", "describe"};
    size_t count = endpoint_contract.methods.count;

    choice %= count + endpoint_own.count + sizeof(others) / sizeof(others[0]);
    if (choice < count) {
        const struct endpoint_method *method = &endpoint_contract.methods.methods[choice];
#ifndef CONTRACT
        /* A list of handles is kept short, for the sake of speed. */
        if (method->handler == handle_many && length > 1 && payload[1] > 0x18)
            return;
#endif
        call(method->name, method->length, payload, length);
    } else if ((choice -= count) < endpoint_own.count) {
        call(endpoint_own.methods[choice].name, endpoint_own.methods[choice].length, payload, length);
    } else {
        const char *name = others[choice - endpoint_own.count];
        call(name, strlen(name), payload, length);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t payload[MOST_PAYLOAD];
    size_t at = 0;

    while (size - at >= 2 && token_count < MOST_TOKENS / 2) {
        unsigned choice = data[at++];
        size_t length = take_payload(data, size, &at, payload);
        choose(choice, payload, length);
    }
    for (size_t i = 0; i < token_count; i++) {
        payload[0] = 0x81;
        payload[1] = 0x1b;
        for (int byte = 0; byte < 8; byte++)
            payload[2 + byte] = (uint8_t)(tokens[i] >> (56 - 8 * byte));
        struct answer answer = endpoint_call("drop", 4, payload, 10);
        answer_free(&answer);
    }
    token_count = 0;
#ifndef CONTRACT
    check(live_counters == 0 && live_others == 0, "dropping all that was given leaves nothing alive");
#endif
    return 0;
}
