// The command line: reading and checking it before there is a heap.
#include "options.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "py/mphal.h"
#include "py/mpprint.h"
#include "py/runtime.h"
#include "extmod/modplatform.h"
#include "genhdr/mpversion.h"

#define KIB (1024u)
#define MIB (1024u * KIB)

// The heap starts small and grows, by default to what a small host can spare: a script that runs away is stopped by
// MemoryError, not by the host.
#define HEAP_SIZE (256 * KIB)
#define HEAP_MAX (16 * MIB)
// Less does not start, or is no use; more than half of a wasm32 memory cannot be one heap.
#define HEAP_LEAST (8 * KIB)
#define HEAP_MOST (2048 * MIB - 1)
#define STACK_LEAST (16 * KIB)
// Of the linked C stack this much stays for C code that does not check: the C library, caps.
#define STACK_RESERVE (32 * KIB)

// The C stack, of the linker.
extern char __stack_low, __stack_high;

static const char help[] =
    "usage: micropython [options] [-c command | -m module | file | -] [arguments]\n"
    "\n"
    "Runs a command, a module of sys.path, a file or standard input (-) with the\n"
    "arguments in sys.argv. Without any of these: standard input, or a prompt if that\n"
    "is a terminal.\n"
    "\n"
    "  -h, --help       show this text\n"
    "  --version        show the version\n"
    "  -i               show a prompt when the program has ended\n"
    "  -O[N]            optimise: 1 leaves out asserts, 3 line numbers of tracebacks too\n"
    "  -v               show at the end how much memory is used; -vv: the bytecode too\n"
    "  -X heapmax=SIZE  let the heap grow to SIZE at most (default 16M); beyond it\n"
    "                   MemoryError is raised\n"
    "  -X heapsize=SIZE start with a heap of SIZE (default 256K); without heapmax it\n"
    "                   does not grow\n"
    "  -X stack=SIZE    raise RuntimeError when SIZE of the C stack is used (default\n"
    "                   192K); more needs a larger stack of the wasm engine, too\n"
    "  -X gcstress      collect garbage at each allocation and overwrite what is freed:\n"
    "                   slow, for finding errors in C code\n"
    "  -X compile-only  compile the program but do not run it\n"
    "  -X emit=bytecode accepted, and the only one\n"
    "\n"
    "SIZE is a number of bytes, or with K or M of KiB or MiB.\n"
    "\n"
    "environment:\n"
    "  MICROPYPATH      folders of sys.path, separated by ':' (default .frozen, the\n"
    "                   modules inside this image)\n"
    "  MICROPYINSPECT   if not empty, as -i\n"
    "  PWD              the folder to start in, if it is there\n"
    "\n"
    "exit status: 0; what sys.exit() was given; 1 after an exception that nothing\n"
    "caught; 2 if the arguments are wrong or the file cannot be read\n";

// Reports wrong arguments: `what`, and if that is not null the argument.
static bool wrong(const char *what, const char *argument) {
    mp_printf(&mp_stderr_print, "micropython: %s", what);
    if (argument != NULL) {
        mp_printf(&mp_stderr_print, ": '%s'", argument);
    }
    mp_printf(&mp_stderr_print, "\nhint: micropython --help shows what can be given\n");
    return false;
}

// Parses `NUMBER[w][K|M]`; false if `text` is something else. A number too large is SIZE_MAX. The w is the unix port's:
// there it means that the size is doubled where words are twice as long.
static bool parse_size(const char *text, size_t *size) {
    if (*text < '0' || *text > '9') {
        return false;
    }
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 0);
    unsigned long long unit = 1;
    if ((*end | 0x20) == 'w') {
        end++;
    }
    if ((*end | 0x20) == 'k') {
        unit = KIB;
        end++;
    } else if ((*end | 0x20) == 'm') {
        unit = MIB;
        end++;
    }
    *size = errno == ERANGE || number > SIZE_MAX / unit ? SIZE_MAX : (size_t)(number * unit);
    return *end == '\0';
}

// Stores the size after the '=' of `-X name=SIZE`; false, after telling the user, if it is none from `least` to `most`.
static bool take_size(const char *option, size_t least, size_t most, size_t *size) {
    size_t given;
    if (!parse_size(strchr(option, '=') + 1, &given)) {
        return wrong("-X needs a size, such as 65536, 64K or 1M", option);
    }
    if (given < least || given > most) {
        mp_printf(&mp_stderr_print, "micropython: -X %s is out of range: %u to %u bytes can be had\n", option,
            (unsigned)least, (unsigned)most);
        return false;
    }
    *size = given;
    return true;
}

static bool starts_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

// Takes the argument of -X.
static bool take_extra(struct options *options, const char *extra) {
    if (extra == NULL) {
        return wrong("-X needs an argument", NULL);
    }
    if (starts_with(extra, "heapsize=")) {
        return take_size(extra, HEAP_LEAST, HEAP_MOST, &options->heap_size);
    }
    if (starts_with(extra, "heapmax=")) {
        return take_size(extra, HEAP_LEAST, HEAP_MOST, &options->heap_max);
    }
    if (starts_with(extra, "stack=")) {
        size_t most = (size_t)(&__stack_high - &__stack_low) - STACK_RESERVE;
        return take_size(extra, STACK_LEAST, most, &options->stack);
    }
    if (strcmp(extra, "gcstress") == 0) {
        options->gc_stress = true;
    } else if (strcmp(extra, "compile-only") == 0) {
        options->compile_only = true;
    } else if (strcmp(extra, "emit=bytecode") != 0) {
        return wrong("-X does not know this", extra);
    }
    return true;
}

// Takes `-O`, `-OO`.., or `-O` and a digit.
static bool take_optimise(struct options *options, const char *option) {
    const char *level = option + 2;
    size_t os = strspn(level, "O");
    if (level[os] == '\0') {
        options->optimise = 1 + os;
    } else if (os == 0 && level[0] >= '0' && level[0] <= '9' && level[1] == '\0') {
        options->optimise = (unsigned)(level[0] - '0');
    } else {
        return wrong("-O needs no level or one digit", option);
    }
    return true;
}

// A size of the heap alone fixes it; a limit below the usual start is a start, too.
static bool settle_heap(struct options *options) {
    if (options->heap_size == 0) {
        options->heap_max = options->heap_max == 0 ? HEAP_MAX : options->heap_max;
        options->heap_size = MIN(HEAP_SIZE, options->heap_max);
    } else if (options->heap_max == 0) {
        options->heap_max = options->heap_size;
    } else if (options->heap_max < options->heap_size) {
        return wrong("-X heapmax is less than -X heapsize", NULL);
    }
    return true;
}

// Takes the program at `argv[0]` and leaves its arguments in `options->argv`.
static bool take_program(struct options *options, char *const *argv) {
    const char *first = argv[0];
    size_t taken = 1;
    if (first == NULL) {
        options->program = PROGRAM_NONE;
        taken = 0;
    } else if (strcmp(first, "-c") == 0 || strcmp(first, "-m") == 0) {
        options->program = first[1] == 'c' ? PROGRAM_COMMAND : PROGRAM_MODULE;
        options->source = argv[1];
        if (options->source == NULL) {
            return wrong(first[1] == 'c' ? "-c needs a command" : "-m needs a module's name", NULL);
        }
        taken = 2;
    } else if (strcmp(first, "-") == 0) {
        options->program = PROGRAM_STDIN;
        options->source = first;
    } else if (first[0] == '-') {
        return wrong("unknown option", first);
    } else {
        options->program = PROGRAM_FILE;
        options->source = first;
    }
    options->argv = (const char *const *)argv + taken;
    return true;
}

bool options_parse(struct options *options, char *const *argv, int *status) {
    const char *inspect = getenv("MICROPYINSPECT");
    *options = (struct options) { .stack = OPTIONS_STACK, .inspect = inspect != NULL && *inspect != '\0' };
    *status = 2;
    for (argv += *argv != NULL; *argv != NULL; argv++) {
        const char *option = *argv;
        bool ok = true;
        if (strcmp(option, "-h") == 0 || strcmp(option, "--help") == 0) {
            mp_hal_stdout_tx_str(help);
            *status = 0;
            return false;
        } else if (strcmp(option, "--version") == 0) {
            mp_hal_stdout_tx_str(MICROPY_BANNER_NAME_AND_VERSION "; " MICROPY_BANNER_MACHINE "\n");
            *status = 0;
            return false;
        } else if (strcmp(option, "-i") == 0) {
            options->inspect = true;
        } else if (strcmp(option, "-X") == 0) {
            ok = take_extra(options, argv[1]);
            argv += ok;
        } else if (starts_with(option, "-O")) {
            ok = take_optimise(options, option);
        } else if (starts_with(option, "-v") && option[1 + strspn(option + 1, "v")] == '\0') {
            options->verbose += strlen(option) - 1;
        } else {
            break;
        }
        if (!ok) {
            return false;
        }
    }
    return settle_heap(options) && take_program(options, argv);
}
