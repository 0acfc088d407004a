// Zeroes memory that the allocators hold free, so that the snapshot doesn't carry what start-up left
// there: zero blocks are not stored, and the rest compresses.
#include "pylon.h"

#include <malloc.h>
#include <stdlib.h>

#include "pycore_interp.h"
#include "pycore_obmalloc.h"
#include "pycore_pystate.h"

#include <string.h>

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

// Zeroes all free blocks and pools of the object allocator and ends pylon_zero_on_free.
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
}
