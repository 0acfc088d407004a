/* Questions of generated code, and handles of the consumer's resources: see endpoint.h; docs/reference/dynlink-cbor.md. */
#include "endpoint_private.h"
#include "link_handles.h"

#include <string.h>

/* ---- Foreign handles ----
 *
 * They are in the table of link_handles.c, in one of two sessions: what is owned, and what a call borrows. */

#define OWNED UINT32_MAX
#define BORROWED (UINT32_MAX - 1)

enum {
    MAX_QUESTION = 256 << 20, /* bytes; the host's own limit may be lower */
    UNASKED = 96 << 10        /* bytes of a question that a consumer takes whether or not its memory is full */
};

/* The slot of a handle that is alive. Any other one is a bug of the provider's: traps. */
static struct link_slot *
live_slot(int32_t handle, bool borrow)
{
    struct link_slot *slot = link_find_handle(OWNED, handle);

    if (slot == NULL && borrow)
        slot = link_find_handle(BORROWED, handle);
    if (slot == NULL)
        __builtin_trap();
    return slot;
}

/* Makes a handle the first one of a list. */
static void
push(int32_t *list, struct link_slot *slot)
{
    slot->next = *list;
    *list = link_index_of(slot);
}

static void
send_drop(uint64_t token)
{
    struct endpoint_answer answer;
    struct cbor_writer writer;

    cbor_writer_open(&writer, CBOR_ROOM);
    cbor_write_array(&writer, 1);
    cbor_write_unsigned(&writer, token);
    endpoint_ask(ENDPOINT_QUESTION("drop"), writer.data, writer.length, &answer);
    endpoint_answer_free(&answer);
    cbor_writer_close(&writer);
}

/* Frees dead handles of a list, and empties it. */
static void
free_slots(int32_t *list, bool drop)
{
    while (*list >= 0) {
        struct link_slot *slot = link_slot_at(*list);
        uint64_t token = slot->token;
        *list = slot->next;
        link_free_slot(slot);
        if (drop)
            send_drop(token);
    }
}

/* Ends live handles of a list, and empties it. */
static void
end_slots(int32_t *list)
{
    for (int32_t at = *list; at >= 0; at = link_slot_at(at)->next)
        link_end_handle(link_slot_at(at));
    free_slots(list, false);
}

static void
settle(struct endpoint_call *call, bool answered)
{
    end_slots(&call->foreign_borrows);
    if (!answered)
        end_slots(&call->foreign_taken);
    free_slots(&call->foreign_given, !answered);
}

static void
begin_handles(struct endpoint_call *call)
{
    if (call->settle != NULL)
        return;
    call->settle = settle;
    call->foreign_borrows = call->foreign_taken = call->foreign_given = -1;
}

static bool
read_foreign(struct endpoint_call *call, uint32_t session, int32_t *list, int32_t *handle)
{
    uint64_t token;

    if (!cbor_read_u64(&call->arguments, &token))
        return false;
    if (!link_add_handle(session, token, handle))
        return cbor_no_memory(&call->arguments, sizeof(struct link_slot));
    push(list, link_find_handle(session, *handle));
    return true;
}

bool
endpoint_read_foreign_borrow(struct endpoint_call *call, int32_t *handle)
{
    begin_handles(call);
    return read_foreign(call, BORROWED, &call->foreign_borrows, handle);
}

bool
endpoint_read_foreign_own(struct endpoint_call *call, int32_t *handle)
{
    begin_handles(call);
    return read_foreign(call, OWNED, &call->foreign_taken, handle);
}

void
endpoint_write_foreign_own(struct endpoint_call *call, int32_t handle)
{
    struct link_slot *slot = live_slot(handle, false);

    begin_handles(call);
    cbor_write_unsigned(&call->reply, slot->token);
    link_end_handle(slot);
    push(&call->foreign_given, slot);
}

void
endpoint_drop_foreign(int32_t handle)
{
    struct link_slot *slot = live_slot(handle, false);
    uint64_t token = slot->token;

    link_end_handle(slot);
    link_free_slot(slot);
    send_drop(token);
}

/* ---- Questions ---- */

/* Makes the question fail: `code: message`. The first failure counts. */
static void
fail(struct endpoint_question *question, const char *code, size_t code_length, const char *message, size_t length)
{
    struct endpoint_text why = {question->why, 0, sizeof(question->why)};

    if (question->failed)
        return;
    question->failed = true;
    endpoint_append(&why, code, code_length);
    endpoint_append_string(&why, ": ");
    endpoint_append(&why, message, length);
    question->why_length = why.length;
}

static void
fail_here(struct endpoint_question *question, const char *code, const char *message)
{
    fail(question, code, strlen(code), message, strlen(message));
}

void
endpoint_question_begin(struct endpoint_question *question, const char *method, size_t method_length, size_t count)
{
    question->method = method;
    question->method_length = method_length;
    question->given = -1;
    question->failed = false;
    memset(&question->answer, 0, sizeof(question->answer));
    cbor_writer_open(&question->arguments, MAX_QUESTION);
    cbor_write_array(&question->arguments, count);
}

void
endpoint_question_borrow(struct endpoint_question *question, int32_t handle)
{
    cbor_write_unsigned(&question->arguments, live_slot(handle, true)->token);
}

void
endpoint_question_own(struct endpoint_question *question, int32_t handle)
{
    struct link_slot *slot = live_slot(handle, false);

    cbor_write_unsigned(&question->arguments, slot->token);
    link_end_handle(slot);
    push(&question->given, slot);
}

/* Asks; what is wrong is noted. */
static bool
ask(struct endpoint_question *question, const char *method, size_t method_length, const struct cbor_writer *payload)
{
    struct endpoint_answer *answer = &question->answer;

    if (endpoint_ask(method, method_length, payload->data, payload->length, answer))
        return true;
    fail(question, answer->code.text, answer->code.length, answer->message.text, answer->message.length);
    return false;
}

/* Whether there is memory for a long question in the consumer, of which the host could only end the instance. One that
 * does not know `room` is taken to have some. */
static bool
ask_for_room(struct endpoint_question *question)
{
    struct cbor_writer writer;

    cbor_writer_open(&writer, CBOR_ROOM);
    cbor_write_array(&writer, 1);
    cbor_write_unsigned(&writer, question->arguments.length);
    if (!ask(question, ENDPOINT_QUESTION("room"), &writer))
        question->failed = !endpoint_answer_is(&question->answer, "not-implemented");
    cbor_writer_close(&writer);
    endpoint_answer_free(&question->answer);
    return !question->failed;
}

bool
endpoint_question_send(struct endpoint_question *question)
{
    struct cbor_writer *arguments = &question->arguments;

    if (arguments->failed == CBOR_TOO_LARGE)
        fail_here(question, "invalid-input", "the question is larger than any consumer takes");
    else if (arguments->failed)
        fail_here(question, ENDPOINT_NO_MEMORY, "out of memory");
    bool sent = !question->failed && (arguments->length <= UNASKED || ask_for_room(question)) &&
                ask(question, question->method, question->method_length, arguments);
    cbor_writer_close(arguments);
    cbor_reader_open(&question->reply, sent ? question->answer.data : (uint8_t *)"", question->answer.length);
    if (sent && question->answer.length > 0)
        cbor_spare(&question->reply, question->answer.data);
    return sent;
}

bool
endpoint_question_read_own(struct endpoint_question *question, int32_t *handle)
{
    uint64_t token;

    if (!cbor_read_u64(&question->reply, &token))
        return false;
    if (link_add_handle(OWNED, token, handle))
        return true;
    send_drop(token);
    return cbor_no_memory(&question->reply, sizeof(struct link_slot));
}

/* The answer is not what the contract says, or there is no memory for it. */
static void
fail_answer(struct endpoint_question *question)
{
    char message[CBOR_EXPLANATION];

    if (question->reply.problem.no_memory) {
        fail_here(question, ENDPOINT_NO_MEMORY, "out of memory");
        return;
    }
    size_t length = cbor_explain(&question->reply, message);
    fail(question, "the answer is wrong", strlen("the answer is wrong"), message, length);
}

bool
endpoint_question_end(struct endpoint_question *question)
{
    if (!question->failed && (question->reply.problem.expected != NULL || !cbor_read_end(&question->reply)))
        fail_answer(question);
    free_slots(&question->given, question->failed);
    /* Else a string of the result has it. */
    if (question->answer.length > 0 && question->reply.spare == NULL)
        question->answer.data = NULL;
    endpoint_answer_free(&question->answer);
    return !question->failed;
}
