// The entry of a runtime. It stands where wasi-libc's crt1 does.
#ifndef PYLON_ENTRY_H
#define PYLON_ENTRY_H

// wasi-libc's start-up, which its crt1 would call.
void __wasi_init_tp(void);
void __wasm_call_ctors(void);

// Of each runtime: gets libc ready for `main`.
void entry_prepare(void);

#endif
