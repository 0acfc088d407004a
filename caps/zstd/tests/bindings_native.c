/* What the generated zstd_cap.c gives the cap in wasm, for tests in a native process, and lists for them to pass. */
#include "bindings_native.h"

#include "lists_native.h"
#include "zstd_cap_native.c"

zstd_cap_list_u8_t
new_list(const void *bytes, size_t length)
{
    return (zstd_cap_list_u8_t){new_copy(bytes, length), length};
}

zstd_cap_list_u32_t
new_numbers(const uint32_t *numbers, size_t count)
{
    return (zstd_cap_list_u32_t){new_copy(numbers, count * sizeof *numbers), count};
}
