/* The memory of what is handed over. A core module of ours is linked with this whichever side of a contract it is on.
 *
 * Who calls across a boundary of the component model has the receiver's `cabi_realloc` make room for each list and each
 * string. That function cannot fail as a value: what it returns is an address, 0 is a valid one, and the definition
 * that comes with the bindings traps, which ends the program. This one has a reserve, set aside when the module is
 * linked, for the time when memory is full. So a call arrives all the same, and whether there is memory for its *work*
 * is a question that the callee can answer by a value.
 *
 * A piece of the reserve is like memory from malloc(): free() and realloc() of the whole module are wrapped (the linker's
 * --wrap), so that generated code, a cap and its library free it as they free anything. Pieces lie on each other like a
 * stack, and by the end of a call all are freed, unless a list is kept as it came: then the reserve is smaller for as
 * long. Who keeps one and would rather not keep the reserve calls realloc(), which moves it out or fails as a value.
 *
 * Small lists come from a stack of the same kind while it has room, full memory or not: most are freed before the next one
 * comes, and a place on a stack takes a fraction of malloc()'s time.
 *
 * More at once than the reserve holds still traps when memory is full: docs/add-a-cap.md, "Memory". What is to land
 * somewhere else needs no memory: landing.h. */
#include "landing.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* Twice the slice of 64 KiB in which large buffers are handed over, and headers of many small pieces. */
    RESERVE = 132 << 10,
    /* The room for small lists, and how large the largest is. */
    SMALL_ROOM = 4 << 10,
    SMALL = 256,
    /* That of malloc(). */
    ALIGNMENT = 16
};
_Static_assert(RESERVE % ALIGNMENT == 0 && SMALL_ROOM % ALIGNMENT == 0, "pieces end where the next may begin");

/* What lies in front of a piece. */
struct piece {
    _Alignas(ALIGNMENT) struct piece *below;
    bool is_freed;
};

/* Pieces on each other. */
struct stack {
    uint8_t *next, *end; /* where the next piece may begin, and where the room ends */
    struct piece *top;   /* NULL: none */
};

static _Alignas(ALIGNMENT) uint8_t room[SMALL_ROOM + RESERVE];
static struct stack small = {.next = room, .end = room + SMALL_ROOM};
static struct stack reserve = {.next = room + SMALL_ROOM, .end = room + sizeof room};

static struct {
    void *buffer;
    size_t room;
    bool open;
} landing;

/* libc's own. */
void __real_free(void *memory);
void *__real_realloc(void *memory, size_t size);

void *cabi_realloc(void *memory, size_t old_size, size_t alignment, size_t size);
void __wrap_free(void *memory);
void *__wrap_realloc(void *memory, size_t size);

static inline bool
is_piece(const void *memory)
{
    return (uintptr_t)memory - (uintptr_t)room < sizeof room;
}

static inline struct stack *
stack_of(const void *piece)
{
    return (uintptr_t)piece < (uintptr_t)small.end ? &small : &reserve;
}

/* A piece; NULL when it does not fit. */
static inline void *
take_piece(struct stack *stack, size_t size)
{
    struct piece *piece = (struct piece *)(void *)stack->next;
    size_t left = (size_t)(stack->end - stack->next);

    if (left < sizeof *piece || size > left - sizeof *piece)
        return NULL;
    *piece = (struct piece){.below = stack->top};
    stack->top = piece;
    stack->next += sizeof *piece + (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return piece + 1;
}

static void
free_piece(void *memory)
{
    struct stack *stack = stack_of(memory);

    ((struct piece *)memory - 1)->is_freed = true;
    while (stack->top != NULL && stack->top->is_freed) {
        stack->next = (uint8_t *)stack->top;
        stack->top = stack->top->below;
    }
}

void
__wrap_free(void *memory)
{
    if (is_piece(memory))
        free_piece(memory);
    else
        __real_free(memory);
}

void *
__wrap_realloc(void *memory, size_t size)
{
    if (!is_piece(memory))
        return __real_realloc(memory, size);
    void *moved = malloc(size);
    if (moved != NULL) {
        size_t most = (size_t)(stack_of(memory)->next - (uint8_t *)memory);
        memcpy(moved, memory, size < most ? size : most);
        free_piece(memory);
    }
    return moved;
}

/* The canonical ABI's: `size` bytes, which begin with the `old_size` bytes at `memory` unless that is NULL. What is
 * empty has no memory, and is not freed. */
#if defined(__wasm__) && !defined(NOT_A_COMPONENT)
__attribute__((__export_name__("cabi_realloc")))
#endif
void *
cabi_realloc(void *memory, size_t old_size, size_t alignment, size_t size)
{
    if (size == 0)
        return (void *)alignment;
    if (landing.open && memory == NULL && size <= landing.room) {
        landing.open = false;
        return landing.buffer;
    }
    void *list = memory == NULL && size <= SMALL ? take_piece(&small, size) : NULL;
    if (list != NULL)
        return list;
    list = memory == NULL ? malloc(size) : __wrap_realloc(memory, size);
    if (list == NULL && (list = take_piece(&reserve, size)) != NULL && memory != NULL) {
        memcpy(list, memory, old_size < size ? old_size : size);
        __wrap_free(memory);
    }
    if (list == NULL)
        abort();
    return list;
}

void
landing_begin(void *buffer, size_t room)
{
    landing.buffer = buffer;
    landing.room = room;
    landing.open = true;
}

size_t
landing_end(void *list, size_t length)
{
    landing.open = false;
    if (length == 0 || list == landing.buffer)
        return length;
    size_t copied = length < landing.room ? length : landing.room;
    memcpy(landing.buffer, list, copied);
    __wrap_free(list);
    return copied;
}
