// Configuration of the WASI port: the features of the unix port's standard variant, less what WASI lacks.
// docs/reference/micropython.md lists every difference with its reason; keep it in step with this file.
#include <alloca.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#define MICROPY_CONFIG_ROM_LEVEL (MICROPY_CONFIG_ROM_LEVEL_EXTRA_FEATURES)

// A word is a pointer; files may be longer than a pointer can say.
typedef int mp_int_t;
typedef unsigned int mp_uint_t;
typedef long long mp_off_t;
#define MP_SSIZE_MAX INT_MAX
#define MP_STATE_PORT MP_STATE_VM

// The collector. Roots are the C stack, on which spill_roots puts what wasm would keep in locals, and the root
// pointers; heap.c. The heap grows by whole areas from malloc() until `-X heapmax` is reached.
#define MICROPY_ENABLE_GC (1)
#define MICROPY_ENABLE_FINALISER (1)
#define MICROPY_GC_SPLIT_HEAP (1)
#define MICROPY_GC_SPLIT_HEAP_AUTO (1)
#define MICROPY_PY_GC_COLLECT_RETVAL (1)
#define MICROPY_MALLOC_USES_ALLOCATED_SIZE (1)
#define MICROPY_MEM_STATS (1)
void *heap_area_alloc(size_t size);
void heap_area_free(void *area);
#define MP_PLAT_ALLOC_HEAP(size) heap_area_alloc(size)
#define MP_PLAT_FREE_HEAP(area) heap_area_free(area)

// Of patch 0001: under `-X gcstress` freed memory is overwritten.
extern _Bool heap_poison_freed;
void heap_poison(void *block, size_t size);
#define MICROPY_GC_HOOK_FREED(block, size) do { if (heap_poison_freed) { heap_poison((block), (size)); } } while (0)

// Exceptions are setjmp() and longjmp(), which lower_eh turns into plain control flow. wasm has no computed goto:
// a br_table is what the VM's switch should become.
#define MICROPY_NLR_SETJMP (1)
#define MICROPY_STACK_CHECK (1)
#define MICROPY_OPT_COMPUTED_GOTO (0)
#define MICROPY_ENABLE_EMERGENCY_EXCEPTION_BUF (1)
#define MICROPY_EMERGENCY_EXCEPTION_BUF_SIZE (256)

#define MICROPY_FLOAT_IMPL (MICROPY_FLOAT_IMPL_DOUBLE)
#define MICROPY_FLOAT_USE_NATIVE_FLT16 (0)
#define MICROPY_LONGINT_IMPL (MICROPY_LONGINT_IMPL_MPZ)
#define MPZ_DIG_SIZE (16)

#define MICROPY_PERSISTENT_CODE_LOAD (1)
// Modules as byte code in the image: xtask's freeze.rs.
#define MICROPY_MODULE_FROZEN_MPY (1)
#define MICROPY_QSTR_EXTRA_POOL mp_qstr_frozen_const_pool
#define MICROPY_MODULE_OVERRIDE_MAIN_IMPORT (1)
#define MICROPY_DEBUG_PRINTERS (1)
#define MICROPY_ERROR_REPORTING (MICROPY_ERROR_REPORTING_DETAILED)
#define MICROPY_WARNINGS (1)
#define MICROPY_PY_STR_BYTES_CMP_WARN (1)
extern const struct _mp_print_t mp_stderr_print;
#define MICROPY_DEBUG_PRINTER (&mp_stderr_print)
#define MICROPY_ERROR_PRINTER (&mp_stderr_print)

// Files.
#define MICROPY_VFS (1)
#define MICROPY_VFS_POSIX (1)
#define MICROPY_VFS_ROM (1)
#define MICROPY_VFS_ROM_IOCTL (0)
#define MICROPY_READER_VFS (1)
#define MICROPY_READER_VFS_DEFAULT_BUFFER_SIZE (248) // fits a byte
#define MICROPY_READER_POSIX (1)
#define MICROPY_HELPER_LEXER_UNIX (1)
#define MICROPY_STREAMS_POSIX_API (1)
#define MICROPY_EPOCH_IS_1970 (1)
#define MICROPY_ALLOC_PATH_MAX (PATH_MAX)
// modvfs.c includes the FAT headers even though FAT is off.
#define FFCONF_H "lib/oofatfs/ffconf.h"
// wasi-libc's chdir("..") appends to the current folder's name: hal.c.
int hal_chdir(const char *path);
#define chdir hal_chdir
#define _DIRENT_HAVE_D_TYPE (1)
#define _DIRENT_HAVE_D_INO (1)

// sys
#define MICROPY_PY_SYS_PLATFORM "wasi"
#define MICROPY_PY_SYS_PATH_DEFAULT ".frozen"
#define MICROPY_PY_SYS_PATH_ARGV_DEFAULTS (0)
#define MICROPY_PY_SYS_EXECUTABLE (1)
#define MICROPY_PY_SYS_ATEXIT (1)
#define MICROPY_PY_SYS_EXC_INFO (1)

// os
#define MICROPY_PY_OS_INCLUDEFILE "os_wasi.h"
#define MICROPY_PY_OS_ERRNO (1)
#define MICROPY_PY_OS_GETENV_PUTENV_UNSETENV (1)
#define MICROPY_PY_OS_SYSTEM (0)
#define MICROPY_PY_OS_URANDOM (1)
#define MICROPY_PY_OS_STATVFS (0)

// time: the unix port's, but for how it sleeps.
#define MICROPY_PY_TIME (1)
#define MICROPY_PY_TIME_TIME_TIME_NS (1)
#define MICROPY_PY_TIME_CUSTOM_SLEEP (1)
#define MICROPY_PY_TIME_INCLUDEFILE "time_wasi.h"

// The optimisation wants POLLIN and its kin to have Linux' values.
#define MICROPY_PY_SELECT_POSIX_OPTIMISATIONS (0)
#define MICROPY_PY_SELECT_SELECT (0)

unsigned long hal_random_seed(void);
#define MICROPY_PY_RANDOM_SEED_INIT_FUNC (hal_random_seed())
#define MICROPY_PY_FRAMEBUF (1)
#define MICROPY_PY_DEFLATE_COMPRESS (1)
#define MICROPY_PY_WEBSOCKET (1)
#define MICROPY_PY_MACHINE (0)
