#include "cap.h"

#include <stdlib.h>

typedef exports_test_nested_api_forest_t forest_t;
typedef exports_test_nested_api_tree_t tree_t;
typedef exports_test_nested_api_branch_t branch_t;
typedef exports_test_nested_api_leaf_t leaf_t;
typedef exports_test_nested_api_list_wide_t list_wide_t;
typedef exports_test_nested_api_list_option_result_tuple2_string_list_option_u32_list_result_void_string_t deep_t;

void
exports_test_nested_api_deep(deep_t *value, deep_t *ret)
{
    *ret = *value;
}

void
exports_test_nested_api_pass(forest_t *forest, forest_t *ret)
{
    *ret = *forest;
}

static void
add(uint64_t *digest, uint64_t value)
{
    *digest = *digest * 31 + value;
}

static void
add_bytes(uint64_t *digest, const uint8_t *bytes, size_t length)
{
    add(digest, length);
    for (size_t i = 0; i < length; i++)
        add(digest, bytes[i]);
}

static void
add_texts(uint64_t *digest, const cap_list_string_t *texts)
{
    add(digest, texts->len);
    for (size_t i = 0; i < texts->len; i++)
        add_bytes(digest, texts->ptr[i].ptr, texts->ptr[i].len);
}

static void
add_leaf(uint64_t *digest, const leaf_t *leaf)
{
    add(digest, leaf->letter);
    add_bytes(digest, leaf->colours.ptr, leaf->colours.len);
    add_bytes(digest, leaf->rights.ptr, leaf->rights.len);
    add(digest, (uint64_t)leaf->matrix.f0);
    add(digest, (uint64_t)(leaf->matrix.f1 * 4));
    add(digest, leaf->matrix.f2);
    add(digest, leaf->matrix.f3.is_some);
    if (leaf->matrix.f3.is_some)
        add_bytes(digest, leaf->matrix.f3.val.ptr, leaf->matrix.f3.val.len);
}

static void
add_branch(uint64_t *digest, const branch_t *branch)
{
    add(digest, branch->tag);
    switch (branch->tag) {
    case EXPORTS_TEST_NESTED_API_BRANCH_PAIR:
        add_bytes(digest, branch->val.pair.f0.ptr, branch->val.pair.f0.len);
        add(digest, branch->val.pair.f1);
        break;
    case EXPORTS_TEST_NESTED_API_BRANCH_MAYBE:
        add(digest, branch->val.maybe.is_some);
        if (branch->val.maybe.is_some)
            add_bytes(digest, branch->val.maybe.val.ptr, branch->val.maybe.val.len);
        break;
    case EXPORTS_TEST_NESTED_API_BRANCH_OUTCOME:
        add(digest, branch->val.outcome.is_err);
        if (branch->val.outcome.is_err)
            add(digest, branch->val.outcome.val.err);
        else
            add_texts(digest, &branch->val.outcome.val.ok);
        break;
    case EXPORTS_TEST_NESTED_API_BRANCH_LEAF:
        add_leaf(digest, &branch->val.leaf);
        break;
    }
}

static void
add_tree(uint64_t *digest, const tree_t *tree)
{
    add(digest, tree->name.is_some);
    if (tree->name.is_some)
        add_bytes(digest, tree->name.val.ptr, tree->name.val.len);
    add(digest, tree->branches.len);
    for (size_t i = 0; i < tree->branches.len; i++)
        add_branch(digest, &tree->branches.ptr[i]);
    add(digest, tree->rows.len);
    for (size_t i = 0; i < tree->rows.len; i++)
        add_texts(digest, &tree->rows.ptr[i]);
    add(digest, tree->last.is_err);
    if (tree->last.is_err) {
        add(digest, tree->last.val.err.f0);
        add(digest, tree->last.val.err.f1);
    } else {
        add(digest, tree->last.val.ok.is_some);
        if (tree->last.val.ok.is_some)
            add_leaf(digest, &tree->last.val.ok.val);
    }
}

uint64_t
exports_test_nested_api_digest(forest_t *forest)
{
    uint64_t digest = 1;
    for (size_t i = 0; i < forest->len; i++)
        add_tree(&digest, &forest->ptr[i]);
    exports_test_nested_api_forest_free(forest);
    return digest;
}

bool
exports_test_nested_api_first(forest_t *forest, tree_t *ret)
{
    bool some = forest->len > 0;
    if (some) {
        *ret = forest->ptr[0];
        forest->ptr[0] = (tree_t){0};
    }
    exports_test_nested_api_forest_free(forest);
    return some;
}

/* The case after it; the first after the last. */
exports_test_nested_api_wide_t
exports_test_nested_api_next(exports_test_nested_api_wide_t value)
{
    return value == EXPORTS_TEST_NESTED_API_WIDE_C256 ? EXPORTS_TEST_NESTED_API_WIDE_C0 : value + 1;
}

void
exports_test_nested_api_reverse(list_wide_t *values, list_wide_t *ret)
{
    *ret = *values;
    for (size_t low = 0, high = ret->len; low + 1 < high; low++) {
        high--;
        exports_test_nested_api_wide_t value = ret->ptr[low];
        ret->ptr[low] = ret->ptr[high];
        ret->ptr[high] = value;
    }
}

uint32_t
exports_test_nested_api_pages(void)
{
    return __builtin_wasm_memory_size(0);
}
