/* A provider that asks in the middle of a call: what a question and its answer cost. */
#include "../clock.h"

#include <stdlib.h>
#include <string.h>

#include "consumer.h"
#include "link.h"

static struct link_instance instance;
static uint64_t answered;

static bool
answer(void *context, const char *method, size_t method_length, const uint8_t *payload, size_t payload_length,
       uint8_t **answer, size_t *answer_length, struct link_error *error)
{
    (void)context, (void)method, (void)method_length, (void)error;
    *answer = malloc(payload_length);
    if (*answer == NULL)
        abort();
    memcpy(*answer, payload, payload_length);
    *answer_length = payload_length;
    answered++;
    return true;
}

/* One call, in which the provider asks `times` times. */
static void
questions(unsigned times)
{
    struct link_error error = {0};
    uint32_t count = times;
    uint8_t *reply;
    size_t length;

    if (!link_call(instance, LINK_METHOD("many"), &count, sizeof(count), answer, NULL, &reply, &length, &error)) {
        fprintf(stderr, "%.*s: %.*s\n", (int)error.code.length, error.code.text, (int)error.message.length,
                error.message.text);
        exit(1);
    }
    link_reply_free(reply, length);
}

int
main(void)
{
    struct link_error error = {0};

    if (!link_resolve("provider", 8, &instance, &error))
        return 1;
    tell("callback", best(questions, 500, 400));
    return answered == 500 * 400 ? 0 : 1;
}
