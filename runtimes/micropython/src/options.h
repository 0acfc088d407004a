// The command line, checked.
#ifndef PYLON_OPTIONS_H
#define PYLON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

// The C stack that Python may fill before RuntimeError is raised. As each frame there stands for frames of the host's
// engine as well, it is as deep as WAMR with a stack of 1 MiB and wasmtime with its default can follow.
#define OPTIONS_STACK (192 * 1024)

enum options_program {
    PROGRAM_NONE, // standard input, or a prompt on a terminal
    PROGRAM_COMMAND,
    PROGRAM_MODULE,
    PROGRAM_FILE,
    PROGRAM_STDIN,
};

struct options {
    enum options_program program;
    const char *source; // the command, module or file; borrowed from argv, as is all else here
    const char *const *argv; // what follows it
    bool inspect; // a prompt after the program
    bool compile_only;
    bool gc_stress;
    unsigned optimise;
    unsigned verbose;
    size_t heap_size; // bytes, as are the next two
    size_t heap_max;
    size_t stack;
};

// Reads a null-terminated `argv`. False if the program has nothing more to do than to end with `*status`: it was asked
// for help or its version, or the arguments are wrong, of which the user has been told.
bool options_parse(struct options *options, char *const *argv, int *status);

#endif
