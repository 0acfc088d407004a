// How MicroPython as a component begins: as any program does.
#include "entry.h"

void entry_prepare(void) {
    __wasi_init_tp();
    __wasm_call_ctors();
}
