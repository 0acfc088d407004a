/* The part of WAMR's platform layer that differs from its own for Linux: messages go to standard error, because
 * standard output is the guest's. */

#include <stdarg.h>
#include <stdio.h>

#include "platform_api_vmcore.h"

/* Called by wasm_runtime_init. Returns 0: nothing can fail. */
int bh_platform_init(void) {
    return 0;
}

/* Called by wasm_runtime_destroy. */
void bh_platform_destroy(void) {
}

/* vprintf to standard error. Returns the number of bytes, negative if that failed. */
int os_vprintf(const char *format, va_list arguments) {
    return vfprintf(stderr, format, arguments);
}

/* printf to standard error. Returns the number of bytes, negative if that failed. */
int os_printf(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int count = os_vprintf(format, arguments);
    va_end(arguments);
    return count;
}
