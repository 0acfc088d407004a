// Zeroes memory that the allocators hold free, so that the snapshot doesn't carry what start-up left
// there: zero blocks are not stored, and the rest compresses. Then uses up the gaps in the heap.
#include "pylon.h"

#include <malloc.h>
#include <stdlib.h>

#include "pycore_interp.h"
#include "pycore_obmalloc.h"
#include "pycore_pystate.h"

#include <string.h>

// Bytes. A gap of twice as much would be taken for the end of the heap, and stay.
#define LARGEST_GAP ((size_t)64 << 10)

// What malloc divides the heap by: its blocks are multiples of this, their size (a size_t) included.
#define MALLOC_STEP ((size_t)16)

// A pool is a page of equal blocks (CPython's Objects/obmalloc.c): freed ones form a list through
// their first word; those at and after `nextoffset` were never given out.
static void scrub_pool(poolp pool)
{
    const size_t size = (size_t)(pool->szidx + 1) << ALIGNMENT_SHIFT;
    for (pymem_block *block = pool->freeblock; block != NULL; block = *(pymem_block **)block) {
        memset(block + sizeof(pymem_block *), 0, size - sizeof(pymem_block *));
    }
    if (pool->nextoffset <= pool->maxnextoffset) {
        memset((pymem_block *)pool + pool->nextoffset, 0, POOL_SIZE - pool->nextoffset);
    }
}

// An unused pool keeps its link to the next one. It also keeps its blocks' list, for the case that it
// is taken for the same size again: with no valid size that case cannot come, and it is set up anew.
static void scrub_unused_pool(poolp pool)
{
    pool->szidx = DUMMY_SIZE_IDX;
    memset((char *)pool + POOL_OVERHEAD, 0, POOL_SIZE - POOL_OVERHEAD);
}

static bool is_unused(const struct arena_object *arena, const char *page)
{
    for (poolp pool = arena->freepools; pool != NULL; pool = pool->nextpool) {
        if ((const char *)pool == page) {
            return true;
        }
    }
    return false;
}

static void *raw_malloc(void *context, size_t size)
{
    (void)context;
    return malloc(size != 0 ? size : 1);
}

static void *raw_calloc(void *context, size_t count, size_t size)
{
    (void)context;
    return count != 0 && size != 0 ? calloc(count, size) : calloc(1, 1);
}

static void raw_free(void *context, void *block)
{
    (void)context;
    if (block != NULL) {
        memset(block, 0, malloc_usable_size(block));
        free(block);
    }
}

static void *raw_realloc(void *context, void *block, size_t size)
{
    void *result = raw_malloc(context, size);
    if (result != NULL && block != NULL) {
        size_t old = malloc_usable_size(block);
        memcpy(result, block, old < size ? old : size);
        raw_free(context, block);
    }
    return result;
}

static PyMemAllocatorEx usual_allocator;

// Has Python zero every large block that it frees, until pylon_scrub_heap. Call it between
// pre-initialization and initialization.
void pylon_zero_on_free(void)
{
    PyMemAllocatorEx allocator = {NULL, raw_malloc, raw_calloc, raw_realloc, raw_free};
    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &usual_allocator);
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &allocator);
}

// Gives away what is free between what is used, so that what a process allocates first lies together:
// each page that it writes to must be copied for it. These blocks are never freed. They are zeroed.
static void use_up_gaps(const struct _obmalloc_state *state)
{
    for (uint i = 0; i < NB_SMALL_SIZE_CLASSES; i++) {
        const size_t size = (size_t)(i + 1) << ALIGNMENT_SHIFT;
        // The list of this size's pools that have both used and free blocks is empty when its head,
        // which then stands for no pool, is its own successor.
        while (state->pools.used[i + i]->nextpool != state->pools.used[i + i]) {
            void *block = PyObject_Malloc(size);
            if (block == NULL) {
                return;
            }
            memset(block, 0, size);
        }
    }
    // malloc prefers gaps to the free memory at the end of the heap. What no gap has room for shows
    // where that begins; from there on nothing is taken.
    void *const large = malloc(LARGEST_GAP * 2);
    const uintptr_t end = (uintptr_t)large;
    free(large);
    for (size_t gap = LARGEST_GAP; gap >= MALLOC_STEP; gap = gap > 1024 ? gap / 2 : gap - MALLOC_STEP) {
        void *block;
        while ((block = malloc(gap - sizeof(size_t))) != NULL && (uintptr_t)block < end) {
            memset(block, 0, malloc_usable_size(block));
        }
        free(block);
    }
}

// Zeroes free blocks and pools of the object allocator, ends pylon_zero_on_free and uses up gaps.
void pylon_scrub_heap(void)
{
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &usual_allocator);
    struct _obmalloc_state *state = _PyInterpreterState_GET()->obmalloc;
    for (uint i = 0; i < state->mgmt.maxarenas; i++) {
        const struct arena_object *arena = &state->mgmt.arenas[i];
        if (arena->address == 0) {
            continue;
        }
        char *first = (char *)_Py_ALIGN_UP(arena->address, POOL_SIZE);
        for (char *page = first; page < (char *)arena->pool_address; page += POOL_SIZE) {
            if (is_unused(arena, page)) {
                scrub_unused_pool((poolp)page);
            } else {
                scrub_pool((poolp)page);
            }
        }
        // Behind pool_address no pool was ever made.
        char *end = (char *)arena->address + ARENA_SIZE;
        memset(arena->pool_address, 0, (size_t)(end - (char *)arena->pool_address));
    }
    use_up_gaps(state);
}
