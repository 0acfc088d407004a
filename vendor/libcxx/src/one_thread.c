/* What the compiler expects of the C++ library and does not find in its sources. */

/* The tag of all C++ exceptions. Since LLVM 21 objects only refer to it. */
__asm__(".globl __cpp_exception\n"
        ".tagtype __cpp_exception i32\n"
        "__cpp_exception:\n");

int __cxa_atexit(void (*destroy)(void *), void *object, void *dso);
int __cxa_thread_atexit(void (*destroy)(void *), void *object, void *dso);

/* Destroys a thread-local object when its thread ends: with the program, since there is one thread. */
int
__cxa_thread_atexit(void (*destroy)(void *), void *object, void *dso)
{
    return __cxa_atexit(destroy, object, dso);
}
