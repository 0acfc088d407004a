#include "consumer.h"
#include "check.h"

typedef test_nested_api_forest_t forest_t;
typedef test_nested_api_tree_t tree_t;
typedef test_nested_api_branch_t branch_t;
typedef test_nested_api_leaf_t leaf_t;
typedef test_nested_api_list_wide_t list_wide_t;
typedef test_nested_api_result_void_string_t checked_t;
typedef test_nested_api_option_result_tuple2_string_list_option_u32_list_result_void_string_t deep_item_t;
typedef test_nested_api_list_option_result_tuple2_string_list_option_u32_list_result_void_string_t deep_t;

static void
print_option(consumer_option_u32_t option)
{
    if (option.is_some)
        printf("some %" PRIu32, option.val);
    else
        fputs("none", stdout);
}

static void
print_checked(checked_t checked)
{
    if (checked.is_err)
        PRINT_TEXT(checked.val.err);
    else
        fputs("ok", stdout);
}

static void
print_deep_item(deep_item_t item)
{
    if (!item.is_some) {
        fputs("none", stdout);
    } else if (item.val.is_err) {
        fputs("err ", stdout);
        PRINT_LIST(item.val.val.err, print_checked);
    } else {
        fputs("ok ", stdout);
        PRINT_TEXT(item.val.val.ok.f0);
        PRINT_LIST(item.val.val.ok.f1, print_option);
    }
}

static void
print_leaf(leaf_t leaf)
{
    printf("leaf U+%04" PRIX32 " ", leaf.letter);
    PRINT_LIST(leaf.colours, PRINT);
    PRINT_LIST(leaf.rights, PRINT);
    printf(" %d %.9g %d ", leaf.matrix.f0, leaf.matrix.f1, leaf.matrix.f2);
    if (leaf.matrix.f3.is_some)
        PRINT_TEXT(leaf.matrix.f3.val);
    else
        fputs("none", stdout);
}

static void
print_branch(branch_t branch)
{
    switch (branch.tag) {
    case TEST_NESTED_API_BRANCH_NONE:
        fputs("none", stdout);
        break;
    case TEST_NESTED_API_BRANCH_PAIR:
        fputs("pair ", stdout);
        PRINT_TEXT(branch.val.pair.f0);
        printf(" %" PRIu64, branch.val.pair.f1);
        break;
    case TEST_NESTED_API_BRANCH_MAYBE:
        fputs("maybe ", stdout);
        if (branch.val.maybe.is_some)
            PRINT_TEXT(branch.val.maybe.val);
        break;
    case TEST_NESTED_API_BRANCH_OUTCOME:
        fputs("outcome ", stdout);
        if (branch.val.outcome.is_err)
            PRINT(branch.val.outcome.val.err);
        else
            PRINT_LIST(branch.val.outcome.val.ok, PRINT_TEXT);
        break;
    case TEST_NESTED_API_BRANCH_LEAF:
        print_leaf(branch.val.leaf);
        break;
    default:
        printf("case %u, which there is not", branch.tag);
    }
}

static void
print_row(consumer_list_string_t row)
{
    PRINT_LIST(row, PRINT_TEXT);
}

static void
show_tree(const char *what, tree_t tree)
{
    printf("%s: ", what);
    if (tree.name.is_some)
        PRINT_TEXT(tree.name.val);
    else
        fputs("no name", stdout);
    fputs("\n  branches: ", stdout);
    PRINT_LIST(tree.branches, print_branch);
    fputs("\n  rows: ", stdout);
    PRINT_LIST(tree.rows, print_row);
    fputs("\n  last: ", stdout);
    if (tree.last.is_err)
        printf("%u %u", tree.last.val.err.f0, tree.last.val.err.f1);
    else if (tree.last.val.ok.is_some)
        print_leaf(tree.last.val.ok.val);
    else
        fputs("none", stdout);
    putchar('\n');
}

/* One of each kind. */
static consumer_option_u32_t numbers[] = {{true, UINT32_MAX}, {.is_some = false}, {true, 0}};
static checked_t checked[] = {{.is_err = false}, {true, {.err = TEXT("wrong")}}, {true, {.err = TEXT("")}}};
static deep_item_t deep_items[] = {
    {.is_some = false},
    {true, {false, {.ok = {TEXT("numbers"), {numbers, 3}}}}},
    {true, {false, {.ok = {TEXT(""), {NULL, 0}}}}},
    {true, {true, {.err = {checked, 3}}}},
    {true, {true, {.err = {NULL, 0}}}},
};
static deep_t deep_value = {deep_items, sizeof deep_items / sizeof *deep_items};

static consumer_string_t words[] = {TEXT("a"), TEXT(""), TEXT("\xe2\x82\xac")};
static consumer_list_string_t rows[] = {{words, 3}, {NULL, 0}, {words + 1, 1}};
static test_nested_api_colour_t colours[] = {1, 0, 1};
static test_nested_api_rights_t rights[] = {3, 0};
static uint8_t bytes[] = {0, 255};
#define LEAF \
    { \
        0x10ffff, {colours, 3}, {rights, 2}, \
        { \
            INT8_MIN, 1.25f, true, \
            { \
                true, {bytes, 2} \
            } \
        } \
    }
#define BARE_LEAF \
    { \
        0, {NULL, 0}, {NULL, 0}, \
        { \
            0, 0, false, \
            { \
                .is_some = false \
            } \
        } \
    }
static branch_t branches[] = {
    {.tag = TEST_NESTED_API_BRANCH_NONE},
    {TEST_NESTED_API_BRANCH_PAIR, {.pair = {TEXT("pair"), UINT64_MAX}}},
    {TEST_NESTED_API_BRANCH_MAYBE, {.maybe = {true, TEXT("some")}}},
    {TEST_NESTED_API_BRANCH_MAYBE, {.maybe = {.is_some = false}}},
    {TEST_NESTED_API_BRANCH_OUTCOME, {.outcome = {false, {.ok = {words, 3}}}}},
    {TEST_NESTED_API_BRANCH_OUTCOME, {.outcome = {true, {.err = TEST_NESTED_API_COLOUR_GREEN}}}},
    {TEST_NESTED_API_BRANCH_LEAF, {.leaf = LEAF}},
};
static tree_t trees[] = {
    {{true, TEXT("oak")}, {branches, 7}, {rows, 3}, {false, {.ok = {true, LEAF}}}},
    {{.is_some = false}, {NULL, 0}, {NULL, 0}, {true, {.err = {255, UINT16_MAX}}}},
    {{true, TEXT("")}, {branches, 1}, {rows + 1, 1}, {false, {.ok = {.is_some = false}}}},
    {{true, TEXT("bare")}, {NULL, 0}, {NULL, 0}, {false, {.ok = {true, BARE_LEAF}}}},
};
static forest_t forest = {trees, sizeof trees / sizeof *trees};
static forest_t no_forest = {NULL, 0};

static void
show_all(void)
{
    deep_t deep;
    test_nested_api_deep(&deep_value, &deep);
    SHOW_LIST("deep", deep, print_deep_item);
    test_nested_api_list_option_result_tuple2_string_list_option_u32_list_result_void_string_free(&deep);

    forest_t passed;
    test_nested_api_pass(&forest, &passed);
    for (size_t i = 0; i < passed.len; i++)
        show_tree("tree", passed.ptr[i]);
    test_nested_api_forest_free(&passed);
    test_nested_api_pass(&no_forest, &passed);
    SHOW("trees of none", passed.len);
    test_nested_api_forest_free(&passed);
    SHOW("digest", test_nested_api_digest(&forest));
    SHOW("digest of none", test_nested_api_digest(&no_forest));

    tree_t first;
    if (test_nested_api_first(&forest, &first)) {
        SHOW_TEXT("first", first.name.val);
        test_nested_api_tree_free(&first);
    }
    SHOW("first of none", test_nested_api_first(&no_forest, &first));
}

static void
pass_deep(void)
{
    deep_t deep;
    test_nested_api_deep(&deep_value, &deep);
    test_nested_api_list_option_result_tuple2_string_list_option_u32_list_result_void_string_free(&deep);
}

static void
pass_forest(void)
{
    forest_t passed;
    test_nested_api_pass(&forest, &passed);
    test_nested_api_forest_free(&passed);
}

static void
take_first(void)
{
    tree_t first;
    if (test_nested_api_first(&forest, &first))
        test_nested_api_tree_free(&first);
}

int
main(void)
{
    begin();
    show_all();
    SHOW("next of 22", test_nested_api_next(TEST_NESTED_API_WIDE_C22));
    SHOW("next of 254", test_nested_api_next(TEST_NESTED_API_WIDE_C254));
    SHOW("next of 255", test_nested_api_next(TEST_NESTED_API_WIDE_C255));
    SHOW("next of 256", test_nested_api_next(TEST_NESTED_API_WIDE_C256));
    list_wide_t values = LIST(list_wide_t, test_nested_api_wide_t, 0, 23, 255, TEST_NESTED_API_WIDE_C256);
    list_wide_t reversed;
    test_nested_api_reverse(&values, &reversed);
    SHOW_LIST("reverse", reversed, PRINT);
    test_nested_api_list_wide_free(&reversed);
    show_growth("deep", pass_deep, test_nested_api_pages);
    show_growth("pass", pass_forest, test_nested_api_pages);
    show_growth("first", take_first, test_nested_api_pages);
    return finish();
}
