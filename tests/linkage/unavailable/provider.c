#include "cap.h"

#include <stdlib.h>

bool
exports_test_unavailable_api_open(cap_string_t *name, uint8_t *ret, test_unavailable_cb_reason_t *err)
{
    test_unavailable_cb_own_lent_t lent;
    bool open = test_unavailable_cb_open(name, &lent, err);

    cap_string_free(name);
    if (open) {
        open = test_unavailable_cb_method_lent_read(test_unavailable_cb_borrow_lent(lent), ret);
        test_unavailable_cb_lent_drop_own(lent);
    }
    return open;
}

bool
exports_test_unavailable_api_text(uint32_t *ret, cap_string_t *err)
{
    return test_unavailable_cb_text(ret, err);
}

bool
exports_test_unavailable_api_nothing(void)
{
    return test_unavailable_cb_nothing();
}

bool
exports_test_unavailable_api_reasoned(uint32_t n, test_unavailable_cb_reason_t *err)
{
    return test_unavailable_cb_reasoned(n, err);
}

bool
exports_test_unavailable_api_detailed(double *ret, test_unavailable_cb_detail_t *err)
{
    return test_unavailable_cb_detailed(ret, err);
}

bool
exports_test_unavailable_api_failing(cap_list_u8_t *data, cap_list_u8_t *ret, test_unavailable_cb_failure_t *err)
{
    bool fine = test_unavailable_cb_failing(data, ret, err);
    cap_list_u8_free(data);
    return fine;
}

bool
exports_test_unavailable_api_pair(uint8_t *ret, cap_tuple2_s64_string_t *err)
{
    return test_unavailable_cb_pair(ret, err);
}

uint32_t
exports_test_unavailable_api_seven(void)
{
    return 7;
}
