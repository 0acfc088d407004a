// The entry of python.wasm: exports wasi:cli/run. It stands where wasi-libc's crt1 and CPython's
// Programs/python.c do, because the same code has to start with and without a snapshot.
#include "pylon.h"

#include "cpython_main.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wasi/wasip2.h>

enum pylon_phase pylon_phase = PHASE_FRESH;

// Initializes an interpreter from nothing and runs what `argv` asks for. Returns the exit code.
int pylon_start(int argc, char **argv)
{
    PyConfig config;
    PyConfig_InitPythonConfig(&config);

    PyStatus status = pylon_preconfigure(argc, argv);
    if (!PyStatus_Exception(status)) {
        status = pylon_read_config(&config, argc, argv);
    }
    if (!PyStatus_Exception(status)) {
        status = Py_InitializeFromConfig(&config);
    }
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status)) {
        Py_ExitStatusException(status);
    }
    return Py_RunMain();
}

// Called by wasi-libc's __main_void with the arguments of the process.
int main(int argc, char **argv)
{
    enum pylon_phase phase = pylon_phase;
    pylon_phase = PHASE_RUNNING;
    return phase == PHASE_SNAPSHOT ? pylon_resume(argc, argv) : pylon_start(argc, argv);
}

// Goes to the folder that the host says the program was started in; wasi-libc starts every program in
// "/". A folder that nobody granted is no error: relative paths then lead nowhere, as before.
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

// wasi:cli/run.run. Returning false means exit code 1; every other code leaves through _Exit.
bool exports_wasi_cli_run_run(void)
{
    if (pylon_phase == PHASE_FRESH) {
        __wasi_init_tp();
        __wasm_call_ctors();
    } else {
        // Drop what libc knew of the process that made the snapshot: it reads both again.
        __wasilibc_reset_preopens();
        __wasilibc_deinitialize_environ();
    }
    enter_initial_folder();
    int code = __main_void();
    __wasm_call_dtors();
    if (code != 0) {
        _Exit(code);
    }
    return true;
}
