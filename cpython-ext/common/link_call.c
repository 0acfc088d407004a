/* Calls in which the provider asks: see link.h. Protocol: docs/reference/dynlink-cbor.md. */
#include "link_private.h"

#include <stdlib.h>

static int nested; /* questions that are being answered */

/* Has a question answered. False: `error` is set. */
static bool
answer_question(compose_dynlink_linker_question_t *question, link_answerer *answerer, void *context, uint8_t **answer,
                size_t *length, struct link_error *error)
{
    bool answered;

    *answer = NULL;
    *length = 0;
    if (answerer == NULL) {
        link_error_set(error, "not-implemented", "the consumer takes no questions in this call", NULL);
        return false;
    }
    if (nested >= LINK_MAX_NESTED) {
        link_error_set(error, "exec-busy", "too many questions inside of each other", NULL);
        return false;
    }
    nested++;
    answered = answerer(context, (const char *)question->method.ptr, question->method.len, question->payload.ptr,
                        question->payload.len, answer, length, error);
    nested--;
    return answered;
}

/* Gives an answer, and frees it. Whatever it is, the provider waits for one: a call that is not resumed never ends. */
static bool
resume(struct link_instance instance, bool answered, uint8_t *bytes, size_t length, struct link_error *error,
       compose_dynlink_linker_outcome_t *outcome, compose_dynlink_linker_error_t *failure)
{
    compose_dynlink_linker_borrow_instance_t borrow = {instance.handle};
    compose_dynlink_linker_result_list_u8_error_t answer = {.is_err = !answered};

    if (answered) {
        answer.val.ok = (dynlink_import_list_u8_t){bytes, length};
    } else {
        answer.val.err.code = (dynlink_import_string_t){(uint8_t *)error->code.text, error->code.length};
        answer.val.err.message = (dynlink_import_string_t){(uint8_t *)error->message.text, error->message.length};
        answer.val.err.context.is_some = error->context.text != NULL;
        answer.val.err.context.val = (dynlink_import_string_t){(uint8_t *)error->context.text, error->context.length};
    }
    bool went_on = compose_dynlink_linker_method_instance_resume(borrow, &answer, outcome, failure);
    free(bytes);
    if (!answered)
        link_error_free(error);
    return went_on;
}

/* Answers one question, and tells how the call has come on since. For an answer without room in the provider's memory it gets
 * an error. */
static bool
step(struct link_instance instance, link_answerer *answerer, void *context, compose_dynlink_linker_outcome_t *outcome,
     compose_dynlink_linker_error_t *failure)
{
    compose_dynlink_linker_question_t question = outcome->val.call;
    struct link_error error;
    uint8_t *bytes;
    size_t length;

    bool answered = answer_question(&question, answerer, context, &bytes, &length, &error);
    compose_dynlink_linker_question_free(&question);
    if (answered && length > LINK_UNASKED && !link_ask_for_room(instance, length, &error)) {
        free(bytes);
        bytes = NULL;
        answered = false;
    }
    return resume(instance, answered, bytes, length, &error, outcome, failure);
}

bool
link_call(struct link_instance instance, const char *method, size_t method_length, const void *payload,
          size_t payload_length, link_answerer *answerer, void *context, uint8_t **reply, size_t *reply_length,
          struct link_error *error)
{
    dynlink_import_string_t name = {(uint8_t *)method, method_length};
    dynlink_import_list_u8_t bytes = {(uint8_t *)payload, payload_length};
    compose_dynlink_linker_borrow_instance_t borrow = {instance.handle};
    compose_dynlink_linker_outcome_t outcome;
    compose_dynlink_linker_error_t failure;

    if (payload_length > LINK_UNASKED && !link_ask_for_room(instance, payload_length, error))
        return false;
    bool went_on = compose_dynlink_linker_method_instance_start(borrow, &name, &bytes, &outcome, &failure);
    while (went_on && outcome.tag == COMPOSE_DYNLINK_LINKER_OUTCOME_CALL)
        went_on = step(instance, answerer, context, &outcome, &failure);
    if (!went_on) {
        link_take_failure(error, &failure);
        return false;
    }
    *reply = outcome.val.done.ptr;
    *reply_length = outcome.val.done.len;
    return true;
}
