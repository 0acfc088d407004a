#include "consumer.h"
#include "check.h"

typedef test_variants_api_shape_t shape_t;

static void
show_shape(const char *what, const shape_t *shape)
{
    printf("%s: ", what);
    switch (shape->tag) {
    case TEST_VARIANTS_API_SHAPE_NOTHING:
        fputs("nothing", stdout);
        break;
    case TEST_VARIANTS_API_SHAPE_CIRCLE:
        printf("circle %.17g", shape->val.circle);
        break;
    case TEST_VARIANTS_API_SHAPE_LABEL:
        fputs("label ", stdout);
        PRINT_TEXT(shape->val.label);
        break;
    case TEST_VARIANTS_API_SHAPE_POLYGON:
        fputs("polygon", stdout);
        for (size_t i = 0; i < shape->val.polygon.len; i++)
            printf(" (%.17g, %.17g)", shape->val.polygon.ptr[i].f0, shape->val.polygon.ptr[i].f1);
        break;
    case TEST_VARIANTS_API_SHAPE_COLOURED:
        printf("coloured %u", shape->val.coloured);
        break;
    default:
        printf("case %u, which there is not", shape->tag);
    }
    putchar('\n');
}

static void
describe(shape_t shape)
{
    consumer_string_t text;
    test_variants_api_describe(&shape, &text);
    SHOW_TEXT("describe", text);
    consumer_string_free(&text);
}

static void
shapes(void)
{
    consumer_tuple2_f64_f64_t points[] = {{0.5, -1}, {-0.0, 1e300}};
    describe((shape_t){.tag = TEST_VARIANTS_API_SHAPE_NOTHING});
    describe((shape_t){.tag = TEST_VARIANTS_API_SHAPE_CIRCLE, .val.circle = 2.25});
    describe((shape_t){.tag = TEST_VARIANTS_API_SHAPE_LABEL, .val.label = TEXT("caf\xc3\xa9")});
    describe((shape_t){.tag = TEST_VARIANTS_API_SHAPE_LABEL, .val.label = TEXT("")});
    describe((shape_t){.tag = TEST_VARIANTS_API_SHAPE_POLYGON, .val.polygon = {points, 2}});
    describe((shape_t){.tag = TEST_VARIANTS_API_SHAPE_POLYGON, .val.polygon = {NULL, 0}});
    describe((shape_t){.tag = TEST_VARIANTS_API_SHAPE_COLOURED, .val.coloured = TEST_VARIANTS_API_COLOUR_BLUE});

    test_variants_api_list_shape_t list;
    test_variants_api_shapes(&list);
    SHOW("shapes", list.len);
    for (size_t i = 0; i < list.len; i++)
        show_shape("  shape", &list.ptr[i]);
    test_variants_api_list_shape_free(&list);
}

static void
negate(test_variants_api_number_t number)
{
    test_variants_api_number_t result;
    test_variants_api_negate(&number, &result);
    printf("negate %u: %u ", number.tag, result.tag);
    switch (result.tag) {
    case TEST_VARIANTS_API_NUMBER_SINGLE:
        print_float(result.val.single);
        break;
    case TEST_VARIANTS_API_NUMBER_DOUBLE:
        print_double(result.val.double_);
        break;
    case TEST_VARIANTS_API_NUMBER_SMALL:
        print_unsigned(result.val.small);
        break;
    default:
        print_signed(result.val.large);
    }
    putchar('\n');
}

static void
twice(test_variants_api_word_t word)
{
    test_variants_api_word_t result;
    test_variants_api_twice(&word, &result);
    printf("twice %u: %u ", word.tag, result.tag);
    if (result.tag == TEST_VARIANTS_API_WORD_SINGLE)
        print_float(result.val.single);
    else
        print_unsigned(result.val.small);
    putchar('\n');
}

static void
numbers(void)
{
    negate((test_variants_api_number_t){TEST_VARIANTS_API_NUMBER_SINGLE, {.single = 0.1f}});
    negate((test_variants_api_number_t){TEST_VARIANTS_API_NUMBER_DOUBLE, {.double_ = 1e300}});
    negate((test_variants_api_number_t){TEST_VARIANTS_API_NUMBER_SMALL, {.small = 1}});
    negate((test_variants_api_number_t){TEST_VARIANTS_API_NUMBER_LARGE, {.large = INT64_MAX}});
    twice((test_variants_api_word_t){TEST_VARIANTS_API_WORD_SINGLE, {.single = -1.5f}});
    twice((test_variants_api_word_t){TEST_VARIANTS_API_WORD_SMALL, {.small = 0x7fffffff}});
}

static void
maybe_double(const char *what, uint32_t *value)
{
    uint32_t result;
    if (test_variants_api_maybe_double(value, &result))
        printf("maybe-double %s: some %" PRIu32 "\n", what, result);
    else
        printf("maybe-double %s: none\n", what);
}

static void
nested(const char *what, consumer_option_u32_t *value)
{
    consumer_option_u32_t result;
    printf("nested %s: ", what);
    if (!test_variants_api_nested(value, &result))
        puts("none");
    else if (!result.is_some)
        puts("some none");
    else
        printf("some some %" PRIu32 "\n", result.val);
}

static void
greet(const char *what, consumer_string_t *name)
{
    consumer_string_t result;
    printf("greet %s: ", what);
    if (test_variants_api_greet(name, &result)) {
        PRINT_TEXT(result);
        putchar('\n');
        consumer_string_free(&result);
    } else {
        puts("none");
    }
}

static void
options(void)
{
    uint32_t number = 21;
    uint32_t zero = 0;
    uint32_t half = UINT32_MAX / 2 + 1;
    maybe_double("none", NULL);
    maybe_double("some 21", &number);
    maybe_double("some 0", &zero);
    maybe_double("too much", &half);
    nested("none", NULL);
    nested("some none", &(consumer_option_u32_t){.is_some = false});
    nested("some some 0", &(consumer_option_u32_t){true, 0});
    nested("some some max", &(consumer_option_u32_t){true, UINT32_MAX});
    greet("none", NULL);
    greet("some empty", &TEXT(""));
    greet("some Ada", &TEXT("Ada"));
}

static void
divide(int32_t dividend, int32_t divisor)
{
    int32_t quotient;
    consumer_string_t error;
    printf("divide %" PRId32 " by %" PRId32 ": ", dividend, divisor);
    if (test_variants_api_divide(dividend, divisor, &quotient, &error)) {
        printf("ok %" PRId32 "\n", quotient);
    } else {
        SHOW_TEXT("err", error);
        consumer_string_free(&error);
    }
}

static void
flip(const char *what, test_variants_api_result_u32_string_t value)
{
    consumer_string_t ok;
    uint32_t err;
    printf("flip %s: ", what);
    if (test_variants_api_flip(&value, &ok, &err)) {
        SHOW_TEXT("ok", ok);
        consumer_string_free(&ok);
    } else {
        SHOW("err", err);
    }
}

static void
results(void)
{
    divide(-7, 2);
    divide(INT32_MIN, 1);
    divide(1, 0);
    divide(INT32_MIN, -1);
    SHOW("check true", test_variants_api_check(true));
    SHOW("check false", test_variants_api_check(false));

    consumer_string_t ok;
    if (test_variants_api_only_ok(true, &ok)) {
        SHOW_TEXT("only-ok true: ok", ok);
        consumer_string_free(&ok);
    }
    SHOW("only-ok false", test_variants_api_only_ok(false, &ok));

    test_variants_api_colour_t err = 77;
    SHOW("only-err true", test_variants_api_only_err(true, &err));
    SHOW("only-err false", test_variants_api_only_err(false, &err));
    SHOW("  error", err);

    flip("ok 7", (test_variants_api_result_u32_string_t){false, {.ok = 7}});
    flip("err", (test_variants_api_result_u32_string_t){true, {.err = TEXT("wrong")}});
    flip("empty err", (test_variants_api_result_u32_string_t){true, {.err = TEXT("")}});
}

int
main(void)
{
    begin();
    SHOW("next-colour red", test_variants_api_next_colour(TEST_VARIANTS_API_COLOUR_RED));
    SHOW("next-colour blue", test_variants_api_next_colour(TEST_VARIANTS_API_COLOUR_BLUE));
    SHOW("invert none", test_variants_api_invert(0));
    SHOW("invert write", test_variants_api_invert(TEST_VARIANTS_API_RIGHTS_WRITE));
    SHOW("invert all", test_variants_api_invert(7));
    SHOW("invert-many none", test_variants_api_invert_many(0));
    SHOW("invert-many p31", test_variants_api_invert_many((uint32_t)TEST_VARIANTS_API_MANY_P31));
    SHOW("invert-many p0 p31", test_variants_api_invert_many(UINT32_C(0x80000001)));
    SHOW("invert-many all", test_variants_api_invert_many(UINT32_MAX));
    /* Nine flags take two bytes. */
    SHOW("invert-nine i8", test_variants_api_invert_nine(TEST_VARIANTS_API_NINE_I8));
    SHOW("invert-nine none", test_variants_api_invert_nine(0));
    shapes();
    numbers();
    options();
    results();
    return finish();
}
