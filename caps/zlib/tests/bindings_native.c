/* What the generated zlib_cap.c gives the cap in wasm, for tests in a native process, and lists for them to pass. */
#include "bindings_native.h"

#include "lists_native.h"
#include "zlib_cap_native.c"

zlib_cap_list_u8_t
new_list(const void *bytes, size_t length)
{
    return (zlib_cap_list_u8_t){new_copy(bytes, length), length};
}
