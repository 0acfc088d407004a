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

/* Hands an error over as the canonical ABI wants it. Its texts fit into the reserve of cabi_realloc.c. */
static void
answer_error(exports_compose_dynlink_endpoint_error_t *error, const char *code, struct endpoint_text message,
             const char *context, size_t context_length)
{
    provider_string_dup_n(&error->code, code, strlen(code));
    provider_string_dup_n(&error->message, message.at, message.length);
    error->context.is_some = context != NULL;
    if (context != NULL)
        provider_string_dup_n(&error->context.val, context, context_length);
}

/* The error for a problem with the arguments: context `method: arguments.path`. */
static void
answer_problem(exports_compose_dynlink_endpoint_error_t *error, const struct endpoint_call *call)
{
    const struct cbor_problem *problem = &call->arguments.problem;
    char message_room[CBOR_EXPLANATION], context_room[96 + CBOR_PATH];
    struct endpoint_text message = {message_room, cbor_explain(&call->arguments, message_room), sizeof(message_room)};
    struct endpoint_text context = {context_room, 0, sizeof(context_room)};

    endpoint_append(&context, call->method, endpoint_cut(call->method, call->method_length, 64));
    endpoint_append_string(&context, ": arguments");
    if (problem->path_length > 0 && problem->path[0] != '[')
        endpoint_append_string(&context, ".");
    endpoint_append(&context, problem->path, problem->path_length);
    answer_error(error, problem->no_memory ? ENDPOINT_NO_MEMORY : "invalid-input", message, context.at, context.length);
}

void
endpoint_answer_failure(exports_compose_dynlink_endpoint_error_t *error, const struct endpoint_call *call)
{
    const char *code = "internal-error", *message = "the method failed without saying why";

    if (call->code != NULL) {
        struct endpoint_text text = {(char *)call->message, strlen(call->message), 0};
        answer_error(error, call->code, text, call->context, call->context_length);
    } else if (call->arguments.problem.expected != NULL) {
        answer_problem(error, call);
    } else {
        if (call->reply.failed == CBOR_NO_MEMORY) {
            code = ENDPOINT_NO_MEMORY;
            message = "no memory for the reply";
        } else if (call->reply.failed == CBOR_TOO_LARGE) {
            message = "the reply is larger than a provider may answer";
        }
        struct endpoint_text text = {(char *)message, strlen(message), 0};
        answer_error(error, code, text, call->method, call->method_length);
    }
}
