/* Native tests of endpoint.h, called through its bindings: handles, and the tokens that consumers have of them. */
#include <signal.h>

#include "endpoint_tests.h"

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
    static void (*const tests[])(void) = {
        test_handles,
        test_exhaustion,
        test_provider_bugs,
        test_passed_on,
    };
    return run_tests("endpoint handles", tests, sizeof(tests) / sizeof(tests[0]));
}
