// mpy-cross as a WASI component: upstream's own configuration with two differences.
#include "mpy-cross/mpconfigport.h"

#include <limits.h>  // PATH_MAX

// Upstream asks for __unix__, which WASI is not; open and write are there.
#undef MICROPY_PERSISTENT_CODE_SAVE_FILE
#define MICROPY_PERSISTENT_CODE_SAVE_FILE (1)

// Frozen code runs on wasm, for which there is no machine code to emit.
#undef MICROPY_EMIT_X64
#undef MICROPY_EMIT_X86
#undef MICROPY_EMIT_THUMB
#undef MICROPY_EMIT_INLINE_THUMB
#undef MICROPY_EMIT_ARM
#undef MICROPY_EMIT_XTENSA
#undef MICROPY_EMIT_INLINE_XTENSA
#undef MICROPY_EMIT_XTENSAWIN
#undef MICROPY_EMIT_RV32
#undef MICROPY_EMIT_INLINE_RV32
#undef MICROPY_EMIT_NATIVE_DEBUG
