/* Calls of the endpoint through its bindings, as a host makes them: through memory from cabi_realloc, and with the
 * post-return function. */
#ifndef ENDPOINT_CALL_H
#define ENDPOINT_CALL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the generated provider.c exports. */
uint8_t *__wasm_export_exports_compose_dynlink_endpoint_handle(uint8_t *, size_t, uint8_t *, size_t);
void __wasm_export_exports_compose_dynlink_endpoint_handle_post_return(uint8_t *);
void *cabi_realloc(void *, size_t, size_t, size_t);

/* What its object file with the component type defines. */
void
__component_type_object_force_link_provider(void)
{
}

/* An answer, with memory of its own. */
struct answer {
    bool ok;
    uint8_t *reply; /* NUL-terminated for convenience */
    size_t length;
    char *code;
    char *message;
    char *context; /* NULL: none */
};

static inline uint8_t *
answer_copy(const uint8_t *area, size_t at, size_t *length)
{
    const uint8_t *data;
    memcpy(&data, area + at * sizeof(void *), sizeof(data));
    memcpy(length, area + (at + 1) * sizeof(void *), sizeof(*length));
    uint8_t *copied = malloc(*length + 1);
    if (copied == NULL)
        abort();
    if (*length > 0)
        memcpy(copied, data, *length);
    copied[*length] = '\0';
    return copied;
}

static inline void *
host_copy(const void *data, size_t length)
{
    void *copied = cabi_realloc(NULL, 0, 1, length);
    if (length > 0)
        memcpy(copied, data, length);
    return copied;
}

static inline struct answer
endpoint_call(const void *method, size_t method_length, const void *payload, size_t length)
{
    struct answer answer = {0};
    size_t unused;
    uint8_t *area = __wasm_export_exports_compose_dynlink_endpoint_handle(
        host_copy(method, method_length), method_length, host_copy(payload, length), length);

    answer.ok = area[0] == 0;
    if (answer.ok) {
        answer.reply = answer_copy(area, 1, &answer.length);
    } else {
        answer.code = (char *)answer_copy(area, 1, &unused);
        answer.message = (char *)answer_copy(area, 3, &unused);
        if (area[5 * sizeof(void *)])
            answer.context = (char *)answer_copy(area, 6, &unused);
    }
    __wasm_export_exports_compose_dynlink_endpoint_handle_post_return(area);
    return answer;
}

static inline void
answer_free(struct answer *answer)
{
    free(answer->reply);
    free(answer->code);
    free(answer->message);
    free(answer->context);
    *answer = (struct answer){0};
}

#endif
