#include "consumer.h"
#include "check.h"

typedef test_adjacent_names_api_own_resource_t own_resource_t;
typedef test_adjacent_names_api_borrow_resource_t borrow_resource_t;

static void
turn(test_adjacent_names_api_outcome_t outcome)
{
    test_adjacent_names_api_outcome_t turned;
    test_adjacent_names_api_turn(&outcome, &turned);
    printf("turn %u: ", outcome.tag);
    switch (turned.tag) {
    case TEST_ADJACENT_NAMES_API_OUTCOME_OK:
        SHOW("ok", turned.val.ok);
        break;
    case TEST_ADJACENT_NAMES_API_OUTCOME_ERR:
        SHOW_TEXT("err", turned.val.err_);
        break;
    case TEST_ADJACENT_NAMES_API_OUTCOME_INT:
        SHOW("int", turned.val.int_);
        break;
    case TEST_ADJACENT_NAMES_API_OUTCOME_RET:
        puts("ret");
        break;
    case TEST_ADJACENT_NAMES_API_OUTCOME_TAG:
        SHOW("tag", turned.val.tag);
        break;
    case TEST_ADJACENT_NAMES_API_OUTCOME_VAL:
        SHOW("val", turned.val.val);
        break;
    default:
        printf("case %u, which there is not\n", turned.tag);
    }
    test_adjacent_names_api_outcome_free(&turned);
}

int
main(void)
{
    begin();
    own_resource_t constructed = test_adjacent_names_api_constructor_resource();
    own_resource_t made = test_adjacent_names_api_static_resource_new();
    borrow_resource_t borrowed = test_adjacent_names_api_borrow_resource(made);
    SHOW("static, a method", test_adjacent_names_api_method_resource_static(borrowed));
    /* Not the `drop` that ends it. */
    SHOW("drop, a method", test_adjacent_names_api_method_resource_drop(borrowed));
    SHOW("drop, a method", test_adjacent_names_api_method_resource_drop(borrowed));
    SHOW("static of the other",
         test_adjacent_names_api_method_resource_static(test_adjacent_names_api_borrow_resource(constructed)));
    test_adjacent_names_api_resource_drop_own(made);
    test_adjacent_names_api_resource_drop_own(constructed);

    uint32_t ret = 0;
    uint32_t err = 0;
    SHOW("func", test_adjacent_names_api_func(1, 2, 3, 4, 5, true, &ret, &err));
    SHOW("  ok", ret);
    SHOW("func", test_adjacent_names_api_func(6, 7, 8, 9, 1, false, &ret, &err));
    SHOW("  error", err);

    test_adjacent_names_api_struct_like_t value = {
        .int_ = 40,
        .double_ = 0.5,
        .return_ = TEXT("returned"),
        .list = LIST(consumer_list_u8_t, uint8_t, 1, 2, 3),
        .args = 4,
        .reply = 5,
        .error = 6,
    };
    test_adjacent_names_api_struct_like_t result;
    test_adjacent_names_api_record(&value, TEST_ADJACENT_NAMES_API_SWITCH_BREAK, &result);
    SHOW("int", result.int_);
    SHOW("double", result.double_);
    SHOW_TEXT("return", result.return_);
    SHOW_LIST("list", result.list, PRINT);
    printf("args, reply, error: %u %u %u\n", result.args, result.reply, result.error);
    test_adjacent_names_api_struct_like_free(&result);
    SHOW("a-b", test_adjacent_names_api_a_b(1));
    SHOW("HTTP-get-v2", test_adjacent_names_api_http_get_v2(21));
    SHOW("open", test_adjacent_names_api_open());
    SHOW("session", test_adjacent_names_api_session());

    turn((test_adjacent_names_api_outcome_t){TEST_ADJACENT_NAMES_API_OUTCOME_OK, {.ok = 1}});
    turn((test_adjacent_names_api_outcome_t){TEST_ADJACENT_NAMES_API_OUTCOME_ERR, {.err_ = TEXT("wrong")}});
    turn((test_adjacent_names_api_outcome_t){TEST_ADJACENT_NAMES_API_OUTCOME_INT, {.int_ = INT32_MIN}});
    turn((test_adjacent_names_api_outcome_t){.tag = TEST_ADJACENT_NAMES_API_OUTCOME_RET});
    turn((test_adjacent_names_api_outcome_t){TEST_ADJACENT_NAMES_API_OUTCOME_TAG, {.tag = 254}});
    turn((test_adjacent_names_api_outcome_t){TEST_ADJACENT_NAMES_API_OUTCOME_VAL, {.val = 255}});

    consumer_list_u8_t reply = LIST(consumer_list_u8_t, uint8_t, 0, 0);
    consumer_list_string_t arguments = LIST(consumer_list_string_t, consumer_string_t, TEXT("a"), TEXT(""), TEXT("c"));
    consumer_list_u32_t numbers;
    test_adjacent_names_api_locals(1, 2, 3, 4, 5, 6, &TEXT("error"), &reply, &arguments, &numbers);
    SHOW_LIST("locals", numbers, PRINT);
    consumer_list_u32_free(&numbers);
    return finish();
}
