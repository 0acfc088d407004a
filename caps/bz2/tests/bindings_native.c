/* What the generated bz2_cap.c gives the cap in wasm, for tests in a native process, and lists for them to pass. */
#include "bindings_native.h"

#include "lists_native.h"
#include "bz2_cap_native.c"

bz2_cap_list_u8_t
new_list(const void *bytes, size_t length)
{
    return (bz2_cap_list_u8_t){new_copy(bytes, length), length};
}
