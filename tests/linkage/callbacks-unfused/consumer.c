/* Nothing of what it offers is ever called. */
#include "consumer.h"
#include "check.h"

typedef exports_test_callbacks_cb_visitor_t visitor_t;

struct exports_test_callbacks_cb_visitor_t {
    uint32_t tag, visits;
};

static uint32_t live;

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
    return test_callbacks_api_nest(n - 1, ret, err);
}

int
main(void)
{
    begin();
    consumer_list_u32_t good = LIST(consumer_list_u32_t, uint32_t, 1, 2, 3);
    consumer_list_u32_t none = {NULL, 0};
    uint32_t sum = 0;
    consumer_string_t error;
    SHOW("sum of nothing", test_callbacks_api_sum_checked(&none, &sum, &error));
    for (int round = 0; round < 2; round++) {
        SHOW("sum", test_callbacks_api_sum_checked(&good, &sum, &error));
        SHOW_TEXT("  why", error);
        consumer_string_free(&error);
    }
    SHOW("walk without a callback", test_callbacks_api_often(0));
    return finish();
}
