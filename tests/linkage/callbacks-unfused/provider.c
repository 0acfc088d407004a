#include "cap.h"

#include <stdlib.h>

typedef test_callbacks_cb_own_visitor_t own_visitor_t;
typedef test_callbacks_cb_borrow_visitor_t borrow_visitor_t;

static own_visitor_t kept;
static bool has_kept;

static int
compare(const void *a, const void *b)
{
    return test_callbacks_cb_compare(*(const int32_t *)a, *(const int32_t *)b);
}

void
exports_test_callbacks_api_sort(cap_list_s32_t *items, cap_list_s32_t *ret)
{
    qsort(items->ptr, items->len, sizeof *items->ptr, compare);
    *ret = *items;
}

void
exports_test_callbacks_api_shout(cap_string_t *text, cap_string_t *ret)
{
    test_callbacks_cb_upper(text, ret);
    cap_string_free(text);
}

void
exports_test_callbacks_api_change_all(exports_test_callbacks_api_list_row_t *rows,
                                      exports_test_callbacks_api_list_row_t *ret)
{
    for (size_t i = 0; i < rows->len; i++) {
        test_callbacks_cb_row_t changed;
        test_callbacks_cb_change(&rows->ptr[i], &changed);
        test_callbacks_cb_row_free(&rows->ptr[i]);
        rows->ptr[i] = changed;
    }
    *ret = *rows;
}

bool
exports_test_callbacks_api_sum_checked(cap_list_u32_t *ns, uint32_t *ret, cap_string_t *err)
{
    bool fine = true;
    *ret = 0;
    for (size_t i = 0; i < ns->len && fine; i++) {
        uint32_t checked = 0;
        fine = test_callbacks_cb_check(ns->ptr[i], &checked, err);
        *ret += checked;
    }
    cap_list_u32_free(ns);
    return fine;
}

bool
exports_test_callbacks_api_nest(uint32_t n, uint32_t *ret, cap_string_t *err)
{
    return test_callbacks_cb_check(n, ret, err);
}

static uint32_t
visit(borrow_visitor_t visitor, const char *name)
{
    cap_string_t text;
    cap_string_set(&text, name);
    return test_callbacks_cb_method_visitor_visit(visitor, &text);
}

uint32_t
exports_test_callbacks_api_walk(borrow_visitor_t visitor, uint32_t times)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < times; i++)
        sum += visit(visitor, "walk");
    test_callbacks_cb_visitor_drop_borrow(visitor);
    return sum;
}

void
exports_test_callbacks_api_keep(own_visitor_t visitor)
{
    if (has_kept)
        test_callbacks_cb_visitor_drop_own(kept);
    kept = visitor;
    has_kept = true;
}

bool
exports_test_callbacks_api_visit_kept(cap_string_t *name, uint32_t *ret)
{
    if (has_kept)
        *ret = test_callbacks_cb_method_visitor_visit(test_callbacks_cb_borrow_visitor(kept), name);
    cap_string_free(name);
    return has_kept;
}

bool
exports_test_callbacks_api_give_back(own_visitor_t *ret)
{
    bool had = has_kept;
    *ret = kept;
    has_kept = false;
    return had;
}

own_visitor_t
exports_test_callbacks_api_made(uint32_t tag)
{
    return test_callbacks_cb_make(tag);
}

uint32_t
exports_test_callbacks_api_often(uint32_t times)
{
    uint32_t less = 0;
    for (uint32_t i = 0; i < times; i++) {
        cap_string_t text, upper;
        cap_string_set(&text, "a text of some bytes");
        test_callbacks_cb_upper(&text, &upper);
        cap_string_free(&upper);
        less += test_callbacks_cb_compare((int32_t)i, 50) < 0;
    }
    return less;
}

uint32_t
exports_test_callbacks_api_pages(void)
{
    return __builtin_wasm_memory_size(0);
}
