/* Fuzz target of endpoint_ask.c and endpoint_question.c: what consumers answer to a provider in the shape of generated code.
 *
 * The input is a sequence of calls, each a byte that chooses the method, a byte with the payload's length, and the payload;
 * and, wherever the provider asks, of an outcome: a byte that chooses its kind, and then bytes with a length in front (of an
 * answer, or of each text of an error), or a call. Where it ends the provider is answered with an error. In the end it has no
 * handle of the consumer's. */
#include "check.h"
#include "endpoint.h"
#include "endpoint_call.h"
#include "link_handles.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How deep calls nest, and how many handles are looked at. */
enum { DEEPEST = 6, ROOM = 1024 };

/* ---- The provider ---- */

/* Ends a question of which `handle` is what was read of the answer; 0: none. The call fails with what is wrong. */
static bool
asked(struct endpoint_call *call, struct endpoint_question *question, int32_t handle)
{
    if (endpoint_question_end(question))
        return true;
    if (handle != 0)
        endpoint_drop_foreign(handle);
    question->why[question->why_length < sizeof(question->why) ? question->why_length : sizeof(question->why) - 1] = '\0';
    return endpoint_fail(call, "unanswered", question->why, NULL);
}

/* ask.number(n: u32) -> u32 */
static bool
handle_number(struct endpoint_call *call)
{
    struct endpoint_question question;
    uint32_t number = 0, answer = 0;

    if (!(endpoint_begin(call, 1) && cbor_read_u32(&call->arguments, &number) && endpoint_accept(call)))
        return false;
    endpoint_question_begin(&question, ENDPOINT_QUESTION("cb.number"), 1);
    cbor_write_unsigned(&question.arguments, number);
    if (endpoint_question_send(&question))
        cbor_read_u32(&question.reply, &answer);
    if (!asked(call, &question, 0))
        return false;
    cbor_write_unsigned(&call->reply, answer);
    return true;
}

/* ask.text() -> string */
static bool
handle_text(struct endpoint_call *call)
{
    struct endpoint_question question;
    uint8_t *text = NULL;
    size_t length = 0;

    if (!(endpoint_begin(call, 0) && endpoint_accept(call)))
        return false;
    endpoint_question_begin(&question, ENDPOINT_QUESTION("cb.text"), 0);
    if (endpoint_question_send(&question))
        cbor_read_text(&question.reply, &text, &length);
    bool answered = asked(call, &question, 0);
    if (answered)
        cbor_write_text(&call->reply, text, length);
    if (length > 0)
        free(text);
    return answered;
}

/* Asks for a visitor, and gives it back. */
static bool
pass_on(struct endpoint_call *call, struct endpoint_question *question)
{
    int32_t visitor = 0;

    if (endpoint_question_send(question))
        endpoint_question_read_own(question, &visitor);
    if (!asked(call, question, visitor))
        return false;
    endpoint_write_foreign_own(call, visitor);
    return true;
}

/* ask.make() -> own<visitor> */
static bool
handle_make(struct endpoint_call *call)
{
    struct endpoint_question question;

    if (!(endpoint_begin(call, 0) && endpoint_accept(call)))
        return false;
    endpoint_question_begin(&question, ENDPOINT_QUESTION("cb.make"), 0);
    return pass_on(call, &question);
}

/* ask.swap(lent: borrow<visitor>, given: own<visitor>) -> own<visitor> */
static bool
handle_swap(struct endpoint_call *call)
{
    struct endpoint_question question;
    int32_t lent = 0, given = 0;

    if (!(endpoint_begin(call, 2) && endpoint_read_foreign_borrow(call, &lent) &&
          endpoint_read_foreign_own(call, &given) && endpoint_accept(call)))
        return false;
    endpoint_question_begin(&question, ENDPOINT_QUESTION("cb.swap"), 2);
    endpoint_question_borrow(&question, lent);
    endpoint_question_own(&question, given);
    return pass_on(call, &question);
}

/* ask.end(it: own<visitor>) */
static bool
handle_end(struct endpoint_call *call)
{
    int32_t visitor = 0;

    if (!(endpoint_begin(call, 1) && endpoint_read_foreign_own(call, &visitor) && endpoint_accept(call)))
        return false;
    endpoint_drop_foreign(visitor);
    cbor_write_null(&call->reply);
    return true;
}

static const char *const interfaces[] = {"test:asking/ask@0.1.0", NULL};
static const struct endpoint_method methods[] = {
    ENDPOINT_METHOD("ask.end", handle_end),       ENDPOINT_METHOD("ask.make", handle_make),
    ENDPOINT_METHOD("ask.number", handle_number), ENDPOINT_METHOD("ask.swap", handle_swap),
    ENDPOINT_METHOD("ask.text", handle_text),
};
enum { METHODS = sizeof(methods) / sizeof(methods[0]) };
const struct endpoint_contract endpoint_contract = {"asking", "0.1.0", interfaces, {methods, METHODS}};
const struct endpoint_methods endpoint_own = {NULL, 0};

/* ---- The host ---- */

/* What is left of the input. */
static const uint8_t *left;
static size_t left_size;
static int depth;

static unsigned
next(void)
{
    if (left_size == 0)
        return 0;
    left_size--;
    return *left++;
}

/* The next bytes, with their length in front, in memory as a host makes it. Texts are ASCII, and
 * without NUL. */
static void
write_bytes(uint8_t *area, size_t at, bool text)
{
    size_t length = next();

    if (length > left_size)
        length = left_size;
    uint8_t *bytes = host_copy(left, length);
    for (size_t i = 0; text && i < length; i++)
        bytes[i] = bytes[i] & 0x7f ? bytes[i] & 0x7f : ' ';
    left += length;
    left_size -= length;
    memcpy(area + at * sizeof(void *), &bytes, sizeof(bytes));
    memcpy(area + (at + 1) * sizeof(void *), &length, sizeof(length));
}

static void
write_text(uint8_t *area, size_t at, const char *text)
{
    size_t length = strlen(text);
    uint8_t *bytes = host_copy(text, length);

    memcpy(area + at * sizeof(void *), &bytes, sizeof(bytes));
    memcpy(area + (at + 1) * sizeof(void *), &length, sizeof(length));
}

/* What becomes of a question: an answer, a call of the consumer's before that, or an error. */
static void
write_outcome(uint8_t *area)
{
    static unsigned kinds[] = {0, 0, 1, 2};
    unsigned kind = left_size > 0 ? kinds[next() % 4] : 2;

    memset(area, 0, 8 * sizeof(void *));
    if (kind == 1 && depth < DEEPEST) {
        area[sizeof(void *)] = 1;
        write_text(area, 2, methods[next() % METHODS].name);
        write_bytes(area, 4, false);
    } else if (kind < 2) {
        write_bytes(area, 2, false);
    } else {
        area[0] = 1;
        write_bytes(area, 1, true);
        write_bytes(area, 3, true);
        area[5 * sizeof(void *)] = next() % 2;
        if (area[5 * sizeof(void *)])
            write_bytes(area, 6, true);
    }
}

void
__wasm_import_compose_dynlink_consumer_ask(uint8_t *method, size_t method_length, uint8_t *payload, size_t length,
                                           uint8_t *area)
{
    struct cbor_reader reader;

    check(method_length > 0 && method[0] != '\0', "a question has a name");
    cbor_reader_open(&reader, payload, length);
    check(cbor_skip(&reader) && cbor_read_end(&reader), "a question is one item");
    depth++;
    write_outcome(area);
    depth--;
}

void
__wasm_import_compose_dynlink_consumer_reply(int32_t is_err, uint8_t *first, size_t first_length, uint8_t *message,
                                             size_t message_length, int32_t has_context, uint8_t *context,
                                             size_t context_length, uint8_t *area)
{
    struct cbor_reader reader;

    (void)message, (void)has_context, (void)context, (void)context_length;
    cbor_reader_open(&reader, first, first_length);
    if (is_err)
        check(first_length > 0 && message_length > 0, "an error has a code and a message");
    else
        check(cbor_skip(&reader) && cbor_read_end(&reader), "a reply is one item");
    write_outcome(area);
}

/* ---- The target ---- */

/* Makes the table of handles that large, so that there are so many slots to look at. */
static void
make_room(void)
{
    static bool made;
    int32_t handle;

    for (int i = 0; !made && i < ROOM; i++)
        check(link_add_handle(1, 1, &handle), "there is room for handles");
    if (!made)
        link_end_session(1);
    made = true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    make_room();
    left = data;
    left_size = size;
    while (left_size >= 2) {
        const char *name = methods[next() % METHODS].name;
        size_t length = next();
        if (length > left_size)
            length = left_size;
        const uint8_t *payload = left;
        left += length;
        left_size -= length;
        struct answer answer = endpoint_call(name, strlen(name), payload, length);
        check(answer.ok || answer.message[0] != '\0', "an error has a message");
        answer_free(&answer);
    }
    for (int32_t i = 0; i < ROOM; i++)
        check(link_slot_at(i)->session == 0, "no handle of the consumer's is left");
    return 0;
}
