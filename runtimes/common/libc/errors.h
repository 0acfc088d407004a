// Error codes of wasi:filesystem as errno.
#ifndef PYLON_LIBC_ERRORS_H
#define PYLON_LIBC_ERRORS_H

#include <wasi/wasip2.h>

// Sets errno. Returns -1, so that a function can end with it.
int filesystem_failed(filesystem_error_code_t code);

#endif
