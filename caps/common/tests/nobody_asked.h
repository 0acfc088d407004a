/* A host whose consumers answer nothing: what endpoint_ask() imports, for tests that ask nobody. */
#ifndef NOBODY_ASKED_H
#define NOBODY_ASKED_H

#include <stdint.h>
#include <stdlib.h>

void
__wasm_import_compose_dynlink_consumer_ask(uint8_t *method, size_t method_length, uint8_t *payload, size_t length,
                                           uint8_t *area)
{
    (void)method, (void)method_length, (void)payload, (void)length, (void)area;
    abort();
}

void
__wasm_import_compose_dynlink_consumer_reply(int32_t is_err, uint8_t *first, size_t first_length, uint8_t *message,
                                             size_t message_length, int32_t has_context, uint8_t *context,
                                             size_t context_length, uint8_t *area)
{
    (void)is_err, (void)first, (void)first_length, (void)message, (void)message_length;
    (void)has_context, (void)context, (void)context_length, (void)area;
    abort();
}

#endif
