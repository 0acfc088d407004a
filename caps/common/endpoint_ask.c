/* The provider's questions to its consumer: see endpoint.h; docs/reference/dynlink-cbor.md. */
#include "endpoint_private.h"

#include <stdlib.h>
#include <string.h>

/* Answers a call that the consumer makes before it answers, and tells how the question has come on since. Takes the call
 * over. */
static bool
converse(compose_dynlink_consumer_question_t *call, compose_dynlink_consumer_outcome_t *outcome,
         compose_dynlink_consumer_error_t *failure)
{
    exports_compose_dynlink_endpoint_result_list_u8_error_t result;
    compose_dynlink_consumer_result_list_u8_error_t reply;

    result.is_err =
        !exports_compose_dynlink_endpoint_handle(&call->method, &call->payload, &result.val.ok, &result.val.err);
    reply.is_err = result.is_err;
    if (result.is_err) {
        reply.val.err.code = result.val.err.code;
        reply.val.err.message = result.val.err.message;
        reply.val.err.context = result.val.err.context;
    } else {
        reply.val.ok = result.val.ok;
    }
    bool went_on = compose_dynlink_consumer_reply(&reply, outcome, failure);
    /* The same memory; what is exported has a function of this name that leaves the bytes and the context. */
    compose_dynlink_consumer_result_list_u8_error_free(&reply);
    return went_on;
}

/* Takes a text of the bindings over. */
static struct endpoint_answer_text
text_of(provider_string_t string)
{
    return (struct endpoint_answer_text){string.len > 0 ? (char *)string.ptr : "", string.len};
}

bool
endpoint_ask(const char *method, size_t method_length, const void *payload, size_t payload_length,
             struct endpoint_answer *answer)
{
    provider_string_t name = {(uint8_t *)method, method_length};
    provider_list_u8_t bytes = {(uint8_t *)payload, payload_length};
    compose_dynlink_consumer_outcome_t outcome;
    compose_dynlink_consumer_error_t failure;

    memset(answer, 0, sizeof(*answer));
    bool went_on = compose_dynlink_consumer_ask(&name, &bytes, &outcome, &failure);
    while (went_on && outcome.tag == COMPOSE_DYNLINK_CONSUMER_OUTCOME_CALL) {
        compose_dynlink_consumer_question_t call = outcome.val.call;
        went_on = converse(&call, &outcome, &failure);
    }
    if (!went_on) {
        answer->code = text_of(failure.code);
        answer->message = text_of(failure.message);
        if (failure.context.is_some)
            answer->context = text_of(failure.context.val);
    } else if (outcome.val.done.len > 0) {
        answer->data = outcome.val.done.ptr;
        answer->length = outcome.val.done.len;
    }
    return went_on;
}

bool
endpoint_answer_is(const struct endpoint_answer *answer, const char *code)
{
    return answer->code.text != NULL && answer->code.length == strlen(code) &&
           memcmp(answer->code.text, code, answer->code.length) == 0;
}

static void
free_text(struct endpoint_answer_text *text)
{
    if (text->length > 0)
        free(text->text);
}

void
endpoint_answer_free(struct endpoint_answer *answer)
{
    free(answer->data);
    free_text(&answer->code);
    free_text(&answer->message);
    free_text(&answer->context);
    memset(answer, 0, sizeof(*answer));
}
