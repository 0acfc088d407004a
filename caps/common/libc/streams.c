/* printf into memory needs of wasi-libc's streams only that they be flushed at the end. That is what brings in its files,
   and with them all of WASI; a component without WASI has none to flush. */

void __stdio_exit_needed(void);

void __stdio_exit_needed(void) {}
