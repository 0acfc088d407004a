#include "cap.h"
#include "endpoint.h"

#include <stdlib.h>

typedef exports_test_asking_api_thing_t thing_t;
typedef exports_test_asking_api_own_thing_t own_thing_t;

struct exports_test_asking_api_thing_t {
    uint32_t value;
};

own_thing_t
exports_test_asking_api_constructor_thing(uint32_t value)
{
    thing_t *thing = malloc(sizeof(*thing));
    if (thing == NULL)
        abort();
    thing->value = value;
    return exports_test_asking_api_thing_new(thing);
}

void
exports_test_asking_api_thing_destructor(thing_t *thing)
{
    /* Seen if it is used afterwards. */
    thing->value = 0;
    free(thing);
}

uint32_t
exports_test_asking_api_method_thing_value_after(thing_t *self, cap_string_t *question)
{
    struct endpoint_answer answer;

    endpoint_ask((const char *)question->ptr, question->len, "", 0, &answer);
    endpoint_answer_free(&answer);
    cap_string_free(question);
    return self->value;
}

void
exports_test_asking_api_give(own_thing_t it)
{
    exports_test_asking_api_thing_drop_own(it);
}

uint32_t
exports_test_asking_api_pages(void)
{
    return __builtin_wasm_memory_size(0);
}

/* Asks what it is called with, and replies with the answer as text. */
static bool
ask(struct endpoint_call *call)
{
    struct endpoint_answer answer;
    const char *question = (const char *)call->arguments.at;
    size_t length = cbor_left(&call->arguments);
    bool ok = endpoint_ask(question, length, question, length, &answer);

    if (ok)
        cbor_write_text(&call->reply, answer.data, answer.length);
    else
        endpoint_fail(call, endpoint_answer_is(&answer, "own-code") ? "own-code-passed-on" : "asked-in-vain", "no answer",
                      answer.context.length > 0 ? "with a context" : NULL);
    endpoint_answer_free(&answer);
    return ok;
}

static bool
echo(struct endpoint_call *call)
{
    cbor_write_text(&call->reply, call->arguments.at, cbor_left(&call->arguments));
    return true;
}

static bool
trap(struct endpoint_call *call)
{
    (void)call;
    __builtin_trap();
}

static const struct endpoint_method methods[] = {
    ENDPOINT_METHOD("ask", ask),
    ENDPOINT_METHOD("echo", echo),
    ENDPOINT_METHOD("trap", trap),
};

const struct endpoint_methods endpoint_own = {methods, sizeof(methods) / sizeof(methods[0])};
