/* Tests of cabi_realloc.c, which is compiled with the memory of this file in place of libc's. */
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include "check.h"
#include "landing.h"

/* What one call hands over: RESERVE is what the reserve gives at most, in one piece, and NAME the least that is not small. */
enum { HEADER = 16, RESERVE = (132 << 10) - HEADER, SLICE = 64 << 10, SMALL = 256, NAME = SMALL + 1, SMALL_ROOM = 4 << 10 };

void *cabi_realloc(void *memory, size_t old_size, size_t alignment, size_t size);
void __wrap_free(void *memory);
void *__wrap_realloc(void *memory, size_t size);

void *memory_malloc(size_t size);
void *memory_realloc(void *memory, size_t size);
void memory_free(void *memory);
_Noreturn void memory_abort(void);

static bool full;
static long live; /* pieces of libc's memory */
static jmp_buf aborted;

void *
memory_malloc(size_t size)
{
    void *memory = full ? NULL : malloc(size);
    live += memory != NULL;
    return memory;
}

void *
memory_realloc(void *memory, size_t size)
{
    if (full)
        return NULL;
    live += memory == NULL;
    return realloc(memory, size);
}

void
memory_free(void *memory)
{
    live -= memory != NULL;
    free(memory);
}

_Noreturn void
memory_abort(void)
{
    longjmp(aborted, 1);
}

/* What a list of `size` bytes is put into; NULL for a trap. */
static uint8_t *
list(size_t size)
{
    return setjmp(aborted) ? NULL : cabi_realloc(NULL, 0, 8, size);
}

static void
test_while_there_is_memory(void)
{
    uint8_t *bytes = list(10 * RESERVE);

    EXPECT(bytes != NULL && live == 1);
    memset(bytes, 1, 10 * RESERVE);
    bytes = cabi_realloc(bytes, 10 * RESERVE, 1, 20 * RESERVE);
    EXPECT(bytes[10 * RESERVE - 1] == 1);
    __wrap_free(bytes);
    __wrap_free(NULL);
    EXPECT(live == 0);
    EXPECT(cabi_realloc(NULL, 0, 8, 0) == (void *)8);
}

static void
test_when_memory_is_full(void)
{
    full = true;
    for (int round = 0; round < 3; round++) {
        size_t left = RESERVE - 2 * HEADER - SLICE - (NAME + 15) / 16 * 16;
        uint8_t *payload = list(SLICE), *name = list(NAME), *rest = list(left);
        EXPECT(payload != NULL && name != NULL && rest != NULL);
        EXPECT((uintptr_t)payload % 16 == 0 && (uintptr_t)name % 16 == 0 && (uintptr_t)rest % 16 == 0);
        memset(payload, 1, SLICE);
        *name = 2;
        memset(rest, 3, left);
        EXPECT(payload[SLICE - 1] == 1 && *name == 2);
        EXPECT(list(NAME) == NULL);
        EXPECT(list(SIZE_MAX) == NULL);
        /* In any order. */
        __wrap_free(round == 0 ? name : round == 1 ? payload : rest);
        EXPECT(round == 2 || list(NAME) == NULL);
        __wrap_free(round == 0 ? payload : name);
        __wrap_free(round == 2 ? payload : rest);
    }
    uint8_t *all = list(RESERVE);
    EXPECT(all != NULL && list(NAME) == NULL);
    __wrap_free(all);
    EXPECT(list(RESERVE + 1) == NULL);
    EXPECT(live == 0);
    full = false;
}

/* What is kept makes the reserve smaller, and no more than that. */
static void
test_kept_piece(void)
{
    full = true;
    uint8_t *kept = list(1000);
    memset(kept, 1, 1000);
    for (int round = 0; round < 1000; round++) {
        uint8_t *name = list(NAME), *payload = list(SLICE);
        EXPECT(name != NULL && payload != NULL);
        memset(payload, 2, SLICE);
        __wrap_free(round % 2 ? name : payload);
        __wrap_free(round % 2 ? payload : name);
    }
    EXPECT(kept[0] == 1 && kept[999] == 1);
    __wrap_free(kept);
    uint8_t *all = list(RESERVE);
    EXPECT(all != NULL);
    __wrap_free(all);
    full = false;
}

/* A callee may keep what it is given, and a caller of the canonical ABI may ask for more. */
static void
test_pieces_move(void)
{
    full = true;
    uint8_t *text = list(1000), *kept = list(NAME);
    memset(text, 1, 1000);
    memset(kept, 2, NAME);
    text = cabi_realloc(text, 1000, 1, 2000);
    EXPECT(text[0] == 1 && text[999] == 1 && kept[NAME - 1] == 2);
    EXPECT(__wrap_realloc(kept, 2 * NAME) == NULL && kept[NAME - 1] == 2);
    full = false;
    kept = __wrap_realloc(kept, 2 * NAME);
    EXPECT(live == 1 && kept[0] == 2 && kept[NAME - 1] == 2);
    full = true;
    __wrap_free(text);
    uint8_t *all = list(RESERVE);
    EXPECT(all != NULL);
    memset(all, 3, RESERVE);
    full = false;
    uint8_t *large = __wrap_realloc(all, 2 * RESERVE);
    EXPECT(large[RESERVE - 1] == 3);
    large = __wrap_realloc(large, 16);
    EXPECT(large[15] == 3);
    __wrap_free(large);
    __wrap_free(kept);
    EXPECT(live == 0);

    /* From libc's memory, when that is full meanwhile. */
    uint8_t *grown = list(1000);
    memset(grown, 4, 1000);
    full = true;
    grown = cabi_realloc(grown, 1000, 1, 3000);
    EXPECT(grown[999] == 4 && live == 0);
    __wrap_free(grown);
    full = false;
}

/* Small lists have a place of their own, full memory or not, and malloc's memory where that is used up. */
static void
test_small_lists(void)
{
    enum { FIT = SMALL_ROOM / (HEADER + SMALL) };
    uint8_t *lists[FIT], *first;

    for (int round = 0; round < 3; round++) {
        full = round == 1;
        for (int i = 0; i < FIT; i++) {
            lists[i] = list(SMALL);
            EXPECT(lists[i] != NULL && (uintptr_t)lists[i] % 16 == 0);
            memset(lists[i], i, SMALL);
        }
        EXPECT(live == 0);
        uint8_t *more = list(SMALL);
        EXPECT(more != NULL && live == !full);
        __wrap_free(more);
        for (int i = 0; i < FIT; i++)
            EXPECT(lists[i][0] == i && lists[i][SMALL - 1] == i);
        /* Upwards, downwards, and one that stays for long. */
        for (int i = 0; i < FIT; i++)
            __wrap_free(lists[round == 0 ? i : FIT - 1 - i]);
        first = list(1);
        EXPECT(first == lists[0] && live == 0);
        __wrap_free(first);
    }
    full = false;
    first = list(2);
    memset(first, 7, 2);
    for (int i = 0; i < 1000; i++)
        __wrap_free(list(SMALL));
    EXPECT(live == 0 && first[0] == 7 && first[1] == 7);
    first = __wrap_realloc(first, 2);
    EXPECT(live == 1 && first[1] == 7);
    __wrap_free(first);
    first = cabi_realloc(list(3), 3, 1, 30);
    EXPECT(live == 1);
    __wrap_free(first);
    EXPECT(live == 0);
}

static void
test_landing(void)
{
    uint8_t buffer[100];

    landing_begin(buffer, sizeof buffer);
    EXPECT(list(100) == buffer && landing_end(buffer, 100) == 100);
    uint8_t *elsewhere = list(100);
    EXPECT(elsewhere != buffer);
    __wrap_free(elsewhere);
    for (int round = 0; round < 2; round++) {
        full = round == 1;
        landing_begin(buffer, sizeof buffer);
        elsewhere = list(200);
        memset(elsewhere, 5, 200);
        EXPECT(elsewhere != buffer && landing_end(elsewhere, 200) == 100 && buffer[99] == 5);
        landing_begin(buffer, sizeof buffer);
        EXPECT(landing_end(NULL, 0) == 0);
    }
    uint8_t *all = list(RESERVE);
    EXPECT(all != NULL && live == 0);
    __wrap_free(all);
    full = false;
}

int
main(void)
{
    test_while_there_is_memory();
    test_when_memory_is_full();
    test_kept_piece();
    test_pieces_move();
    test_small_lists();
    test_landing();
    if (has_failed())
        return 1;
    printf("cabi_realloc: %d checks\n", checks);
    return 0;
}
