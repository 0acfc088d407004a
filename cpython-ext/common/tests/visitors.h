/* A consumer that is asked, for tests and fuzzers, in the shape of generated code. There is no host: calls are begun and ended
 * by hand, and questions are asked by calling link_answer(). */
#ifndef VISITORS_H
#define VISITORS_H

#include "endpoint.h"
#include "link.h"
#include "no_questions.h"

/* ---- The host, of which nothing is called ---- */

void
__wasm_import_compose_dynlink_linker_method_instance_invoke(int32_t handle, uint8_t *method, size_t method_length,
                                                            uint8_t *payload, size_t length, uint8_t *area)
{
    (void)handle, (void)method, (void)method_length, (void)payload, (void)length, (void)area;
    abort();
}

void
__wasm_import_compose_dynlink_linker_resolve_by_id(uint8_t *id, size_t length, uint8_t *area)
{
    (void)id, (void)length, (void)area;
    abort();
}

void
__wasm_import_compose_dynlink_linker_resolve_by_digest(uint8_t *digest, size_t length, uint8_t *area)
{
    (void)digest, (void)length, (void)area;
    abort();
}

void
__wasm_import_compose_dynlink_linker_instance_drop(int32_t handle)
{
    (void)handle;
    abort();
}

void
__component_type_object_force_link_dynlink_import(void)
{
}

/* ---- A consumer with two kinds of resources ---- */

static int alive, others_alive;

static void
destroy_visitor(void *representation)
{
    alive--;
    free(representation);
}

static void
destroy_other(void *representation)
{
    others_alive--;
    free(representation);
}

static const struct endpoint_resource visitor = {"cb.visitor", destroy_visitor}, other = {"cb.other", destroy_other};

static int32_t
new_visitor(uint32_t tag)
{
    uint32_t *representation = malloc(sizeof(*representation));
    if (representation == NULL)
        abort();
    *representation = tag;
    alive++;
    return endpoint_new(&visitor, representation);
}

/* cb.make(tag: u32) -> own<visitor>; fails for 13 after it was made. */
static bool
handle_make(struct endpoint_call *call)
{
    uint32_t tag = 0;

    if (!(endpoint_begin(call, 1) && cbor_read_u32(&call->arguments, &tag) && endpoint_accept(call)))
        return false;
    endpoint_write_own(call, &visitor, new_visitor(tag));
    return tag != 13 || endpoint_fail(call, "unlucky", "13 is refused", NULL);
}

/* What handle_visit() does besides. */
static void (*during_visit)(void);

/* cb.visit(self: borrow<visitor>) -> u32 */
static bool
handle_visit(struct endpoint_call *call)
{
    void *self = NULL;

    if (!(endpoint_begin(call, 1) && endpoint_read_borrow(call, &visitor, &self) && endpoint_accept(call)))
        return false;
    if (during_visit != NULL)
        during_visit();
    cbor_write_unsigned(&call->reply, *(uint32_t *)self);
    return true;
}

/* cb.take(it: own<visitor>) */
static bool
handle_take(struct endpoint_call *call)
{
    int32_t handle = 0;

    if (!(endpoint_begin(call, 1) && endpoint_read_own(call, &visitor, &handle) && endpoint_accept(call)))
        return false;
    endpoint_drop(&visitor, handle);
    cbor_write_null(&call->reply);
    return true;
}

static const struct endpoint_method methods[] = {
    ENDPOINT_METHOD("cb.make", handle_make),
    ENDPOINT_METHOD("cb.take", handle_take),
    ENDPOINT_METHOD("cb.visit", handle_visit),
};
static const struct endpoint_methods answers = {methods, sizeof(methods) / sizeof(methods[0])};

#endif
