/* What the generated sqlite_cap.c gives the cap in wasm, for tests in a native process. */
#include "sqlite_cap_native.c"
