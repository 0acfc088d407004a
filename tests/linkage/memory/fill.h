/* A memory that is full. */
#ifndef FILL_H
#define FILL_H

#include <stddef.h>
#include <stdlib.h>

/* What fill() has got from malloc(), a list. */
static void **filled;

/* Takes all the memory that the module can have. Most of it is never touched, so that a test does not need gigabytes. */
static inline void
fill(void)
{
    for (size_t pages = 1 << 15; pages > 0; pages /= 2) {
        while (__builtin_wasm_memory_grow(0, pages) != (size_t)-1)
            ;
    }
    for (size_t size = 1 << 20; size >= sizeof(void *); size /= 2) {
        for (void **memory; (memory = malloc(size)) != NULL; filled = memory)
            *memory = filled;
    }
}

/* Gives back what malloc() gave. */
static inline void
release(void)
{
    while (filled != NULL) {
        void **next = *filled;
        free(filled);
        filled = next;
    }
}

#endif
