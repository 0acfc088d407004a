/* The errors of an endpoint: how a handler says one, and how a call that failed is answered. No printf, so that a small
 * provider stays small. */
#include "endpoint_private.h"

#include <string.h>

/* ---- Texts ---- */

size_t
endpoint_cut(const char *text, size_t length, size_t most)
{
    if (length <= most)
        return length;
    while (most > 0 && ((uint8_t)text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

void
endpoint_append(struct endpoint_text *text, const char *part, size_t length)
{
    size_t kept = endpoint_cut(part, length, text->room - text->length);

    if (kept < length)
        text->room = text->length + kept;
    length = kept;
    memcpy(text->at + text->length, part, length);
    text->length += length;
}

void
endpoint_append_string(struct endpoint_text *text, const char *part)
{
    endpoint_append(text, part, strlen(part));
}

/* ---- For handlers ---- */

bool
endpoint_fail(struct endpoint_call *call, const char *code, const char *message, const char *context)
{
    if (call->code != NULL)
        return false;
    struct endpoint_text text = {call->message, 0, sizeof(call->message) - 1};
    endpoint_append_string(&text, message);
    call->message[text.length] = '\0';
    call->code = code;
    call->context = context;
    call->context_length = context == NULL ? 0 : strlen(context);
    return false;
}

/* ---- Answers ---- */

/* A problem with the arguments: context `method: arguments.path`. */
static void
describe_problem(struct endpoint_failure *failure, const struct endpoint_call *call)
{
    const struct cbor_problem *problem = &call->arguments.problem;
    struct endpoint_text context = {failure->context_room, 0, sizeof(failure->context_room)};

    endpoint_append(&context, call->method, endpoint_cut(call->method, call->method_length, 64));
    endpoint_append_string(&context, ": arguments");
    if (problem->path_length > 0 && problem->path[0] != '[')
        endpoint_append_string(&context, ".");
    endpoint_append(&context, problem->path, problem->path_length);
    failure->code = problem->no_memory ? ENDPOINT_NO_MEMORY : "invalid-input";
    failure->message.at = failure->message_room;
    failure->message.length = cbor_explain(&call->arguments, failure->message_room);
    failure->context.at = context.at;
    failure->context.length = context.length;
}

static void
describe_reply(struct endpoint_failure *failure, const struct endpoint_call *call)
{
    failure->code = "internal-error";
    failure->message.at = "the method failed without saying why";
    if (call->reply.failed == CBOR_NO_MEMORY) {
        failure->code = ENDPOINT_NO_MEMORY;
        failure->message.at = "no memory for the reply";
    } else if (call->reply.failed == CBOR_TOO_LARGE) {
        failure->message.at = "the reply is larger than a provider may answer";
    }
    failure->message.length = strlen(failure->message.at);
    failure->context.at = call->method;
    failure->context.length = call->method_length;
}

void
endpoint_describe(struct endpoint_failure *failure, const struct endpoint_call *call)
{
    if (call->code != NULL) {
        failure->code = call->code;
        failure->message.at = call->message;
        failure->message.length = strlen(call->message);
        failure->context.at = call->context;
        failure->context.length = call->context_length;
    } else if (call->arguments.problem.expected != NULL) {
        describe_problem(failure, call);
    } else {
        describe_reply(failure, call);
    }
}
