// Static link: what callbacks_import.h declares, as plain calls of what callbacks_cap.h declares, and the helpers of
// all of them. A handle is the pointer to the resource's representation. Callees own their arguments, so they get
// copies; results are handed over. Not for link-time optimisation: only that the calls cannot be seen through makes one
// side's struct readable as the other's.
#include "callbacks_import.h"
#define golden_callbacks_cb_borrow_visitor callbacks_cap_golden_callbacks_cb_borrow_visitor
#define golden_callbacks_cb_borrow_visitor_t callbacks_cap_golden_callbacks_cb_borrow_visitor_t
#define golden_callbacks_cb_change callbacks_cap_golden_callbacks_cb_change
#define golden_callbacks_cb_check callbacks_cap_golden_callbacks_cb_check
#define golden_callbacks_cb_compare callbacks_cap_golden_callbacks_cb_compare
#define golden_callbacks_cb_make callbacks_cap_golden_callbacks_cb_make
#define golden_callbacks_cb_method_visitor_visit callbacks_cap_golden_callbacks_cb_method_visitor_visit
#define golden_callbacks_cb_own_visitor_t callbacks_cap_golden_callbacks_cb_own_visitor_t
#define golden_callbacks_cb_result_u32_string_free callbacks_cap_golden_callbacks_cb_result_u32_string_free
#define golden_callbacks_cb_result_u32_string_t callbacks_cap_golden_callbacks_cb_result_u32_string_t
#define golden_callbacks_cb_row_free callbacks_cap_golden_callbacks_cb_row_free
#define golden_callbacks_cb_row_t callbacks_cap_golden_callbacks_cb_row_t
#define golden_callbacks_cb_upper callbacks_cap_golden_callbacks_cb_upper
#define golden_callbacks_cb_visitor_drop_borrow callbacks_cap_golden_callbacks_cb_visitor_drop_borrow
#define golden_callbacks_cb_visitor_drop_own callbacks_cap_golden_callbacks_cb_visitor_drop_own
#define golden_callbacks_cb_visitor_t callbacks_cap_golden_callbacks_cb_visitor_t
#include "callbacks_cap.h"
#undef golden_callbacks_cb_borrow_visitor
#undef golden_callbacks_cb_borrow_visitor_t
#undef golden_callbacks_cb_change
#undef golden_callbacks_cb_check
#undef golden_callbacks_cb_compare
#undef golden_callbacks_cb_make
#undef golden_callbacks_cb_method_visitor_visit
#undef golden_callbacks_cb_own_visitor_t
#undef golden_callbacks_cb_result_u32_string_free
#undef golden_callbacks_cb_result_u32_string_t
#undef golden_callbacks_cb_row_free
#undef golden_callbacks_cb_row_t
#undef golden_callbacks_cb_upper
#undef golden_callbacks_cb_visitor_drop_borrow
#undef golden_callbacks_cb_visitor_drop_own
#undef golden_callbacks_cb_visitor_t
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(void *) == 4, "a handle holds a pointer");
_Static_assert(sizeof(golden_callbacks_cb_row_t) == sizeof(exports_golden_callbacks_cb_row_t), "row");
_Static_assert(sizeof(golden_callbacks_api_row_t) == sizeof(exports_golden_callbacks_api_row_t), "row");
_Static_assert(sizeof(callbacks_cap_golden_callbacks_cb_row_t) == sizeof(exports_golden_callbacks_cb_row_t), "row");

void *cabi_realloc(void *ptr, size_t old_size, size_t align, size_t new_size);

__attribute__((weak)) void *
cabi_realloc(void *ptr, size_t old_size, size_t align, size_t new_size)
{
    (void)old_size;
    if (new_size == 0)
        return (void *)align;
    void *memory = realloc(ptr, new_size);
    if (memory == NULL)
        abort();
    return memory;
}

// Memory like that of an argument which crossed a component's boundary.
static void *
copy_memory(const void *from, size_t size, size_t alignment)
{
    void *to = cabi_realloc(NULL, 0, alignment, size);

    if (size > 0)
        memcpy(to, from, size);
    return to;
}

static void
copy_callbacks_import_string(callbacks_import_string_t *to, const callbacks_import_string_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len, 1);
    to->len = from->len;
}

static void
copy_callbacks_import_list_string(callbacks_import_list_string_t *to, const callbacks_import_list_string_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len * sizeof *to->ptr, _Alignof(callbacks_import_string_t));
    to->len = from->len;
    for (size_t i = 0; i < from->len; i++)
        copy_callbacks_import_string(&to->ptr[i], &from->ptr[i]);
}

static void
copy_golden_callbacks_cb_row(exports_golden_callbacks_cb_row_t *to, const golden_callbacks_cb_row_t *from)
{
    memcpy(to, from, sizeof *to);
    copy_callbacks_import_string(&to->name, &from->name);
    copy_callbacks_import_list_string(&to->tags, &from->tags);
}

static void
copy_callbacks_cap_list_s32(callbacks_cap_list_s32_t *to, const callbacks_import_list_s32_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len * sizeof *to->ptr, _Alignof(int32_t));
    to->len = from->len;
}

static void
copy_callbacks_cap_string(callbacks_cap_string_t *to, const callbacks_import_string_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len, 1);
    to->len = from->len;
}

static void
copy_callbacks_cap_list_string(callbacks_cap_list_string_t *to, const callbacks_import_list_string_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len * sizeof *to->ptr, _Alignof(callbacks_cap_string_t));
    to->len = from->len;
    for (size_t i = 0; i < from->len; i++)
        copy_callbacks_cap_string(&to->ptr[i], &from->ptr[i]);
}

static void
copy_golden_callbacks_api_row(exports_golden_callbacks_api_row_t *to, const golden_callbacks_api_row_t *from)
{
    memcpy(to, from, sizeof *to);
    copy_callbacks_cap_string(&to->name, &from->name);
    copy_callbacks_cap_list_string(&to->tags, &from->tags);
}

static void
copy_golden_callbacks_api_list_row(exports_golden_callbacks_api_list_row_t *to,
                                   const golden_callbacks_api_list_row_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len * sizeof *to->ptr, _Alignof(exports_golden_callbacks_api_row_t));
    to->len = from->len;
    for (size_t i = 0; i < from->len; i++)
        copy_golden_callbacks_api_row(&to->ptr[i], &from->ptr[i]);
}

static void
copy_callbacks_cap_list_u32(callbacks_cap_list_u32_t *to, const callbacks_import_list_u32_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len * sizeof *to->ptr, _Alignof(uint32_t));
    to->len = from->len;
}

// cb.visitor.visit(self: borrow<visitor>, name: string) -> u32
uint32_t
golden_callbacks_cb_method_visitor_visit(golden_callbacks_cb_borrow_visitor_t self, callbacks_import_string_t *name)
{
    callbacks_import_string_t copied_name;

    copy_callbacks_import_string(&copied_name, name);
    return exports_golden_callbacks_cb_method_visitor_visit(
        (exports_golden_callbacks_cb_borrow_visitor_t)(intptr_t)self.__handle, &copied_name);
}

// cb.make(tag: u32) -> visitor
golden_callbacks_cb_own_visitor_t
golden_callbacks_cb_make(uint32_t tag)
{
    return (golden_callbacks_cb_own_visitor_t){exports_golden_callbacks_cb_make(tag).__handle};
}

// cb.compare(a: s32, b: s32) -> s32
int32_t
golden_callbacks_cb_compare(int32_t a, int32_t b)
{
    return exports_golden_callbacks_cb_compare(a, b);
}

// cb.upper(text: string) -> string
void
golden_callbacks_cb_upper(callbacks_import_string_t *text, callbacks_import_string_t *ret)
{
    callbacks_import_string_t copied_text;

    copy_callbacks_import_string(&copied_text, text);
    exports_golden_callbacks_cb_upper(&copied_text, (void *)ret);
}

// cb.change(row: row) -> row
void
golden_callbacks_cb_change(golden_callbacks_cb_row_t *row, golden_callbacks_cb_row_t *ret)
{
    exports_golden_callbacks_cb_row_t copied_row;

    copy_golden_callbacks_cb_row(&copied_row, row);
    exports_golden_callbacks_cb_change(&copied_row, (void *)ret);
}

// cb.check(n: u32) -> result<u32, string>
bool
golden_callbacks_cb_check(uint32_t n, uint32_t *ret, callbacks_import_string_t *err)
{
    return exports_golden_callbacks_cb_check(n, (void *)ret, (void *)err);
}

void
golden_callbacks_cb_visitor_drop_own(golden_callbacks_cb_own_visitor_t handle)
{
    exports_golden_callbacks_cb_visitor_destructor((exports_golden_callbacks_cb_visitor_t *)(intptr_t)handle.__handle);
}

void
golden_callbacks_cb_visitor_drop_borrow(golden_callbacks_cb_borrow_visitor_t handle)
{
    (void)handle; // a borrow is the own handle under another type
}

golden_callbacks_cb_borrow_visitor_t
golden_callbacks_cb_borrow_visitor(golden_callbacks_cb_own_visitor_t handle)
{
    return (golden_callbacks_cb_borrow_visitor_t){handle.__handle};
}

// api.sort(items: list<s32>) -> list<s32>
void
golden_callbacks_api_sort(callbacks_import_list_s32_t *items, callbacks_import_list_s32_t *ret)
{
    callbacks_cap_list_s32_t copied_items;

    copy_callbacks_cap_list_s32(&copied_items, items);
    exports_golden_callbacks_api_sort(&copied_items, (void *)ret);
}

// api.shout(text: string) -> string
void
golden_callbacks_api_shout(callbacks_import_string_t *text, callbacks_import_string_t *ret)
{
    callbacks_cap_string_t copied_text;

    copy_callbacks_cap_string(&copied_text, text);
    exports_golden_callbacks_api_shout(&copied_text, (void *)ret);
}

// api.change-all(rows: list<row>) -> list<row>
void
golden_callbacks_api_change_all(golden_callbacks_api_list_row_t *rows, golden_callbacks_api_list_row_t *ret)
{
    exports_golden_callbacks_api_list_row_t copied_rows;

    copy_golden_callbacks_api_list_row(&copied_rows, rows);
    exports_golden_callbacks_api_change_all(&copied_rows, (void *)ret);
}

// api.sum-checked(ns: list<u32>) -> result<u32, string>
bool
golden_callbacks_api_sum_checked(callbacks_import_list_u32_t *ns, uint32_t *ret, callbacks_import_string_t *err)
{
    callbacks_cap_list_u32_t copied_ns;

    copy_callbacks_cap_list_u32(&copied_ns, ns);
    return exports_golden_callbacks_api_sum_checked(&copied_ns, (void *)ret, (void *)err);
}

// api.nest(n: u32) -> result<u32, string>
bool
golden_callbacks_api_nest(uint32_t n, uint32_t *ret, callbacks_import_string_t *err)
{
    return exports_golden_callbacks_api_nest(n, (void *)ret, (void *)err);
}

// api.walk(visitor: borrow<visitor>, times: u32) -> u32
uint32_t
golden_callbacks_api_walk(golden_callbacks_api_borrow_visitor_t visitor, uint32_t times)
{
    return exports_golden_callbacks_api_walk((exports_golden_callbacks_api_borrow_visitor_t){visitor.__handle}, times);
}

// api.keep(visitor: visitor)
void
golden_callbacks_api_keep(golden_callbacks_api_own_visitor_t visitor)
{
    exports_golden_callbacks_api_keep((exports_golden_callbacks_api_own_visitor_t){visitor.__handle});
}

// api.visit-kept(name: string) -> option<u32>
bool
golden_callbacks_api_visit_kept(callbacks_import_string_t *name, uint32_t *ret)
{
    callbacks_cap_string_t copied_name;

    copy_callbacks_cap_string(&copied_name, name);
    return exports_golden_callbacks_api_visit_kept(&copied_name, (void *)ret);
}

// api.give-back() -> option<visitor>
bool
golden_callbacks_api_give_back(golden_callbacks_api_own_visitor_t *ret)
{
    return exports_golden_callbacks_api_give_back((void *)ret);
}

// api.made(tag: u32) -> visitor
golden_callbacks_api_own_visitor_t
golden_callbacks_api_made(uint32_t tag)
{
    return (golden_callbacks_api_own_visitor_t){exports_golden_callbacks_api_made(tag).__handle};
}

// api.often(times: u32) -> u32
uint32_t
golden_callbacks_api_often(uint32_t times)
{
    return exports_golden_callbacks_api_often(times);
}

// api.pages() -> u32
uint32_t
golden_callbacks_api_pages(void)
{
    return exports_golden_callbacks_api_pages();
}

exports_golden_callbacks_cb_own_visitor_t
exports_golden_callbacks_cb_visitor_new(exports_golden_callbacks_cb_visitor_t *rep)
{
    return (exports_golden_callbacks_cb_own_visitor_t){(int32_t)(intptr_t)rep};
}

exports_golden_callbacks_cb_visitor_t *
exports_golden_callbacks_cb_visitor_rep(exports_golden_callbacks_cb_own_visitor_t handle)
{
    return (exports_golden_callbacks_cb_visitor_t *)(intptr_t)handle.__handle;
}

void
exports_golden_callbacks_cb_visitor_drop_own(exports_golden_callbacks_cb_own_visitor_t handle)
{
    exports_golden_callbacks_cb_visitor_destructor(exports_golden_callbacks_cb_visitor_rep(handle));
}

void
callbacks_import_string_set(callbacks_import_string_t *ret, const char *s)
{
    ret->ptr = (uint8_t *)s;
    ret->len = strlen(s);
}

void
callbacks_import_string_dup(callbacks_import_string_t *ret, const char *s)
{
    callbacks_import_string_dup_n(ret, s, strlen(s));
}

void
callbacks_import_string_dup_n(callbacks_import_string_t *ret, const char *s, size_t len)
{
    // An empty string has a pointer that is not NULL and not to be freed.
    ret->ptr = cabi_realloc(NULL, 0, 1, len);
    ret->len = len;
    memcpy(ret->ptr, s, len);
}

void
callbacks_import_string_free(callbacks_import_string_t *ret)
{
    if (ret->len > 0)
        free(ret->ptr);
    ret->ptr = NULL;
    ret->len = 0;
}

void
callbacks_import_list_string_free(callbacks_import_list_string_t *ptr)
{
    for (size_t i = 0; i < ptr->len; i++)
        callbacks_import_string_free(&ptr->ptr[i]);
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
golden_callbacks_cb_row_free(golden_callbacks_cb_row_t *ptr)
{
    callbacks_import_string_free(&ptr->name);
    callbacks_import_list_string_free(&ptr->tags);
}

void
golden_callbacks_cb_result_u32_string_free(golden_callbacks_cb_result_u32_string_t *ptr)
{
    if (ptr->is_err)
        callbacks_import_string_free(&ptr->val.err);
}

void
golden_callbacks_api_row_free(golden_callbacks_api_row_t *ptr)
{
    golden_callbacks_cb_row_free(ptr);
}

void
callbacks_import_list_s32_free(callbacks_import_list_s32_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
golden_callbacks_api_list_row_free(golden_callbacks_api_list_row_t *ptr)
{
    for (size_t i = 0; i < ptr->len; i++)
        golden_callbacks_api_row_free(&ptr->ptr[i]);
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
callbacks_import_list_u32_free(callbacks_import_list_u32_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
callbacks_import_option_u32_free(callbacks_import_option_u32_t *ptr)
{
    (void)ptr; // holds nothing
}

void
golden_callbacks_api_option_own_visitor_free(golden_callbacks_api_option_own_visitor_t *ptr)
{
    (void)ptr; // holds nothing
}

void
exports_golden_callbacks_cb_row_free(exports_golden_callbacks_cb_row_t *ptr)
{
    callbacks_import_string_free(&ptr->name);
    callbacks_import_list_string_free(&ptr->tags);
}

void
exports_golden_callbacks_cb_result_u32_string_free(exports_golden_callbacks_cb_result_u32_string_t *ptr)
{
    if (ptr->is_err)
        callbacks_import_string_free(&ptr->val.err);
}

void
callbacks_cap_string_set(callbacks_cap_string_t *ret, const char *s)
{
    ret->ptr = (uint8_t *)s;
    ret->len = strlen(s);
}

void
callbacks_cap_string_dup(callbacks_cap_string_t *ret, const char *s)
{
    callbacks_cap_string_dup_n(ret, s, strlen(s));
}

void
callbacks_cap_string_dup_n(callbacks_cap_string_t *ret, const char *s, size_t len)
{
    // An empty string has a pointer that is not NULL and not to be freed.
    ret->ptr = cabi_realloc(NULL, 0, 1, len);
    ret->len = len;
    memcpy(ret->ptr, s, len);
}

void
callbacks_cap_string_free(callbacks_cap_string_t *ret)
{
    if (ret->len > 0)
        free(ret->ptr);
    ret->ptr = NULL;
    ret->len = 0;
}

void
callbacks_cap_list_string_free(callbacks_cap_list_string_t *ptr)
{
    for (size_t i = 0; i < ptr->len; i++)
        callbacks_cap_string_free(&ptr->ptr[i]);
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
callbacks_cap_golden_callbacks_cb_row_free(callbacks_cap_golden_callbacks_cb_row_t *ptr)
{
    callbacks_cap_string_free(&ptr->name);
    callbacks_cap_list_string_free(&ptr->tags);
}

void
callbacks_cap_golden_callbacks_cb_result_u32_string_free(callbacks_cap_golden_callbacks_cb_result_u32_string_t *ptr)
{
    if (ptr->is_err)
        callbacks_cap_string_free(&ptr->val.err);
}

void
exports_golden_callbacks_api_row_free(exports_golden_callbacks_api_row_t *ptr)
{
    callbacks_cap_golden_callbacks_cb_row_free(ptr);
}

void
callbacks_cap_list_s32_free(callbacks_cap_list_s32_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
exports_golden_callbacks_api_list_row_free(exports_golden_callbacks_api_list_row_t *ptr)
{
    for (size_t i = 0; i < ptr->len; i++)
        exports_golden_callbacks_api_row_free(&ptr->ptr[i]);
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
callbacks_cap_list_u32_free(callbacks_cap_list_u32_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
callbacks_cap_option_u32_free(callbacks_cap_option_u32_t *ptr)
{
    (void)ptr; // holds nothing
}

void
exports_golden_callbacks_api_option_own_visitor_free(exports_golden_callbacks_api_option_own_visitor_t *ptr)
{
    (void)ptr; // holds nothing
}
