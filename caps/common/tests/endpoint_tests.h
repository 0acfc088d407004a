/* For native tests of endpoint.h: payloads of calls, what their answers are, and a process for each test, as each instance of
 * a provider is a memory of its own. */
#ifndef ENDPOINT_TESTS_H
#define ENDPOINT_TESTS_H

#include <inttypes.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "endpoint_call.h"
#include "nobody_asked.h"
#include "things.h"

/* Makes a call with what the writer holds, and closes it. */
static inline struct answer
call(const char *method, struct cbor_writer *payload)
{
    struct answer answer = endpoint_call(method, strlen(method), payload->data, payload->length);
    cbor_writer_close(payload);
    return answer;
}

/* Starts a payload of `count` arguments. */
static inline struct cbor_writer *
arguments(size_t count)
{
    static struct cbor_writer writer;
    cbor_writer_open(&writer, SIZE_MAX);
    cbor_write_array(&writer, count);
    return &writer;
}

static inline struct cbor_writer *
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
static inline bool
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

static inline bool
is_null(struct answer answer)
{
    bool same = answer.ok && answer.length == 1 && answer.reply[0] == 0xf6;
    answer_free(&answer);
    return same;
}

/* Whether the answer is that error. `context` may be NULL for none. Frees it. */
static inline bool
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
static inline uint64_t
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

static inline struct answer
seed(const char *bytes, size_t length)
{
    struct cbor_writer *writer = arguments(1);
    cbor_write_bytes(writer, bytes, length);
    return call("session", writer);
}

static inline uint64_t
new_token(uint32_t value)
{
    return token_of(call("counters.counter", numbers(1, value, 0)));
}

/* Runs each test. Prints one line and returns 0, or names what is wrong and returns 1. */
static inline int
run_tests(const char *name, void (*const *tests)(void), size_t count)
{
    int failed = 0;

    for (size_t i = 0; i < count; i++) {
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
    printf("%s: %zu tests\n", name, count);
    return 0;
}

#endif
