// The collector's heap and its roots.
#include "heap.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "py/gc.h"
#include "py/mpstate.h"

// Bytes in areas, and what they may become in all.
static size_t total;
static size_t limit;

bool heap_poison_freed;

// Memory for an area, or null.
void *heap_area_alloc(size_t size) {
    void *area = malloc(size);
    if (area != NULL) {
        total += malloc_usable_size(area);
    }
    return area;
}

// Gives back an area that has no object left.
void heap_area_free(void *area) {
    total -= malloc_usable_size(area);
    free(area);
}

// The largest area that may be added.
size_t gc_get_max_new_split(void) {
    return total < limit ? limit - total : 0;
}

bool heap_init(size_t size, size_t max) {
    limit = max;
    char *area = heap_area_alloc(size);
    if (area == NULL) {
        return false;
    }
    gc_init(area, area + size);
    return true;
}

void heap_stress(void) {
    heap_poison_freed = true;
    MP_STATE_MEM(gc_alloc_threshold) = 0;
}

// An address that no memory of ours reaches: who follows a pointer out of freed memory traps.
void heap_poison(void *block, size_t size) {
    memset(block, 0xdb, size);
}

// Marks what the C stack refers to, from this frame to main()'s. Pointers that the compiler keeps in wasm locals are
// not there by themselves: the pass spill_roots stores them in the frames of the functions that can come to here, which
// it finds by this function's name.
void gc_collect(void) {
    void **here = __builtin_frame_address(0);
    gc_collect_start();
    gc_collect_root(here, (size_t)((void **)MP_STATE_THREAD(stack_top) - here));
    gc_collect_end();
}
