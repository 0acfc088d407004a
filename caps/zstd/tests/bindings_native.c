/* What the generated zstd_cap.c gives the cap in wasm, for tests in a native process, and lists for them to pass. */
#include "bindings_native.h"

#include <stdlib.h>
#include <string.h>

#include "zstd_cap_native.c"

/* A copy. An empty list's pointer is not to be read, and not to be freed either. */
static void *
new_copy(const void *bytes, size_t size)
{
    if (size == 0)
        return (void *)8;
    void *copy = malloc(size);
    if (copy == NULL)
        abort();
    return memcpy(copy, bytes, size);
}

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
