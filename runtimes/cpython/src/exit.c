// How the process ends. wasi-libc's _Exit calls wasi:cli/exit.exit, which knows success and failure
// only: every code but 0 becomes 1. exit-with-code carries the code. This file's two functions
// take the place of the archive member that defines them (wasi-libc 0~git20260423, _Exit.c).
#include <stdlib.h>
#include <unistd.h>

#include "cpython_main.h"

// Ends the process with `code` & 0xff, as on any POSIX system. No handlers run, nothing is flushed.
_Noreturn void _Exit(int code)
{
    wasi_cli_exit_exit_with_code((uint8_t)code);
    __builtin_unreachable();
}

// POSIX's name for it, used by os._exit.
_Noreturn void _exit(int code)
{
    _Exit(code);
}
