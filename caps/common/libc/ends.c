/* How a library ends that has had enough: a component without WASI has no process to end and nowhere to say why. Each is
   a trap of its own, so that the backtrace names the function, and below it who called it. */

#include <assert.h>
#include <stdlib.h>

_Noreturn void exit(int status)
{
    (void)status;
    __builtin_trap();
}

_Noreturn void _Exit(int status)
{
    (void)status;
    __builtin_trap();
}

_Noreturn void __assert_fail(const char *expression, const char *file, int line, const char *function)
{
    (void)expression;
    (void)file;
    (void)line;
    (void)function;
    __builtin_trap();
}
