#include "cap.h"

#include <stdlib.h>
#include <string.h>

typedef exports_test_variants_api_shape_t shape_t;

/* Sets `ret` to both texts in a row. (Not by snprintf, which brings WASI in.) */
static void
say(cap_string_t *ret, const char *text, const uint8_t *rest, size_t rest_length)
{
    size_t length = strlen(text);
    *ret = (cap_string_t){malloc(length + rest_length), length + rest_length};
    if (ret->ptr == NULL)
        abort();
    memcpy(ret->ptr, text, length);
    if (rest_length > 0)
        memcpy(ret->ptr + length, rest, rest_length);
}

/* The same with a number of one digit. */
static void
say_digit(cap_string_t *ret, const char *text, size_t digit)
{
    say(ret, text, &(uint8_t){(uint8_t)('0' + digit)}, 1);
}

exports_test_variants_api_colour_t
exports_test_variants_api_next_colour(exports_test_variants_api_colour_t colour)
{
    return colour == EXPORTS_TEST_VARIANTS_API_COLOUR_BLUE ? EXPORTS_TEST_VARIANTS_API_COLOUR_RED : colour + 1;
}

exports_test_variants_api_rights_t
exports_test_variants_api_invert(exports_test_variants_api_rights_t rights)
{
    return rights ^ (EXPORTS_TEST_VARIANTS_API_RIGHTS_READ | EXPORTS_TEST_VARIANTS_API_RIGHTS_WRITE |
                     EXPORTS_TEST_VARIANTS_API_RIGHTS_EXECUTE);
}

exports_test_variants_api_nine_t
exports_test_variants_api_invert_nine(exports_test_variants_api_nine_t nine)
{
    return nine ^ 0x1ff;
}

exports_test_variants_api_many_t
exports_test_variants_api_invert_many(exports_test_variants_api_many_t many)
{
    return ~many;
}

void
exports_test_variants_api_describe(shape_t *shape, cap_string_t *ret)
{
    switch (shape->tag) {
    case EXPORTS_TEST_VARIANTS_API_SHAPE_NOTHING:
        cap_string_dup(ret, "nothing");
        break;
    case EXPORTS_TEST_VARIANTS_API_SHAPE_CIRCLE:
        say_digit(ret, "circle of quarters: ", (size_t)(shape->val.circle * 4));
        break;
    case EXPORTS_TEST_VARIANTS_API_SHAPE_LABEL:
        say(ret, "label: ", shape->val.label.ptr, shape->val.label.len);
        break;
    case EXPORTS_TEST_VARIANTS_API_SHAPE_POLYGON:
        say_digit(ret, "polygon of corners: ", shape->val.polygon.len);
        break;
    case EXPORTS_TEST_VARIANTS_API_SHAPE_COLOURED:
        say_digit(ret, "colour: ", shape->val.coloured);
        break;
    default:
        abort();
    }
    exports_test_variants_api_shape_free(shape);
}

/* A shape of each case, and an empty polygon. */
void
exports_test_variants_api_shapes(exports_test_variants_api_list_shape_t *ret)
{
    static const cap_tuple2_f64_f64_t corners[] = {{-0.0, 0.1}, {1e-300, -2}};
    const shape_t shapes[] = {
        {.tag = EXPORTS_TEST_VARIANTS_API_SHAPE_NOTHING},
        {.tag = EXPORTS_TEST_VARIANTS_API_SHAPE_CIRCLE, .val.circle = 0.1},
        {.tag = EXPORTS_TEST_VARIANTS_API_SHAPE_LABEL},
        {.tag = EXPORTS_TEST_VARIANTS_API_SHAPE_POLYGON, .val.polygon = {malloc(sizeof corners), 2}},
        {.tag = EXPORTS_TEST_VARIANTS_API_SHAPE_POLYGON, .val.polygon = {NULL, 0}},
        {.tag = EXPORTS_TEST_VARIANTS_API_SHAPE_COLOURED, .val.coloured = EXPORTS_TEST_VARIANTS_API_COLOUR_GREEN},
    };
    *ret = (exports_test_variants_api_list_shape_t){malloc(sizeof shapes), sizeof shapes / sizeof *shapes};
    if (ret->ptr == NULL || shapes[3].val.polygon.ptr == NULL)
        abort();
    memcpy(ret->ptr, shapes, sizeof shapes);
    memcpy(ret->ptr[3].val.polygon.ptr, corners, sizeof corners);
    cap_string_dup(&ret->ptr[2].val.label, "caf\xc3\xa9");
}

void
exports_test_variants_api_negate(exports_test_variants_api_number_t *number, exports_test_variants_api_number_t *ret)
{
    *ret = *number;
    switch (number->tag) {
    case EXPORTS_TEST_VARIANTS_API_NUMBER_SINGLE:
        ret->val.single = -number->val.single;
        break;
    case EXPORTS_TEST_VARIANTS_API_NUMBER_DOUBLE:
        ret->val.double_ = -number->val.double_;
        break;
    case EXPORTS_TEST_VARIANTS_API_NUMBER_SMALL:
        ret->val.small = -number->val.small;
        break;
    default:
        ret->val.large = -number->val.large;
    }
}

void
exports_test_variants_api_twice(exports_test_variants_api_word_t *word, exports_test_variants_api_word_t *ret)
{
    *ret = *word;
    if (word->tag == EXPORTS_TEST_VARIANTS_API_WORD_SINGLE)
        ret->val.single *= 2;
    else
        ret->val.small *= 2;
}

/* None when the double is too much. */
bool
exports_test_variants_api_maybe_double(uint32_t *maybe_value, uint32_t *ret)
{
    if (maybe_value == NULL || *maybe_value > UINT32_MAX / 2)
        return false;
    *ret = *maybe_value * 2;
    return true;
}

bool
exports_test_variants_api_nested(cap_option_u32_t *maybe_value, cap_option_u32_t *ret)
{
    if (maybe_value == NULL)
        return false;
    *ret = *maybe_value;
    return true;
}

bool
exports_test_variants_api_greet(cap_string_t *maybe_name, cap_string_t *ret)
{
    if (maybe_name == NULL)
        return false;
    say(ret, "hello ", maybe_name->ptr, maybe_name->len);
    cap_string_free(maybe_name);
    return true;
}

bool
exports_test_variants_api_divide(int32_t dividend, int32_t divisor, int32_t *ret, cap_string_t *err)
{
    if (divisor == 0) {
        cap_string_dup(err, "division by zero");
        return false;
    }
    if (dividend == INT32_MIN && divisor == -1) {
        cap_string_dup(err, "");
        return false;
    }
    *ret = dividend / divisor;
    return true;
}

bool
exports_test_variants_api_check(bool ok)
{
    return ok;
}

bool
exports_test_variants_api_only_ok(bool ok, cap_string_t *ret)
{
    if (ok)
        cap_string_dup(ret, "fine");
    return ok;
}

bool
exports_test_variants_api_only_err(bool ok, exports_test_variants_api_colour_t *err)
{
    if (!ok)
        *err = EXPORTS_TEST_VARIANTS_API_COLOUR_BLUE;
    return ok;
}

bool
exports_test_variants_api_flip(exports_test_variants_api_result_u32_string_t *value, cap_string_t *ret, uint32_t *err)
{
    if (!value->is_err) {
        *err = value->val.ok;
        return false;
    }
    *ret = value->val.err;
    return true;
}
