// The collector's heap: areas of malloc()'s memory, and what to do with them at the limits.
#ifndef PYLON_HEAP_H
#define PYLON_HEAP_H

#include <stdbool.h>
#include <stddef.h>

// Makes the heap: `size` bytes now, at most `max` in all. False if the host has not so much memory.
bool heap_init(size_t size, size_t max);

// From now on each allocation collects, and freed memory is overwritten (`-X gcstress`).
void heap_stress(void);

#endif
