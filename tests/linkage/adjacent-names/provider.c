#include "cap.h"

#include <stdlib.h>

typedef exports_test_adjacent_names_api_own_resource_t own_resource_t;

struct exports_test_adjacent_names_api_resource_t {
    uint32_t value;
};

static own_resource_t
new_resource(uint32_t value)
{
    exports_test_adjacent_names_api_resource_t *resource = malloc(sizeof *resource);
    if (resource == NULL)
        abort();
    resource->value = value;
    return exports_test_adjacent_names_api_resource_new(resource);
}

own_resource_t
exports_test_adjacent_names_api_constructor_resource(void)
{
    return new_resource(1);
}

own_resource_t
exports_test_adjacent_names_api_static_resource_new(void)
{
    return new_resource(2);
}

uint32_t
exports_test_adjacent_names_api_method_resource_static(exports_test_adjacent_names_api_resource_t *self)
{
    return self->value;
}

/* A method; the resource lives on. */
uint32_t
exports_test_adjacent_names_api_method_resource_drop(exports_test_adjacent_names_api_resource_t *self)
{
    return self->value += 10;
}

void
exports_test_adjacent_names_api_resource_destructor(exports_test_adjacent_names_api_resource_t *resource)
{
    free(resource);
}

bool
exports_test_adjacent_names_api_func(uint32_t self, uint32_t ret_, uint32_t err_, uint32_t reader, uint32_t writer,
                                     bool ok, uint32_t *ret, uint32_t *err)
{
    uint32_t number = self + ret_ * 10 + err_ * 100 + reader * 1000 + writer * 10000;
    *(ok ? ret : err) = number;
    return ok;
}

void
exports_test_adjacent_names_api_record(exports_test_adjacent_names_api_struct_like_t *value,
                                       exports_test_adjacent_names_api_switch_t which,
                                       exports_test_adjacent_names_api_struct_like_t *ret)
{
    *ret = *value;
    ret->int_ += which;
}

uint32_t
exports_test_adjacent_names_api_a_b(uint32_t a_b)
{
    return a_b + 1;
}

uint32_t
exports_test_adjacent_names_api_http_get_v2(uint32_t x_id)
{
    return x_id * 2;
}

/* The case after it, with a payload of its own. */
void
exports_test_adjacent_names_api_turn(exports_test_adjacent_names_api_outcome_t *outcome,
                                     exports_test_adjacent_names_api_outcome_t *ret)
{
    ret->tag = outcome->tag == EXPORTS_TEST_ADJACENT_NAMES_API_OUTCOME_VAL ? 0 : outcome->tag + 1;
    switch (ret->tag) {
    case EXPORTS_TEST_ADJACENT_NAMES_API_OUTCOME_OK:
        ret->val.ok = outcome->val.val + 1;
        break;
    case EXPORTS_TEST_ADJACENT_NAMES_API_OUTCOME_ERR:
        cap_string_dup(&ret->val.err_, outcome->val.ok == 1 ? "one" : "not one");
        break;
    case EXPORTS_TEST_ADJACENT_NAMES_API_OUTCOME_INT:
        ret->val.int_ = -(int32_t)outcome->val.err_.len;
        break;
    case EXPORTS_TEST_ADJACENT_NAMES_API_OUTCOME_RET:
        break;
    case EXPORTS_TEST_ADJACENT_NAMES_API_OUTCOME_TAG:
        ret->val.tag = 250;
        break;
    case EXPORTS_TEST_ADJACENT_NAMES_API_OUTCOME_VAL:
        ret->val.val = outcome->val.tag + 1;
        break;
    }
    exports_test_adjacent_names_api_outcome_free(outcome);
}

uint32_t
exports_test_adjacent_names_api_open(void)
{
    return 7;
}

uint32_t
exports_test_adjacent_names_api_session(void)
{
    return 8;
}

/* All of the numbers and lengths in a row. */
void
exports_test_adjacent_names_api_locals(uint32_t call, uint32_t result, uint32_t provider, uint32_t index,
                                       uint32_t count, uint32_t value, cap_string_t *error, cap_list_u8_t *reply,
                                       cap_list_string_t *arguments, cap_list_u32_t *ret)
{
    const uint32_t all[] = {call, result, provider, index, count, value, error->len, reply->len, arguments->len};
    ret->len = sizeof all / sizeof *all;
    ret->ptr = malloc(sizeof all);
    if (ret->ptr == NULL)
        abort();
    for (size_t i = 0; i < ret->len; i++)
        ret->ptr[i] = all[i];
    cap_string_free(error);
    cap_list_u8_free(reply);
    cap_list_string_free(arguments);
}
