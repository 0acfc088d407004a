/* Native tests of link_answer.c: what a consumer answers, and what a provider can do with what it has of the consumer's.
 * There is no host: calls are begun and ended here, and questions are asked by calling link_answer(). Prints one line and
 * exits 0, or names what is wrong and exits 1. */
#include "check.h"
#include "visitors.h"

#include <string.h>

/* ---- Its providers, and what they ask ---- */

static struct link_provider provider = {.id = "one", .session = 7}, stranger = {.id = "two", .session = 8};

static char last_error[512];

/* Asks with one number. Returns the number of the answer (0 for null), or -1 and `code`. */
static int64_t
ask(const struct link_provider *asker, const char *method, uint64_t number)
{
    struct cbor_writer question;
    struct cbor_reader reader;
    struct link_error error;
    uint64_t value = 0;
    uint8_t *answer = NULL;
    size_t length = 0;

    cbor_writer_open(&question, CBOR_ROOM);
    cbor_write_array(&question, 1);
    cbor_write_unsigned(&question, number);
    bool answered = link_answer(asker, &answers, method, strlen(method), question.data, question.length, &answer, &length,
                                &error);
    cbor_writer_close(&question);
    if (!answered) {
        snprintf(last_error, sizeof(last_error), "%s: %s (%s)", error.code.text, error.message.text,
                 error.context.text == NULL ? "-" : error.context.text);
        link_error_free(&error);
        return -1;
    }
    cbor_reader_open(&reader, answer, length);
    if (length != 1 || answer[0] != 0xf6)
        EXPECT(cbor_read_u64(&reader, &value) && cbor_read_end(&reader));
    free(answer);
    return (int64_t)value;
}

static bool
is_refused(const struct link_provider *asker, const char *method, uint64_t number, const char *error)
{
    last_error[0] = '\0';
    bool same = ask(asker, method, number) == -1 && strcmp(last_error, error) == 0;
    if (!same)
        fprintf(stderr, "%s: %s\n", method, last_error);
    return same;
}

static const char *
dead(const char *method)
{
    static char text[256];

    snprintf(text, sizeof(text),
             "invalid-input: expected cb.visitor, found a token that is no live handle at byte 1 (%s: arguments)", method);
    return text;
}

/* ---- Calls ---- */

static void
begin(struct link_call *call, size_t count)
{
    link_begin(call, &provider, LINK_METHOD("api.call"), count);
}

/* The token that the only argument is. */
static uint64_t
token_of(const struct link_call *call)
{
    struct cbor_reader reader;
    uint64_t token = 0;

    cbor_reader_open(&reader, call->arguments.data, call->arguments.length);
    EXPECT(cbor_read_tuple(&reader, 1) && cbor_read_u64(&reader, &token) && cbor_read_end(&reader));
    return token;
}

/* Ends a call with a reply, as link_send() and link_end() do. */
static void
end(struct link_call *call, bool answered)
{
    cbor_writer_close(&call->arguments);
    cbor_reader_open(&call->reply, "\xf6", 1);
    call->failed |= !answered;
    if (!call->failed)
        cbor_read_null(&call->reply);
    EXPECT(link_end(call) == !call->failed);
}

static bool
is_pending(const char *code, const char *message)
{
    struct link_error error;

    if (!link_take_error(&error))
        return false;
    bool same = link_error_is(&error, code) && strcmp(error.message.text, message) == 0;
    link_error_free(&error);
    return same;
}

/* Gives a new visitor to the provider, and returns its token. */
static uint64_t
give(uint32_t tag)
{
    struct link_call call;

    begin(&call, 1);
    link_give(&call, &visitor, new_visitor(tag));
    uint64_t token = token_of(&call);
    end(&call, true);
    return token;
}

/* ---- Tests ---- */

static void
test_questions(void)
{
    int64_t token = ask(&provider, "cb.make", 5);

    EXPECT(token != -1 && alive == 1);
    EXPECT(ask(&provider, "cb.visit", (uint64_t)token) == 5);
    EXPECT(ask(&provider, "cb.take", (uint64_t)token) == 0 && alive == 0);
    EXPECT(is_refused(&provider, "cb.visit", (uint64_t)token, dead("cb.visit")));
    EXPECT(is_refused(&provider, "cb.make", 13, "unlucky: 13 is refused (-)") && alive == 0);
    EXPECT(is_refused(&provider, "cb.nothing", 1, "not-implemented: there is no such method (cb.nothing)"));
    EXPECT(is_refused(&provider, "manifest", 1, "not-implemented: there is no such method (manifest)"));
    EXPECT(ask(&provider, "room", 1 << 20) == 0);
    EXPECT(is_refused(&provider, "room", UINT32_MAX, "no-memory: no memory for the payload (room)"));
    struct link_provider ended = {.id = "ended"};
    EXPECT(is_refused(&ended, "cb.make", 1, "exec-busy: its session has ended during a call that is still open (ended)"));
}

static void
test_tokens_of_others(void)
{
    uint64_t token = give(6);

    EXPECT(is_refused(&stranger, "cb.visit", token, dead("cb.visit")));
    EXPECT(is_refused(&stranger, "drop", token,
                      "invalid-input: expected a handle, found a token that is no live handle at byte 1 (drop: arguments[0])"));
    EXPECT(is_refused(&provider, "cb.visit", token ^ (UINT64_C(1) << 40), dead("cb.visit")));
    EXPECT(is_refused(&provider, "cb.visit", UINT64_MAX, dead("cb.visit")) && alive == 1);
    EXPECT(ask(&provider, "drop", token) == 0 && alive == 0);
    EXPECT(is_refused(&provider, "cb.take", token, dead("cb.take")));
}

static void
test_loans(void)
{
    int32_t handle = new_visitor(7);
    struct link_call call, inner;

    begin(&call, 1);
    link_lend(&call, &visitor, handle);
    uint64_t token = token_of(&call);
    EXPECT(ask(&provider, "cb.visit", token) == 7);
    EXPECT(is_refused(&stranger, "cb.visit", token, dead("cb.visit")));
    EXPECT(is_refused(&provider, "cb.take", token,
                      "invalid-input: expected cb.visitor, found a handle that is only lent at byte 1 (cb.take: arguments)"));
    EXPECT(is_refused(&provider, "drop", token,
                      "invalid-input: expected a handle, found a handle that is only lent at byte 1 (drop: arguments[0])"));

    begin(&inner, 1);
    link_lend(&inner, &visitor, handle);
    uint64_t other_token = token_of(&inner);
    EXPECT(other_token != token && ask(&provider, "cb.visit", other_token) == 7);
    end(&inner, true);
    EXPECT(is_refused(&provider, "cb.visit", other_token, dead("cb.visit")));
    EXPECT(ask(&provider, "cb.visit", token) == 7);

    begin(&inner, 1);
    link_give(&inner, &visitor, handle);
    EXPECT(inner.failed && is_pending("invalid-input", "an open call borrows the handle"));
    end(&inner, false);
    EXPECT(ask(&provider, "cb.visit", token) == 7 && alive == 1);

    end(&call, false);
    EXPECT(is_refused(&provider, "cb.visit", token, dead("cb.visit")) && alive == 1);
    link_drop_own(&visitor, handle);
    EXPECT(alive == 0);
    link_drop_own(&visitor, 0);
}

static void
test_dead_handles(void)
{
    struct link_call call;
    int32_t handle = new_visitor(1), another = endpoint_new(&other, malloc(1));

    others_alive++;
    link_drop_own(&visitor, handle);
    begin(&call, 2);
    link_lend(&call, &visitor, handle);
    link_give(&call, &visitor, handle);
    end(&call, false);
    EXPECT(is_pending("invalid-input", "the handle was dropped or given away"));
    begin(&call, 1);
    link_give(&call, &visitor, another);
    end(&call, false);
    EXPECT(is_pending("invalid-input", "the handle was dropped or given away") && others_alive == 1);
    link_drop_own(&other, another);
    EXPECT(others_alive == 0);
}

static void
test_failed_calls_that_give(void)
{
    struct link_call call, inner;
    int32_t handle = new_visitor(2);

    begin(&call, 2);
    link_give(&call, &visitor, handle);
    link_give(&call, &visitor, new_visitor(3));
    EXPECT(alive == 2);
    /* What is given meanwhile, by others or by an answer, is not this call's. */
    begin(&inner, 1);
    link_give(&inner, &visitor, new_visitor(4));
    uint64_t kept = token_of(&inner);
    end(&inner, true);
    int64_t made = ask(&provider, "cb.make", 5);
    EXPECT(alive == 4);
    end(&call, false);
    EXPECT(alive == 2 && ask(&provider, "cb.visit", kept) == 4 && ask(&provider, "cb.visit", (uint64_t)made) == 5);
    link_reclaim(stranger.session);
    EXPECT(alive == 2);
    link_reclaim(provider.session);
    EXPECT(alive == 0 && is_refused(&provider, "cb.visit", kept, dead("cb.visit")));
}

/* Reads a reply that is a token. */
static bool
take_back(struct link_call *call, uint64_t token, int32_t *handle)
{
    struct cbor_writer reply;

    cbor_writer_close(&call->arguments);
    cbor_writer_open(&reply, CBOR_ROOM);
    cbor_write_unsigned(&reply, token);
    cbor_reader_open(&call->reply, reply.data, reply.length);
    bool taken = link_take_back(call, &visitor, handle);
    if (!taken)
        call->failed = true;
    EXPECT(link_end(call) == taken);
    return taken;
}

static void
test_replies_that_give_back(void)
{
    uint64_t token = give(8);
    struct link_call call;
    int32_t handle = 0;

    begin(&call, 0);
    EXPECT(take_back(&call, token, &handle) && alive == 1);
    EXPECT(*(uint32_t *)endpoint_rep(&visitor, handle) == 8);
    EXPECT(is_refused(&provider, "cb.visit", token, dead("cb.visit")));
    begin(&call, 0);
    EXPECT(!take_back(&call, token, &handle) && alive == 1);
    link_drop_own(&visitor, handle);

    /* A call that fails after that. */
    token = give(9);
    struct cbor_writer reply;
    begin(&call, 0);
    cbor_writer_close(&call.arguments);
    cbor_writer_open(&reply, CBOR_ROOM);
    cbor_write_unsigned(&reply, token);
    cbor_reader_open(&call.reply, reply.data, reply.length);
    EXPECT(link_take_back(&call, &visitor, &handle));
    call.failed = true;
    EXPECT(!link_end(&call) && alive == 0);
}

static uint64_t visited;

static void
drop_visited(void)
{
    during_visit = NULL;
    EXPECT(is_refused(&provider, "drop", visited,
                      "invalid-input: expected a handle, found one that an open call borrows at byte 1 (drop: arguments[0])"));
    EXPECT(is_refused(&provider, "cb.take", visited,
                      "invalid-input: expected cb.visitor, found a handle that an open call borrows at byte 1 "
                      "(cb.take: arguments)"));
    struct link_call call;
    int32_t handle;
    begin(&call, 0);
    EXPECT(!take_back(&call, visited, &handle));
    EXPECT(ask(&provider, "cb.visit", visited) == 10);
}

static void
test_dropping_what_is_visited(void)
{
    visited = give(10);
    during_visit = drop_visited;
    EXPECT(ask(&provider, "cb.visit", visited) == 10 && alive == 1);
    EXPECT(ask(&provider, "drop", visited) == 0 && alive == 0);
}

int
main(void)
{
    test_questions();
    test_tokens_of_others();
    test_loans();
    test_dead_handles();
    test_failed_calls_that_give();
    test_replies_that_give_back();
    test_dropping_what_is_visited();
    if (has_failed())
        return 1;
    printf("answers: %d checks\n", checks);
    return 0;
}
