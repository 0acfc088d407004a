#include "consumer.h"
#include "check.h"

#include <string.h>

typedef exports_test_callbacks_cb_visitor_t visitor_t;
typedef test_callbacks_cb_own_visitor_t own_visitor_t;
typedef test_callbacks_cb_row_t row_t;

struct exports_test_callbacks_cb_visitor_t {
    uint32_t tag, visits;
};

/* How deep calls and callbacks nest; where the plan allows so many calls inside of each other, no deeper. */
#ifdef LINKAGE_DYNLINK
enum { NESTED = 7 };
#else
enum { NESTED = 300 };
#endif

static uint32_t live;
/* The deepest nesting so far, and what a visit does besides. */
static uint32_t nested, deepest;
static void (*during_visit)(void);

exports_test_callbacks_cb_own_visitor_t
exports_test_callbacks_cb_make(uint32_t tag)
{
    visitor_t *visitor = malloc(sizeof *visitor);
    if (visitor == NULL)
        abort();
    *visitor = (visitor_t){tag, 0};
    live++;
    return exports_test_callbacks_cb_visitor_new(visitor);
}

void
exports_test_callbacks_cb_visitor_destructor(visitor_t *visitor)
{
    printf("  visitor %" PRIu32 " ends after %" PRIu32 " visits\n", visitor->tag, visitor->visits);
    live--;
    free(visitor);
}

uint32_t
exports_test_callbacks_cb_method_visitor_visit(visitor_t *self, consumer_string_t *name)
{
    printf("  visitor %" PRIu32 " is visited by ", self->tag);
    PRINT_TEXT(*name);
    putchar('\n');
    consumer_string_free(name);
    if (during_visit != NULL)
        during_visit();
    return self->tag + self->visits++;
}

int32_t
exports_test_callbacks_cb_compare(int32_t a, int32_t b)
{
    return (a > b) - (a < b);
}

void
exports_test_callbacks_cb_upper(consumer_string_t *text, consumer_string_t *ret)
{
    for (size_t i = 0; i < text->len; i++) {
        if (text->ptr[i] >= 'a' && text->ptr[i] <= 'z')
            text->ptr[i] -= 'a' - 'A';
    }
    *ret = *text;
}

void
exports_test_callbacks_cb_change(exports_test_callbacks_cb_row_t *row, exports_test_callbacks_cb_row_t *ret)
{
    row->id += 100;
    for (size_t i = 0; i < row->tags.len; i++)
        exports_test_callbacks_cb_upper(&row->tags.ptr[i], &row->tags.ptr[i]);
    *ret = *row;
}

bool
exports_test_callbacks_cb_check(uint32_t n, uint32_t *ret, consumer_string_t *err)
{
    if (n == 13) {
        consumer_string_dup(err, "13 is refused");
        return false;
    }
    *ret = n;
    if (n <= 100)
        return true;
    deepest = ++nested > deepest ? nested : deepest;
    bool fine = test_callbacks_api_nest(n - 1, ret, err);
    nested--;
    return fine;
}

static test_callbacks_cb_borrow_visitor_t
borrow(own_visitor_t visitor)
{
    return test_callbacks_cb_borrow_visitor(visitor);
}

static void
show_result(const char *what, bool fine, uint32_t value, consumer_string_t error)
{
    if (fine) {
        SHOW(what, value);
        return;
    }
    printf("%s fails: ", what);
    PRINT_TEXT(error);
    putchar('\n');
    consumer_string_free(&error);
}

static void
values(void)
{
    consumer_list_s32_t items = LIST(consumer_list_s32_t, int32_t, 5, -7, INT32_MAX, 0, INT32_MIN, 5);
    consumer_list_s32_t sorted;
    test_callbacks_api_sort(&items, &sorted);
    SHOW_LIST("sort", sorted, PRINT);
    consumer_list_s32_free(&sorted);
    consumer_string_t loud;
    test_callbacks_api_shout(&TEXT("gro\xc3\x9f und klein"), &loud);
    SHOW_TEXT("shout", loud);
    consumer_string_free(&loud);
    test_callbacks_api_shout(&TEXT(""), &loud);
    SHOW_TEXT("shout nothing", loud);
    consumer_string_free(&loud);
    consumer_list_string_t tags = LIST(consumer_list_string_t, consumer_string_t, TEXT("a"), TEXT(""), TEXT("bc"));
    test_callbacks_api_list_row_t rows =
        LIST(test_callbacks_api_list_row_t, row_t, {1, TEXT("one"), tags}, {2, TEXT(""), {NULL, 0}});
    test_callbacks_api_list_row_t changed;
    test_callbacks_api_change_all(&rows, &changed);
    for (size_t i = 0; i < changed.len; i++) {
        printf("row %" PRIu32 " ", changed.ptr[i].id);
        PRINT_TEXT(changed.ptr[i].name);
        SHOW_LIST("", changed.ptr[i].tags, PRINT_TEXT);
    }
    test_callbacks_api_list_row_free(&changed);
}

static void
failures(void)
{
    consumer_list_u32_t good = LIST(consumer_list_u32_t, uint32_t, 1, 2, 3);
    consumer_list_u32_t bad = LIST(consumer_list_u32_t, uint32_t, 1, 13, 3);
    uint32_t sum = 0;
    consumer_string_t error;
    bool fine = test_callbacks_api_sum_checked(&good, &sum, &error);
    show_result("sum", fine, sum, error);
    fine = test_callbacks_api_sum_checked(&bad, &sum, &error);
    show_result("sum", fine, sum, error);
    fine = test_callbacks_api_nest(100 + NESTED, &sum, &error);
    show_result("nest", fine, sum, error);
    SHOW("as deep as it was asked", (bool)(deepest == NESTED));
}

static own_visitor_t other;

static void
end_other(void)
{
    during_visit = NULL;
    test_callbacks_cb_visitor_drop_own(other);
}

static void
keep_another(void)
{
    during_visit = NULL;
    test_callbacks_api_keep(test_callbacks_cb_make(30));
}

static void
resources(void)
{
    own_visitor_t lent = test_callbacks_cb_make(10);
    SHOW("walk", test_callbacks_api_walk(borrow(lent), 3));
    SHOW("walk not at all", test_callbacks_api_walk(borrow(lent), 0));
    uint32_t visited;
    SHOW("nobody kept", test_callbacks_api_visit_kept(&TEXT("x"), &visited));
    test_callbacks_api_keep(lent);
    SHOW("kept", test_callbacks_api_visit_kept(&TEXT("kept"), &visited));
    SHOW("  its answer", visited);
    test_callbacks_api_keep(test_callbacks_cb_make(20));
    SHOW("live", live);

    /* Another ends while one is visited; and one is kept by whom the visit comes from. */
    other = test_callbacks_cb_make(40);
    during_visit = end_other;
    SHOW("kept", test_callbacks_api_visit_kept(&TEXT("end another"), &visited));
    own_visitor_t made = test_callbacks_api_made(50);
    SHOW("made", test_callbacks_cb_method_visitor_visit(borrow(made), &TEXT("its owner")));
    during_visit = keep_another;
    SHOW("walk", test_callbacks_api_walk(borrow(made), 2));
    own_visitor_t back;
    SHOW("give back", test_callbacks_api_give_back(&back));
    SHOW("  its answer", test_callbacks_cb_method_visitor_visit(borrow(back), &TEXT("back")));
    SHOW("give back again", test_callbacks_api_give_back(&other));
    test_callbacks_cb_visitor_drop_own(back);
    test_callbacks_cb_visitor_drop_own(made);
    SHOW("live", live);
}

static void
memory(void)
{
    test_callbacks_api_often(1000);
    size_t here = __builtin_wasm_memory_size(0);
    uint32_t there = test_callbacks_api_pages();
    SHOW("less", test_callbacks_api_often(100000));
    printf("100000 times: the consumer grew by %zu pages, the provider by %" PRIu32 "\n",
           __builtin_wasm_memory_size(0) - here, test_callbacks_api_pages() - there);
}

int
main(void)
{
    begin();
    values();
    failures();
    resources();
    memory();
    return finish();
}
