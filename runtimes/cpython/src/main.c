// The main of python.wasm, in place of CPython's Programs/python.c: the same code has to start with and without a
// snapshot.
#include "attention.h"
#include "entry.h"
#include "pylon.h"

#include <internal/pycore_ceval.h>
#include <internal/pycore_runtime.h>

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

// The main thread's state is a part of the runtime, and stays where it is.
uint32_t *attention_watched_word(uint32_t *bits)
{
    *bits = _PY_SIGNALS_PENDING_BIT;
    return (uint32_t *)&_PyRuntime._main_interpreter._initial_thread.base.eval_breaker;
}

// Called by wasi-libc's __main_void with the arguments of the process.
int main(int argc, char **argv)
{
    enum pylon_phase phase = pylon_phase;
    pylon_phase = PHASE_RUNNING;
    _PyWasi_HasTerminal = pylon_has_terminal;
    return phase == PHASE_SNAPSHOT ? pylon_resume(argc, argv) : pylon_start(argc, argv);
}

// Gets libc ready: of a process that is made from a snapshot it knows already, and must forget what it knew of the
// one that made it. It reads both again.
void entry_prepare(void)
{
    if (pylon_phase == PHASE_FRESH) {
        __wasi_init_tp();
        __wasm_call_ctors();
    } else {
        __wasilibc_reset_preopens();
        __wasilibc_deinitialize_environ();
    }
}
