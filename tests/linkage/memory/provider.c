#include "cap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fill.h"

/* Of a pool: that memory is full is no reason not to make one. */
struct exports_test_memory_api_item_t {
    bool taken;
};

static exports_test_memory_api_item_t pool[4096];

void
exports_test_memory_api_fill(void)
{
    fill();
}

void
exports_test_memory_api_release(void)
{
    release();
}

static uint64_t
sum(const uint8_t *bytes, size_t length)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i++)
        sum += bytes[i];
    return sum;
}

uint64_t
exports_test_memory_api_sum(cap_list_u8_t *bytes)
{
    uint64_t result = sum(bytes->ptr, bytes->len);
    cap_list_u8_free(bytes);
    return result;
}

uint64_t
exports_test_memory_api_sum_words(cap_list_u64_t *words)
{
    uint64_t result = 0;
    for (size_t i = 0; i < words->len; i++)
        result += words->ptr[i];
    cap_list_u64_free(words);
    return result;
}

uint64_t
exports_test_memory_api_sum_entries(exports_test_memory_api_list_entry_t *entries)
{
    uint64_t result = 0;
    for (size_t i = 0; i < entries->len; i++) {
        result += sum(entries->ptr[i].name.ptr, entries->ptr[i].name.len);
        result += sum(entries->ptr[i].data.ptr, entries->ptr[i].data.len);
    }
    exports_test_memory_api_list_entry_free(entries);
    return result;
}

void
exports_test_memory_api_same(cap_list_u8_t *bytes, cap_list_u8_t *ret)
{
    *ret = *bytes;
}

bool
exports_test_memory_api_make(uint32_t length, cap_list_u8_t *ret)
{
    *ret = (cap_list_u8_t){malloc(length), length};
    if (ret->ptr == NULL)
        return false;
    memset(ret->ptr, 1, length);
    return true;
}

bool
exports_test_memory_api_static_item_create(exports_test_memory_api_own_item_t *ret)
{
    for (size_t i = 0; i < sizeof pool / sizeof pool[0]; i++) {
        if (!pool[i].taken) {
            pool[i].taken = true;
            *ret = exports_test_memory_api_item_new(&pool[i]);
            return true;
        }
    }
    return false;
}

void
exports_test_memory_api_method_item_text(exports_test_memory_api_borrow_item_t self, cap_string_t *ret)
{
    cap_string_dup(ret, self->taken ? "taken" : "free");
}

void
exports_test_memory_api_item_destructor(exports_test_memory_api_item_t *item)
{
    item->taken = false;
}
