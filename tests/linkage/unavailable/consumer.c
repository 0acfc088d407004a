/* Nothing of what it offers is ever called. */
#include "consumer.h"
#include "check.h"

struct exports_test_unavailable_cb_lent_t {
    uint8_t byte;
};

void
exports_test_unavailable_cb_lent_destructor(exports_test_unavailable_cb_lent_t *lent)
{
    free(lent);
}

bool
exports_test_unavailable_cb_method_lent_read(exports_test_unavailable_cb_lent_t *self, uint8_t *ret)
{
    *ret = self->byte;
    return true;
}

bool
exports_test_unavailable_cb_open(consumer_string_t *name, exports_test_unavailable_cb_own_lent_t *ret,
                                 exports_test_unavailable_cb_reason_t *err)
{
    exports_test_unavailable_cb_lent_t *lent = calloc(1, sizeof *lent);

    consumer_string_free(name);
    *err = EXPORTS_TEST_UNAVAILABLE_CB_REASON_ANOTHER;
    if (lent != NULL)
        *ret = exports_test_unavailable_cb_lent_new(lent);
    return lent != NULL;
}

bool
exports_test_unavailable_cb_text(uint32_t *ret, consumer_string_t *err)
{
    (void)err;
    *ret = 1;
    return true;
}

bool
exports_test_unavailable_cb_nothing(void)
{
    return true;
}

bool
exports_test_unavailable_cb_reasoned(uint32_t n, exports_test_unavailable_cb_reason_t *err)
{
    (void)n;
    (void)err;
    return true;
}

bool
exports_test_unavailable_cb_detailed(double *ret, exports_test_unavailable_cb_detail_t *err)
{
    (void)err;
    *ret = 1;
    return true;
}

bool
exports_test_unavailable_cb_failing(consumer_list_u8_t *data, consumer_list_u8_t *ret,
                                    exports_test_unavailable_cb_failure_t *err)
{
    (void)err;
    *ret = *data;
    return true;
}

bool
exports_test_unavailable_cb_pair(uint8_t *ret, consumer_tuple2_s64_string_t *err)
{
    (void)err;
    *ret = 1;
    return true;
}

static void
show_all(void)
{
    consumer_string_t text;
    test_unavailable_cb_reason_t reason;
    test_unavailable_cb_detail_t detail;
    test_unavailable_cb_failure_t failure;
    consumer_tuple2_s64_string_t pair;
    consumer_list_u8_t data = LIST(consumer_list_u8_t, uint8_t, 1, 2, 3), list;
    uint32_t number;
    double real;
    uint8_t byte;

    consumer_string_t name = TEXT("a name");
    SHOW("open", test_unavailable_api_open(&name, &byte, &reason));
    SHOW("  unavailable", (bool)(reason == TEST_UNAVAILABLE_CB_REASON_UNAVAILABLE));
    SHOW("text", test_unavailable_api_text(&number, &text));
    SHOW_TEXT("  why", text);
    consumer_string_free(&text);
    SHOW("nothing", test_unavailable_api_nothing());
    SHOW("reasoned", test_unavailable_api_reasoned(3, &reason));
    SHOW("  unavailable", (bool)(reason == TEST_UNAVAILABLE_CB_REASON_UNAVAILABLE));
    SHOW("detailed", test_unavailable_api_detailed(&real, &detail));
    SHOW("  unavailable", (bool)(detail.tag == TEST_UNAVAILABLE_CB_DETAIL_UNAVAILABLE));
    SHOW_TEXT("  why", detail.val.unavailable);
    test_unavailable_cb_detail_free(&detail);
    SHOW("failing", test_unavailable_api_failing(&data, &list, &failure));
    SHOW("  code", failure.code);
    SHOW_TEXT("  why", failure.why);
    SHOW("  length of path", failure.path.len);
    SHOW("  has a hint", failure.hint.is_some);
    SHOW("  unavailable", (bool)(failure.reason == TEST_UNAVAILABLE_CB_REASON_UNAVAILABLE));
    test_unavailable_cb_failure_free(&failure);
    SHOW("pair", test_unavailable_api_pair(&byte, &pair));
    SHOW("  number", pair.f0);
    SHOW_TEXT("  why", pair.f1);
    consumer_tuple2_s64_string_free(&pair);
}

int
main(void)
{
    begin();
    SHOW("seven", test_unavailable_api_seven());
    /* The answers are the stub's own memory: they are right as often as one asks. */
    for (int round = 0; round < 2; round++)
        show_all();
    return finish();
}
