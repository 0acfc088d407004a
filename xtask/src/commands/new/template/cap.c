/* The contract wit/@NAME@. What arrives is owned and is freed here; what is returned belongs to the caller. */
#include "@IDENT@_cap.h"

#include <stdlib.h>

typedef exports_@IDENT@_@IDENT@_api_problem_t problem_t;

/* In place of the library. */
static uint32_t
added(uint32_t sum, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++)
        sum += data[i];
    return sum;
}

bool
exports_@IDENT@_@IDENT@_api_checksum(uint32_t value, @IDENT@_cap_list_u8_t *data, uint32_t *ret, problem_t *err)
{
    bool is_empty = data->len == 0;
    if (is_empty)
        *err = EXPORTS_@UPPER@_@UPPER@_API_PROBLEM_EMPTY;
    else
        *ret = added(value, data->ptr, data->len);
    @IDENT@_cap_list_u8_free(data);
    return !is_empty;
}
