#include "consumer.h"
#include "check.h"

#include <string.h>

typedef test_ownership_api_item_t item_t;
typedef test_ownership_api_answer_t answer_t;
typedef test_ownership_api_list_item_t list_item_t;
typedef test_ownership_api_own_holder_t own_holder_t;

enum { AT_ONCE = 10 }; /* holders alive at the same time */

static list_item_t items;
static own_holder_t kept;

/* Counts what did not arrive as it was sent. */
static uint32_t wrong;

static bool
same_text(consumer_string_t one, consumer_string_t other)
{
    return one.len == other.len && (one.len == 0 || memcmp(one.ptr, other.ptr, one.len) == 0);
}

static void
check_text(consumer_string_t text, const char *expected)
{
    wrong += !same_text(text, (consumer_string_t){(uint8_t *)expected, strlen(expected)});
}

static void
check_item(const item_t *item, const item_t *expected)
{
    size_t size = expected->values.len * sizeof *expected->values.ptr;
    wrong += !same_text(item->key, expected->key) || item->values.len != expected->values.len ||
             (size > 0 && memcmp(item->values.ptr, expected->values.ptr, size) != 0) ||
             item->note.is_some != expected->note.is_some ||
             (expected->note.is_some && !same_text(item->note.val, expected->note.val));
}

static void
check_items(const list_item_t *list, const list_item_t *expected)
{
    wrong += list->len != expected->len;
    for (size_t i = 0; i < list->len && i < expected->len; i++)
        check_item(&list->ptr[i], &expected->ptr[i]);
}

static void
holder(void)
{
    for (size_t i = 0; i < items.len; i++) {
        own_holder_t holder = test_ownership_api_constructor_holder(&items.ptr[i]);
        test_ownership_api_holder_drop_own(holder);
    }
}

/* What the holder held before comes back, first the last item. */
static void
replace(void)
{
    for (size_t i = 0; i < items.len; i++) {
        item_t item;
        test_ownership_api_method_holder_replace(test_ownership_api_borrow_holder(kept), &items.ptr[i], &item);
        check_item(&item, &items.ptr[(i + items.len - 1) % items.len]);
        test_ownership_api_item_free(&item);
    }
}

static void
get(void)
{
    item_t item;
    test_ownership_api_method_holder_get(test_ownership_api_borrow_holder(kept), &item);
    check_item(&item, &items.ptr[items.len - 1]);
    test_ownership_api_item_free(&item);
}

/* Several at once, dropped in another order than they were made. */
static void
many_holders(void)
{
    own_holder_t alive[AT_ONCE];
    for (size_t i = 0; i < AT_ONCE; i++)
        alive[i] = test_ownership_api_constructor_holder(&items.ptr[i % items.len]);
    for (size_t i = 0; i < AT_ONCE; i++)
        test_ownership_api_holder_drop_own(alive[i * 7 % AT_ONCE]);
}

static void
pass(void)
{
    list_item_t result;
    test_ownership_api_pass(&items, &result);
    check_items(&result, &items);
    test_ownership_api_list_item_free(&result);
}

static void
ask_text(void)
{
    answer_t answer;
    consumer_string_t error;
    wrong += !test_ownership_api_ask(0, &items, &answer, &error) || answer.tag != TEST_OWNERSHIP_API_ANSWER_TEXT;
    check_text(answer.val.text, "an answer that is a text");
    test_ownership_api_answer_free(&answer);
}

static void
ask_items(void)
{
    answer_t answer;
    consumer_string_t error;
    wrong += !test_ownership_api_ask(1, &items, &answer, &error) || answer.tag != TEST_OWNERSHIP_API_ANSWER_ITEMS;
    check_items(&answer.val.items, &items);
    test_ownership_api_answer_free(&answer);
}

static void
ask_failed_text(void)
{
    answer_t answer;
    consumer_string_t error;
    wrong += !test_ownership_api_ask(2, &items, &answer, &error) || answer.tag != TEST_OWNERSHIP_API_ANSWER_FAILED ||
             answer.val.failed.is_err;
    check_text(answer.val.failed.val.ok, "failed, and yet fine");
    test_ownership_api_answer_free(&answer);
}

static void
ask_failed_texts(void)
{
    answer_t answer;
    consumer_string_t error;
    wrong += !test_ownership_api_ask(3, &items, &answer, &error) || answer.tag != TEST_OWNERSHIP_API_ANSWER_FAILED ||
             !answer.val.failed.is_err;
    consumer_list_string_t *keys = &answer.val.failed.val.err;
    wrong += keys->len != items.len;
    for (size_t i = 0; i < keys->len && i < items.len; i++)
        wrong += !same_text(keys->ptr[i], items.ptr[i].key);
    test_ownership_api_answer_free(&answer);
}

static void
ask_error(void)
{
    answer_t answer;
    consumer_string_t error;
    wrong += test_ownership_api_ask(4, &items, &answer, &error);
    check_text(error, "there is no such kind of answer");
    consumer_string_free(&error);
}

static void
swallow(void)
{
    consumer_string_t texts[] = {TEXT("one of two texts of an error"), TEXT("")};
    answer_t answers[] = {
        {TEST_OWNERSHIP_API_ANSWER_TEXT, {.text = TEXT("a text that is swallowed")}},
        {TEST_OWNERSHIP_API_ANSWER_TEXT, {.text = TEXT("")}},
        {TEST_OWNERSHIP_API_ANSWER_ITEMS, {.items = items}},
        {TEST_OWNERSHIP_API_ANSWER_FAILED, {.failed = {false, {.ok = TEXT("fine")}}}},
        {TEST_OWNERSHIP_API_ANSWER_FAILED, {.failed = {true, {.err = {texts, 2}}}}},
    };
    consumer_list_u8_t bytes = LIST(consumer_list_u8_t, uint8_t, 1, 2, 3);
    consumer_list_u8_t no_bytes = {NULL, 0};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        test_ownership_api_swallow(&answers[i], i % 2 == 0 ? &bytes : &no_bytes);
    wrong += texts[0].len != 28 || bytes.len != 3 || items.len != 3;
}

static const struct {
    const char *name;
    void (*call)(void);
} calls[] = {
    {"constructor and drop", holder},
    {"replace", replace},
    {"get", get},
    {"many holders", many_holders},
    {"pass", pass},
    {"ask for a text", ask_text},
    {"ask for items", ask_items},
    {"ask for a failure with a text", ask_failed_text},
    {"ask for a failure with texts", ask_failed_texts},
    {"ask for an error", ask_error},
    {"swallow", swallow},
};

int
main(void)
{
    begin();
    item_t three[] = {
        {TEXT("a key"), LIST(consumer_list_u32_t, uint32_t, 1, 2, 3, 4, 5, 6, 7, 8), {true, TEXT("a note on it")}},
        {TEXT("another"), {NULL, 0}, {true, TEXT("")}},
        {TEXT(""), LIST(consumer_list_u32_t, uint32_t, UINT32_MAX), {.is_some = false}},
    };
    items = (list_item_t){three, 3};
    kept = test_ownership_api_constructor_holder(&three[2]);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        show_growth(calls[i].name, calls[i].call, test_ownership_api_pages);
    SHOW("holders", test_ownership_api_holders());
    test_ownership_api_holder_drop_own(kept);
    SHOW("holders", test_ownership_api_holders());
    SHOW("wrong", wrong);
    return finish();
}
