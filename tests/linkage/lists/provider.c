#include "cap.h"

#include <stdlib.h>
#include <string.h>

/* Reverses in place: what arrives is ours, so it can be what we return. */
#define REVERSE(name, list_name) \
    void exports_test_lists_api_reverse_##name(cap_list_##list_name##_t *values, cap_list_##list_name##_t *ret) \
    { \
        *ret = *values; \
        for (size_t low = 0, high = ret->len; low + 1 < high; low++) { \
            high--; \
            swap(&ret->ptr[low], &ret->ptr[high], sizeof *ret->ptr); \
        } \
    }

static void
swap(void *one, void *other, size_t size)
{
    uint8_t copy[8];
    memcpy(copy, one, size);
    memcpy(one, other, size);
    memcpy(other, copy, size);
}

REVERSE(bytes, u8)
REVERSE(u16, u16)
REVERSE(u32, u32)
REVERSE(u64, u64)
REVERSE(s8, s8)
REVERSE(s16, s16)
REVERSE(s32, s32)
REVERSE(s64, s64)
REVERSE(f32, f32)
REVERSE(f64, f64)
REVERSE(bools, bool)
REVERSE(chars, char32)

/* Room for a list that the caller frees: null only for an empty one. */
static void *
room(size_t count, size_t size)
{
    void *list = count > 0 ? malloc(count * size) : NULL;
    if (count > 0 && list == NULL)
        abort();
    return list;
}

void
exports_test_lists_api_flatten(cap_list_list_u8_t *rows, cap_list_u8_t *ret)
{
    size_t length = 0;
    for (size_t i = 0; i < rows->len; i++)
        length += rows->ptr[i].len;
    *ret = (cap_list_u8_t){room(length, 1), 0};
    for (size_t i = 0; i < rows->len; i++) {
        if (rows->ptr[i].len > 0)
            memcpy(ret->ptr + ret->len, rows->ptr[i].ptr, rows->ptr[i].len);
        ret->len += rows->ptr[i].len;
    }
    cap_list_list_u8_free(rows);
}

void
exports_test_lists_api_triangle(uint32_t rows, cap_list_list_u32_t *ret)
{
    *ret = (cap_list_list_u32_t){room(rows, sizeof *ret->ptr), rows};
    for (uint32_t row = 0; row < rows; row++) {
        ret->ptr[row] = (cap_list_u32_t){room(row, sizeof(uint32_t)), row};
        for (uint32_t i = 0; i < row; i++)
            ret->ptr[row].ptr[i] = i;
    }
}

uint64_t
exports_test_lists_api_sum_pairs(cap_list_tuple2_u32_u64_t *pairs)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < pairs->len; i++)
        sum += pairs->ptr[i].f0 * pairs->ptr[i].f1;
    cap_list_tuple2_u32_u64_free(pairs);
    return sum;
}
