// Running Python source, and what becomes of its exceptions.
#ifndef PYLON_EXECUTE_H
#define PYLON_EXECUTE_H

#include <stdbool.h>

#include "py/lexer.h"
#include "py/parse.h"

// Set in a result if the program ended itself by SystemExit; the low byte is the exit status either way.
#define EXECUTE_EXIT (0x100)

// Prints an exception to stderr, but for SystemExit. A result as above.
int execute_uncaught(mp_obj_t exception);

// Where source comes from: a string of `len` bytes, a file or standard input.
struct execute_source {
    enum { SOURCE_STRING, SOURCE_FILE, SOURCE_STDIN } kind;
    const char *text; // the string, or the file's name
    size_t len;
};

// Compiles a source and, unless `compile_only`, runs it as __main__. 0, or the result of an exception.
int execute_source(const struct execute_source *source, mp_parse_input_kind_t input, bool compile_only);

// Imports a module as __main__, or its __main__ if it is a package. 0, or the result of an exception.
int execute_module(const char *name);

// Calls what sys.atexit() was given, if anything. 0, or the result of an exception.
int execute_atexit(void);

// Reads, runs and prints from standard input until its end or SystemExit. The last result.
int repl_run(void);

#endif
