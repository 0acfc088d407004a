/* Native tests of endpoint.h, called through its bindings: methods, and what they are passed. */
#include "endpoint_tests.h"

static void
test_session(void)
{
    static const char key[] = "\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17";

    EXPECT(is_error(seed(key, 15), "invalid-input", "expected a byte string of 16 bytes, found another at byte 1",
                    "session: arguments[0]"));
    EXPECT(is_error(call("session", arguments(0)), "invalid-input",
                    "expected an array of 1 items, found an array of 0 items at byte 0", "session: arguments"));
    EXPECT(is_null(seed(key, 16)));
    EXPECT(is_error(seed(key, 16), "invalid-input", "the session has begun already", "session"));
    /* SipHash-2-4 of the numbers 0 and 1 under that key, with the index in the low 20 bits. */
    uint64_t first = new_token(1), second = new_token(2);
    EXPECT(first == ((UINT64_C(0x39d3851ca07681a7) & ~UINT64_C(0xfffff)) | 0));
    EXPECT(second == ((UINT64_C(0x2b91b2b085e6d1f6) & ~UINT64_C(0xfffff)) | 1));
    EXPECT(is_null(call("drop", numbers(1, first, 0))));
    EXPECT(is_null(call("drop", numbers(1, second, 0))));
}

static void
test_late_session(void)
{
    uint64_t token = new_token(1);
    EXPECT(is_error(seed("0123456789abcdef", 16), "invalid-input", "the session has begun already", "session"));
    EXPECT(is_null(call("drop", numbers(1, token, 0))));
}

static void
test_dispatch(void)
{
    struct answer answer = endpoint_call("manifest", 8, "", 0);
    static const char manifest[] = "\xa4\x64name\x66things\x67methods\x8c\x6bshapes.echo\x6c"
                                   "counters.sum\x6cshapes.total"
                                   "\x6d"
                                   "counters.give\x6d"
                                   "counters.many\x6e"
                                   "counters.other\x70"
                                   "counters.counter\x74"
                                   "counters.counter.add"
                                   "\x75"
                                   "counters.counter.pour\x76"
                                   "counters.counter.merge\x66silent\x67reverse"
                                   "\x67version\x65"
                                   "4.5.6\x69"
                                   "contracts\x84\x78\x1atest:things/counters@1.2.3"
                                   "\x78\x18test:things/shapes@0.3.1\x71test:things/plain\x76test:things/tiny@0.0.4";
    EXPECT(answer.ok && answer.length == sizeof(manifest) - 1 && memcmp(answer.reply, manifest, answer.length) == 0);
    answer_free(&answer);
    answer = endpoint_call("manifest", 8, "\xf6", 1);
    EXPECT(answer.ok && answer.length == sizeof(manifest) - 1);
    answer_free(&answer);
    EXPECT(is_error(endpoint_call("manifest", 8, "\x80", 1), "invalid-input",
                    "expected null, found an array of 0 items at byte 0", "manifest: arguments"));
    for (size_t length = 0; length < 2; length++) {
        answer = endpoint_call("describe", 8, "\xf6", length);
        EXPECT(answer.ok && answer.length == 3 && memcmp(answer.reply, "\x82\x01\x02", 3) == 0);
        answer_free(&answer);
    }
    EXPECT(is_error(endpoint_call("describe", 8, "\x80", 1), "invalid-input",
                    "expected null, found an array of 0 items at byte 0", "describe: arguments"));

    /* Every method of every table is found, and nothing near it. */
    const struct endpoint_methods *tables[] = {&endpoint_contract.methods, &endpoint_own};
    for (size_t t = 0; t < 2; t++) {
        for (size_t i = 0; i < tables[t]->count; i++) {
            const struct endpoint_method *method = &tables[t]->methods[i];
            char name[64];
            memcpy(name, method->name, method->length);
            answer = endpoint_call(name, method->length, "\x9f", 1);
            EXPECT(answer.ok || strcmp(answer.code, "not-implemented") != 0);
            answer_free(&answer);
            for (int change = 0; change < 3; change++) {
                memcpy(name, method->name, method->length);
                name[method->length] = change == 0 ? 'x' : '\0';
                name[method->length - 1] += change == 1 ? 1 : 0;
                answer = endpoint_call(name, method->length + (change == 0) - (change == 2), "\x80", 1);
                EXPECT(!answer.ok && strcmp(answer.code, "not-implemented") == 0);
                answer_free(&answer);
            }
        }
    }
    EXPECT(is_error(endpoint_call("", 0, "", 0), "not-implemented", "there is no such method", ""));
    EXPECT(is_error(endpoint_call("shapes.nothing", 14, "", 0), "not-implemented", "there is no such method",
                    "shapes.nothing"));
    char name[5000];
    memset(name, 'x', sizeof(name));
    answer = endpoint_call(name, sizeof(name), "", 0);
    EXPECT(!answer.ok && strcmp(answer.code, "not-implemented") == 0 && strlen(answer.context) == CBOR_PATH);
    answer_free(&answer);
    EXPECT(is_error(endpoint_call("silent", 6, "", 0), "internal-error", "the method failed without saying why",
                    "silent"));
    answer = endpoint_call("reverse", 7, "abc", 3);
    EXPECT(answer.ok && answer.length == 3 && memcmp(answer.reply, "cba", 3) == 0);
    answer_free(&answer);
    answer = endpoint_call("reverse", 7, "", 0);
    EXPECT(answer.ok && answer.length == 0);
    answer_free(&answer);
}

static struct answer
ask(const char *interface)
{
    struct cbor_writer *writer = arguments(1);
    cbor_write_array(writer, 2);
    cbor_write_literal(writer, "test:things/counters@1.2.3");
    cbor_write_text(writer, interface, strlen(interface));
    return call("open", writer);
}

static void
test_open(void)
{
    static const char *const served[] = {
        "test:things/counters@1.2.3", "test:things/counters@1.2.0", "test:things/counters@1.0.0",
        "test:things/counters@1.1.9", "test:things/shapes@0.3.1",   "test:things/shapes@0.3.0",
        "test:things/plain",          "test:things/tiny@0.0.4",
    };
    static const char *const missing[] = {
        "test:things/counters@1.2.4",
        "test:things/counters@1.3.0",
        "test:things/counters@2.0.0",
        "test:things/counters@0.9.0",
        "test:things/counters@0.2.3",
        "test:things/shapes@0.3.2",
        "test:things/shapes@0.2.9",
        "test:things/shapes@0.4.0",
        "test:things/shapes@1.0.0",
        "test:things/tiny@0.0.3",
        "test:things/tiny@0.0.5",
        "test:things/tiny@0.1.0",
        "test:things/plain@1.0.0",
        "test:things/counters",
        "test:things/counters@",
        "test:things/counters@1.2",
        "test:things/counters@1.2.3-rc1",
        "test:things/counters@1.2.3.4",
        "test:things/counters@1.2.",
        "test:things/counters@x.2.3",
        "test:things/counters@1.2.3 ",
        "test:things/counter@1.2.3",
        "test:things/counterss@1.2.3",
        "test:things/shape@0.3.1",
        "",
        "@",
        "test:things/counters@1.2.99999999999999999999",
        "test:things/counters@18446744073709551617.2.3",
    };
    char message[256];

    for (size_t i = 0; i < sizeof(served) / sizeof(served[0]); i++)
        EXPECT(is_null(ask(served[i])));
    for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
        snprintf(message, sizeof(message), "things does not serve %s", missing[i]);
        EXPECT(is_error(ask(missing[i]), "exec-missing-export", message, missing[i]));
    }
    EXPECT(is_null(endpoint_call("open", 4, "\x81\x80", 2)));
    EXPECT(is_error(endpoint_call("open", 4, "\x81\x82\x60\x01", 4), "invalid-input",
                    "expected text, found the integer 1 at byte 3", "open: arguments[0][1]"));
    /* A name too long for the message is cut at the end of a character. */
    char name[600];
    for (size_t shift = 0; shift < 3; shift++) {
        memset(name, 'x', shift);
        for (size_t i = shift; i + 3 < sizeof(name); i += 3)
            memcpy(name + i, "\xe6\xb0\xb4", 4);
        struct answer answer = ask(name);
        EXPECT(!answer.ok && strlen(answer.message) > 240 && strlen(answer.message) < 256);
        struct cbor_writer text;
        struct cbor_reader reader;
        cbor_writer_open(&text, SIZE_MAX);
        cbor_write_text(&text, answer.message, strlen(answer.message));
        cbor_reader_open(&reader, text.data, text.length);
        EXPECT(cbor_skip(&reader));
        size_t kept = strlen(answer.context);
        EXPECT(kept <= CBOR_PATH && kept > CBOR_PATH - 3 && strncmp(answer.context, name, kept) == 0);
        EXPECT(((uint8_t)name[kept] & 0xc0) != 0x80);
        cbor_writer_close(&text);
        answer_free(&answer);
    }
}

static void
test_arguments(void)
{
    EXPECT(is_error(endpoint_call("shapes.echo", 11, "\x81\x61\x61", 3), "invalid-input",
                    "expected a byte string, found text of 1 bytes at byte 1", "shapes.echo: arguments.data"));
    EXPECT(is_error(endpoint_call("shapes.echo", 11, "\x82\x40\x40", 3), "invalid-input",
                    "expected an array of 1 items, found an array of 2 items at byte 0", "shapes.echo: arguments"));
    EXPECT(is_error(endpoint_call("shapes.echo", 11, "\x81\x40\x40", 3), "invalid-input",
                    "expected the end of the payload, found a byte string of 0 bytes at byte 2",
                    "shapes.echo: arguments"));
    EXPECT(is_error(endpoint_call("shapes.echo", 11, "", 0), "invalid-input",
                    "expected an array of 1 items, found the end of the payload at byte 0", "shapes.echo: arguments"));
    /* [["ab", [1, 2]], [none, []]] */
    EXPECT(is_number(endpoint_call("shapes.total", 12,
                                   "\x81\x82\x82\x81\x62"
                                   "ab\xd8\x45\x44\1\0\2\1\x82\x80\xd8\x45\x40",
                                   19),
                     2 + 1 + 258));
    EXPECT(is_error(endpoint_call("shapes.total", 12,
                                  "\x81\x82\x82\x81\x62"
                                  "ab\xd8\x45\x44\1\0\2\1\x82\x80\xd8\x45\x41",
                                  19),
                    "invalid-input",
                    "expected the byte string of a typed array, found one of 1 bytes that is cut off at byte 18",
                    "shapes.total: arguments.entries[1].sizes"));
    EXPECT(is_error(endpoint_call("shapes.total", 12,
                                  "\x81\x81\x82\x81\x62"
                                  "a\xff\xd8\x45\x40",
                                  10),
                    "invalid-input", "expected text, found text that is not UTF-8 at byte 4",
                    "shapes.total: arguments.entries[0].name"));
    EXPECT(is_error(call("counters.many", numbers(2, 5, 0)), "invalid-input",
                    "expected true or false, found the integer 0 at byte 2", "counters.many: arguments.fail"));
}

/* A reply at the limit that run.sh sets, and one byte beyond it: at once, and when it has grown already. */
static void
test_long_reply(void)
{
    enum { LIMIT = 1 << 20, HEAD = 5 };
    static const char large[] = "the reply is larger than a provider may answer";
    static uint8_t data[LIMIT + 1];
    struct cbor_writer *writer = arguments(1);

    cbor_write_bytes(writer, data, LIMIT - HEAD);
    struct answer answer = call("shapes.echo", writer);
    EXPECT(answer.ok && answer.length == LIMIT);
    answer_free(&answer);
    writer = arguments(1);
    cbor_write_bytes(writer, data, LIMIT - HEAD + 1);
    EXPECT(is_error(call("shapes.echo", writer), "internal-error", large, "shapes.echo"));
    answer = endpoint_call("reverse", 7, data, LIMIT);
    EXPECT(answer.ok && answer.length == LIMIT);
    answer_free(&answer);
    EXPECT(is_error(endpoint_call("reverse", 7, data, LIMIT + 1), "internal-error", large, "reverse"));
}

static void
test_room(void)
{
    EXPECT(is_null(call("room", numbers(1, 1 << 20, 0))));
    EXPECT(is_error(call("room", numbers(1, UINT32_MAX, 0)), "no-memory", "no memory for the payload", "room"));
    EXPECT(is_error(call("room", numbers(1, UINT64_C(1) << 32, 0)), "invalid-input",
                    "expected an integer from 0 to 4294967295, found the integer 4294967296 at byte 1",
                    "room: arguments[0]"));
}

int
main(void)
{
    static void (*const tests[])(void) = {
        test_session,
        test_late_session,
        test_dispatch,
        test_open,
        test_arguments,
        test_long_reply,
        test_room,
    };
    return run_tests("endpoint", tests, sizeof(tests) / sizeof(tests[0]));
}
