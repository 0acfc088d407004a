// The entry of MicroPython as a component: exports wasi:cli/run. It stands where wasi-libc's crt1 does, which starts
// every program in "/" and knows of exit codes only whether they are 0.
#define _POSIX_C_SOURCE 200809L // strndup

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wasi/wasip2.h>

#include "micropython_main.h"

// Of wasi-libc: what its crt1 calls.
void __wasi_init_tp(void);
void __wasm_call_ctors(void);
void __wasm_call_dtors(void);
int __main_void(void);

// Ends the process with `code` & 0xff. No handlers run, nothing is flushed. Takes the place of the archive member that
// defines it and the next one (wasi-libc 0~git20260423, _Exit.c), which calls wasi:cli/exit.exit: that makes every code
// but 0 a 1.
_Noreturn void _Exit(int code) {
    wasi_cli_exit_exit_with_code((uint8_t)code);
    __builtin_unreachable();
}

// POSIX's name for it.
_Noreturn void _exit(int code) {
    _Exit(code);
}

// Goes to the folder that the host says the program was started in. A folder that nobody granted is no error: relative
// paths then lead nowhere.
static void enter_initial_folder(void) {
    wasip2_string_t folder;
    if (!environment_initial_cwd(&folder)) {
        return;
    }
    char *path = strndup((const char *)folder.ptr, folder.len);
    if (path != NULL) {
        (void)chdir(path);
    }
    free(path);
    wasip2_string_free(&folder);
}

// wasi:cli/run.run. Every code but 0 leaves through _Exit, since a result cannot carry it.
bool exports_wasi_cli_run_run(void) {
    __wasi_init_tp();
    __wasm_call_ctors();
    enter_initial_folder();
    int code = __main_void();
    __wasm_call_dtors();
    if (code != 0) {
        _Exit(code);
    }
    return true;
}
