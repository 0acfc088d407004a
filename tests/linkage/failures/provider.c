#include "cap.h"
#include "endpoint.h"

#include <stdlib.h>

typedef exports_test_failures_api_thing_t thing_t;
typedef exports_test_failures_api_own_thing_t own_thing_t;
typedef exports_test_failures_api_own_other_t own_other_t;

struct exports_test_failures_api_thing_t {
    uint32_t value;
};

struct exports_test_failures_api_other_t {
    uint32_t touched;
};

/* Memory that is never null. */
static void *
room(size_t size)
{
    void *memory = malloc(size);
    if (memory == NULL)
        abort();
    return memory;
}

own_thing_t
exports_test_failures_api_constructor_thing(uint32_t value)
{
    thing_t *thing = room(sizeof *thing);
    thing->value = value;
    return exports_test_failures_api_thing_new(thing);
}

uint32_t
exports_test_failures_api_method_thing_value(thing_t *self)
{
    return self->value;
}

void
exports_test_failures_api_thing_destructor(thing_t *thing)
{
    free(thing);
}

own_other_t
exports_test_failures_api_constructor_other(void)
{
    exports_test_failures_api_other_t *other = room(sizeof *other);
    other->touched = 0;
    return exports_test_failures_api_other_new(other);
}

uint32_t
exports_test_failures_api_method_other_touch(exports_test_failures_api_other_t *self, thing_t *thing)
{
    self->touched++;
    return thing->value + self->touched;
}

uint32_t
exports_test_failures_api_static_other_take(own_thing_t thing, thing_t *other)
{
    uint32_t sum = exports_test_failures_api_thing_rep(thing)->value + other->value;
    exports_test_failures_api_thing_drop_own(thing);
    return sum;
}

void
exports_test_failures_api_other_destructor(exports_test_failures_api_other_t *other)
{
    free(other);
}

uint32_t
exports_test_failures_api_double(uint32_t value)
{
    return value * 2;
}

uint32_t
exports_test_failures_api_count(void)
{
    static uint32_t count;
    return ++count;
}

uint32_t
exports_test_failures_api_pages(void)
{
    return __builtin_wasm_memory_size(0);
}

bool
exports_test_failures_api_fail(uint32_t value, cap_string_t *ret, cap_string_t *err)
{
    if (value == 99)
        __builtin_trap();
    if (value % 2 == 0)
        cap_string_dup(ret, "even");
    else
        cap_string_dup(err, "odd");
    return value % 2 == 0;
}

void
exports_test_failures_api_trap(cap_list_u8_t *ret)
{
    (void)ret;
    __builtin_trap();
}

void
exports_test_failures_api_take(exports_test_failures_api_mood_t mood, cap_string_t *text,
                               cap_list_tuple2_u8_string_t *items, cap_string_t *ret)
{
    (void)mood;
    *ret = *text;
    cap_list_tuple2_u8_string_free(items);
}

/* A method beside the contract, with an error of its own. */
static bool
own_error(struct endpoint_call *call)
{
    return endpoint_fail(call, "quota-exceeded", "das Ma\xc3\x9f ist voll", "quota.daily");
}

static const struct endpoint_method own_methods[] = {ENDPOINT_METHOD("own-error", own_error)};
const struct endpoint_methods endpoint_own = {own_methods, 1};
