/* Native tests of endpoint.h, called through its bindings. Prints one line and exits 0, or names what is wrong and
 * exits
 * 1. Each test is a process of its own, as each instance of a provider is a memory of its own. */
#include <inttypes.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "endpoint_call.h"
#include "nobody_asked.h"
#include "things.h"

/* Makes a call with what the writer holds, and closes it. */
static struct answer
call(const char *method, struct cbor_writer *payload)
{
    struct answer answer = endpoint_call(method, strlen(method), payload->data, payload->length);
    cbor_writer_close(payload);
    return answer;
}

/* Starts a payload of `count` arguments. */
static struct cbor_writer *
arguments(size_t count)
{
    static struct cbor_writer writer;
    cbor_writer_open(&writer, SIZE_MAX);
    cbor_write_array(&writer, count);
    return &writer;
}

static struct cbor_writer *
numbers(size_t count, uint64_t first, uint64_t second)
{
    struct cbor_writer *writer = arguments(count);
    if (count > 0)
        cbor_write_unsigned(writer, first);
    if (count > 1)
        cbor_write_unsigned(writer, second);
    return writer;
}

/* Whether the answer is the number. Frees it. */
static bool
is_number(struct answer answer, uint64_t expected)
{
    struct cbor_reader reader;
    uint64_t number = 0;

    if (!answer.ok)
        fprintf(stderr, "%s: %s (%s)\n", answer.code, answer.message, answer.context ? answer.context : "-");
    cbor_reader_open(&reader, answer.ok ? answer.reply : (uint8_t *)"", answer.length);
    bool same = cbor_read_u64(&reader, &number) && cbor_read_end(&reader) && number == expected;
    answer_free(&answer);
    return same;
}

static bool
is_null(struct answer answer)
{
    bool same = answer.ok && answer.length == 1 && answer.reply[0] == 0xf6;
    answer_free(&answer);
    return same;
}

/* Whether the answer is that error. `context` may be NULL for none. Frees it. */
static bool
is_error(struct answer answer, const char *code, const char *message, const char *context)
{
    bool same = !answer.ok && strcmp(answer.code, code) == 0 && strcmp(answer.message, message) == 0 &&
                (context == NULL ? answer.context == NULL : answer.context && strcmp(answer.context, context) == 0);
    if (!same && answer.ok)
        fprintf(stderr, "expected an error, got an answer\n");
    else if (!same)
        fprintf(stderr, "got %s: %s (%s)\n", answer.code, answer.message, answer.context ? answer.context : "none");
    answer_free(&answer);
    return same;
}

/* The token of an answer. Frees it. */
static uint64_t
token_of(struct answer answer)
{
    struct cbor_reader reader;
    uint64_t token = 0;

    cbor_reader_open(&reader, answer.ok ? answer.reply : (uint8_t *)"", answer.length);
    if (!cbor_read_u64(&reader, &token) || !cbor_read_end(&reader)) {
        fprintf(stderr, "no token in the answer\n");
        exit(1);
    }
    answer_free(&answer);
    return token;
}

static struct answer
seed(const char *bytes, size_t length)
{
    struct cbor_writer *writer = arguments(1);
    cbor_write_bytes(writer, bytes, length);
    return call("session", writer);
}

static uint64_t
new_token(uint32_t value)
{
    return token_of(call("counters.counter", numbers(1, value, 0)));
}

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

static void
test_handles(void)
{
    static const char no_handle[] = "expected counters.counter, found a token that is no live handle at byte 1";
    uint64_t a, b, other;

    EXPECT(is_null(seed("\xff"
                        "edcba9876543210",
                        16)));
    a = new_token(10);
    b = new_token(20);
    other = token_of(call("counters.other", arguments(0)));
    EXPECT(a != b && live_counters == 2 && live_others == 1);
    EXPECT(is_number(call("counters.counter.add", numbers(2, a, 5)), 15));
    EXPECT(is_number(call("counters.counter.add", numbers(2, b, 5)), 25));

    /* Forged: any bit of a token, and numbers near it. */
    for (int bit = 0; bit < 64; bit++)
        EXPECT(is_error(call("counters.counter.add", numbers(2, a ^ UINT64_C(1) << bit, 5)), "invalid-input", no_handle,
                        "counters.counter.add: arguments.self"));
    EXPECT(is_error(call("counters.counter.add", numbers(2, 0, 5)), "invalid-input", no_handle,
                    "counters.counter.add: arguments.self"));
    EXPECT(is_error(call("counters.counter.add", numbers(2, UINT64_MAX, 5)), "invalid-input", no_handle,
                    "counters.counter.add: arguments.self"));
    /* Of another type. */
    EXPECT(is_error(call("counters.counter.add", numbers(2, other, 5)), "invalid-input",
                    "expected counters.counter, found a handle of another type at byte 1",
                    "counters.counter.add: arguments.self"));
    EXPECT(is_error(call("counters.counter.merge", numbers(2, a, other)), "invalid-input",
                    "expected counters.counter, found a handle of another type at byte 10",
                    "counters.counter.merge: arguments.second"));
    /* Given away and borrowed, given twice: nothing happens, both live on. */
    EXPECT(is_error(call("counters.counter.pour", numbers(2, a, a)), "invalid-input",
                    "expected counters.counter, found a handle that these arguments also borrow at byte 10",
                    "counters.counter.pour: arguments.from"));
    EXPECT(is_error(call("counters.counter.merge", numbers(2, a, a)), "invalid-input",
                    "expected counters.counter, found a handle that these arguments give away at byte 10",
                    "counters.counter.merge: arguments.second"));
    /* A failure after handles were read takes nothing away. */
    struct cbor_writer *writer = numbers(2, a, b);
    cbor_write_null(writer);
    EXPECT(is_error(call("counters.counter.merge", writer), "invalid-input",
                    "expected the end of the payload, found null at byte 19", "counters.counter.merge: arguments"));
    EXPECT(is_number(call("counters.counter.add", numbers(2, a, 0)), 15) && live_counters == 2);
    /* Borrowed twice in one call is fine. */
    writer = arguments(1);
    cbor_write_array(writer, 3);
    cbor_write_unsigned(writer, a);
    cbor_write_unsigned(writer, b);
    cbor_write_unsigned(writer, a);
    EXPECT(is_number(call("counters.sum", writer), 15 + 25 + 15));
    writer = arguments(1);
    cbor_write_array(writer, 2);
    cbor_write_unsigned(writer, a);
    cbor_write_unsigned(writer, other);
    EXPECT(is_error(call("counters.sum", writer), "invalid-input",
                    "expected counters.counter, found a handle of another type at byte 11",
                    "counters.sum: arguments.counters[1]"));

    /* Given away: the resource goes on, under a new token. */
    uint64_t merged = token_of(call("counters.counter.merge", numbers(2, a, b)));
    EXPECT(live_counters == 1 && merged != a && merged != b);
    EXPECT(is_number(call("counters.counter.add", numbers(2, merged, 0)), 40));
    EXPECT(is_error(call("counters.counter.add", numbers(2, a, 5)), "invalid-input", no_handle,
                    "counters.counter.add: arguments.self"));
    EXPECT(is_error(call("counters.counter.add", numbers(2, b, 5)), "invalid-input", no_handle,
                    "counters.counter.add: arguments.self"));
    /* The slot of `b` is used again, its token is not. */
    uint64_t c = new_token(30);
    EXPECT((c & 0xfffff) == (b & 0xfffff) && c != b);
    EXPECT(is_error(call("counters.counter.add", numbers(2, b, 5)), "invalid-input", no_handle,
                    "counters.counter.add: arguments.self"));

    /* Dropped once, not twice, and of either type. */
    EXPECT(is_null(call("drop", numbers(1, c, 0))) && live_counters == 1);
    EXPECT(is_error(call("drop", numbers(1, c, 0)), "invalid-input",
                    "expected a handle, found a token that is no live handle at byte 1", "drop: arguments[0]"));
    EXPECT(is_error(call("counters.counter.add", numbers(2, c, 5)), "invalid-input", no_handle,
                    "counters.counter.add: arguments.self"));
    EXPECT(is_null(call("drop", numbers(1, merged, 0))) && live_counters == 0);
    EXPECT(is_null(call("drop", numbers(1, other, 0))) && live_others == 0);
    EXPECT(is_error(call("drop", numbers(2, other, 0)), "invalid-input",
                    "expected an array of 1 items, found an array of 2 items at byte 0", "drop: arguments"));

    /* A call that fails after it gave handles away leaves none behind. */
    writer = numbers(1, 100, 0);
    writer->data[0] = 0x82;
    cbor_write_bool(writer, true);
    EXPECT(is_error(call("counters.many", writer), "not-today", "many is not for today", "many") && live_counters == 0);
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

/* Reads tokens of a list into an array, and frees the answer. Returns how many. */
static size_t
tokens_of(struct answer answer, uint64_t *tokens)
{
    struct cbor_reader reader;
    size_t count = 0;

    cbor_reader_open(&reader, answer.ok ? answer.reply : (uint8_t *)"", answer.length);
    if (cbor_read_array(&reader, &count)) {
        for (size_t i = 0; i < count; i++)
            cbor_read_u64(&reader, &tokens[i]);
    }
    EXPECT(answer.ok && cbor_read_end(&reader));
    answer_free(&answer);
    return count;
}

static struct answer
many(uint64_t count)
{
    struct cbor_writer *writer = numbers(1, count, 0);
    writer->data[0] = 0x82;
    cbor_write_bool(writer, false);
    return call("counters.many", writer);
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

static void
test_exhaustion(void)
{
    static uint64_t tokens[ENDPOINT_MAX_HANDLES];
    static const char full[] = "the consumer holds as many handles as it may";

    enum { PIECE = 50000, ALL_BUT_TEN = ENDPOINT_MAX_HANDLES - 10 };
    for (size_t at = 0, count; at < ALL_BUT_TEN; at += count) {
        count = ALL_BUT_TEN - at < PIECE ? ALL_BUT_TEN - at : PIECE;
        EXPECT(tokens_of(many(count), tokens + at) == count);
    }
    EXPECT(is_error(many(11), "no-memory", full, "counters.counter") &&
           live_counters == ENDPOINT_MAX_HANDLES - 10);
    EXPECT(tokens_of(many(10), tokens + ENDPOINT_MAX_HANDLES - 10) == 10);
    EXPECT(is_error(call("counters.counter", numbers(1, 1, 0)), "no-memory", full, "counters.counter"));
    EXPECT(is_number(call("counters.counter.add", numbers(2, tokens[7], 1)), 8));
    /* Merging frees one before it gives one, so it works; after a drop so does the constructor. */
    tokens[0] = token_of(call("counters.counter.merge", numbers(2, tokens[0], tokens[1])));
    tokens[1] = new_token(1);
    EXPECT(is_error(call("counters.counter", numbers(1, 1, 0)), "no-memory", full, "counters.counter"));
    for (size_t i = 0; i < ENDPOINT_MAX_HANDLES; i++) {
        struct answer answer = call("drop", numbers(1, tokens[i], 0));
        if (!answer.ok)
            EXPECT(!"every token can be dropped");
        answer_free(&answer);
    }
    EXPECT(live_counters == 0);
}

/* Whether a function traps, seen from another process. */
static bool
traps(void (*function)(int32_t), int32_t handle)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGILL, SIG_DFL);
        signal(SIGTRAP, SIG_DFL);
        freopen("/dev/null", "w", stderr);
        function(handle);
        _exit(0);
    }
    waitpid(child, &status, 0);
    return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
get_counter(int32_t handle)
{
    endpoint_rep(&counter_type, handle);
}

static void
drop_other(int32_t handle)
{
    endpoint_drop(&other_type, handle);
}

/* What a provider's own bug would do: use a handle that is not its own. */
static void
test_provider_bugs(void)
{
    int32_t handle = new_counter(1);

    EXPECT(handle > 0 && ((struct counter *)endpoint_rep(&counter_type, handle))->value == 1);
    EXPECT(!traps(get_counter, handle));
    EXPECT(traps(drop_other, handle));
    EXPECT(traps(get_counter, 0));
    EXPECT(traps(get_counter, -1));
    EXPECT(traps(get_counter, handle + 1));
    EXPECT(traps(get_counter, handle ^ 1 << 20));
    endpoint_drop(&counter_type, handle);
    EXPECT(traps(get_counter, handle) && live_counters == 0);
    int32_t next = new_counter(2);
    EXPECT(next != handle && (next & 0xfffff) == (handle & 0xfffff) && traps(get_counter, handle));
    endpoint_drop(&counter_type, next);
}

/* What a relay reads: the representation is the handler's, and the handle ends without its destructor. */
static void
test_passed_on(void)
{
    uint64_t first = token_of(call("counters.other", arguments(0)));
    uint64_t second = token_of(call("counters.other", arguments(0)));

    /* Arguments that are refused give nothing away. */
    struct answer refused = call("counters.give", numbers(2, second, 300));
    EXPECT(!refused.ok && strcmp(refused.code, "invalid-input") == 0 && live_others == 2);
    answer_free(&refused);
    EXPECT(is_error(call("counters.give", numbers(2, new_token(1), 1)), "invalid-input",
                    "expected counters.other, found a handle of another type at byte 1",
                    "counters.give: arguments.other"));
    EXPECT(is_number(call("counters.give", numbers(2, second, 2)), 4) && live_others == 1);
    EXPECT(is_error(call("counters.give", numbers(2, second, 2)), "invalid-input",
                    "expected counters.other, found a token that is no live handle at byte 1",
                    "counters.give: arguments.other"));
    EXPECT(is_error(call("drop", numbers(1, second, 0)), "invalid-input",
                    "expected a handle, found a token that is no live handle at byte 1", "drop: arguments[0]"));
    /* Its entry is used again; what was passed on does not stick to it. */
    uint64_t third = token_of(call("counters.other", arguments(0)));
    EXPECT((third & 0xfffff) == (second & 0xfffff) && third != second);
    EXPECT(is_null(call("drop", numbers(1, third, 0))) && is_null(call("drop", numbers(1, first, 0))));
    EXPECT(live_others == 0);
}

int
main(void)
{
    void (*tests[])(void) = {test_session, test_late_session, test_dispatch,   test_open,         test_arguments,
                             test_handles, test_long_reply,   test_room,       test_exhaustion,
                             test_provider_bugs, test_passed_on};
    int failed = 0;

    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        int status = 0;
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            tests[i]();
            exit(has_failed());
        }
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
            failed++;
    }
    if (failed > 0)
        return 1;
    printf("endpoint: %zu tests\n", sizeof(tests) / sizeof(tests[0]));
    return 0;
}
