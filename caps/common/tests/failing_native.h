/* Memory that fails when a test says so. For one file a program, which is linked with --wrap=malloc,--wrap=calloc. */
#ifndef PYLON_FAILING_NATIVE_H
#define PYLON_FAILING_NATIVE_H

#include <stdbool.h>
#include <stddef.h>

/* The linker gives all calls of malloc and calloc to these. The one that `fails_in` counts down to fails; 0: none. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
static int fails_in;

static bool
fails_now(void)
{
    return fails_in > 0 && --fails_in == 0;
}

void *
__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

#endif
