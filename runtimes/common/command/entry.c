// How a process begins and ends: exports wasi:cli/run. wasi-libc's crt1 starts every program in "/", and its _Exit
// calls wasi:cli/exit.exit, which knows success and failure only: every code but 0 becomes 1.
#include "entry.h"
#include "gen/command.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wasi/wasip2.h>

// Of wasi-libc, as its crt1 calls them.
void __wasm_call_dtors(void);
int __main_void(void);

// Ends the process with `code` & 0xff, as on any POSIX system. No handlers run, nothing is flushed. Takes the place of
// the archive member that defines it and the next one (wasi-libc 0~git20260423, _Exit.c).
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

// Goes to the folder that the host says the program was started in. A folder that nobody granted is no error: relative
// paths then lead nowhere.
static void enter_initial_folder(void)
{
    wasip2_string_t folder;
    if (!environment_initial_cwd(&folder)) {
        return;
    }
    char *path = strndup((const char *)folder.ptr, folder.len);
    if (path) {
        (void)chdir(path);
    }
    free(path);
    wasip2_string_free(&folder);
}

// wasi:cli/run.run. Every code but 0 leaves through _Exit, since a result cannot carry it.
bool exports_wasi_cli_run_run(void)
{
    entry_prepare();
    enter_initial_folder();
    int code = __main_void();
    __wasm_call_dtors();
    if (code != 0) {
        _Exit(code);
    }
    return true;
}
