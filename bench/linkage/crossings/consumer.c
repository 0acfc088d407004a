/* One kind of call after the other, each in batches of its own. */
#include "../clock.h"

#include "consumer.h"

enum { MEBIBYTE = 1 << 20, BOOLS = 1024, ENTRIES = 10 };

static uint8_t bytes[MEBIBYTE];
static char text[64];
static bool bools[BOOLS];
static bench_crossings_api_entry_t entries[ENTRIES];
static bench_crossings_api_own_thing_t thing;

/* What the calls returned, together: the work was done. */
static uint64_t sum;

static void
scalars(unsigned calls)
{
    while (calls-- > 0)
        sum += bench_crossings_api_scalars(1, 2, 3, 4, 5, 6, 7, 8);
}

static void
take(unsigned calls, size_t length)
{
    consumer_list_u8_t data = {bytes, length};
    while (calls-- > 0)
        sum += bench_crossings_api_take(&data);
}

static void
land(unsigned calls, size_t length)
{
    consumer_list_u8_t data = {bytes, length};
    while (calls-- > 0)
        sum += bench_crossings_api_land(&data);
}

static void take_0(unsigned calls) { take(calls, 0); }
static void take_64(unsigned calls) { take(calls, 64); }
static void take_1k(unsigned calls) { take(calls, 1024); }
static void take_1m(unsigned calls) { take(calls, MEBIBYTE); }
static void land_64(unsigned calls) { land(calls, 64); }
static void land_1k(unsigned calls) { land(calls, 1024); }

static void
give_64(unsigned calls)
{
    while (calls-- > 0) {
        consumer_list_u8_t data;
        bench_crossings_api_give(64, &data);
        sum += data.len;
        consumer_list_u8_free(&data);
    }
}

static void
take_text(unsigned calls)
{
    consumer_string_t string = {(uint8_t *)text, sizeof text};
    while (calls-- > 0)
        sum += bench_crossings_api_take_text(&string);
}

static void
take_bools(unsigned calls)
{
    consumer_list_bool_t list = {bools, BOOLS};
    while (calls-- > 0)
        sum += bench_crossings_api_take_bools(&list);
}

static void
take_entries(unsigned calls)
{
    bench_crossings_api_list_entry_t list = {entries, ENTRIES};
    while (calls-- > 0)
        sum += bench_crossings_api_take_entries(&list);
}

static void
method(unsigned calls)
{
    bench_crossings_api_borrow_thing_t borrowed = bench_crossings_api_borrow_thing(thing);
    while (calls-- > 0)
        sum += bench_crossings_api_method_thing_value(borrowed);
}

static void
make_and_drop(unsigned calls)
{
    while (calls-- > 0)
        bench_crossings_api_thing_drop_own(bench_crossings_api_constructor_thing(calls));
}

int
main(void)
{
    for (size_t index = 0; index < sizeof text; index++)
        text[index] = 'a';
    for (size_t index = 0; index < ENTRIES; index++)
        entries[index] = (bench_crossings_api_entry_t){1, 2, 3, {(uint8_t *)text, 16}};
    tell("scalars", best(scalars, 500, 2000));
    tell("take-0", best(take_0, 500, 2000));
    tell("take-64", best(take_64, 500, 2000));
    tell("take-1k", best(take_1k, 200, 1000));
    tell("take-1m", best(take_1m, 1, 200));
    tell("land-64", best(land_64, 500, 2000));
    tell("land-1k", best(land_1k, 200, 1000));
    tell("give-64", best(give_64, 500, 2000));
    tell("take-text", best(take_text, 500, 2000));
    tell("take-bools", best(take_bools, 200, 1000));
    tell("take-entries", best(take_entries, 100, 1000));
    tell("make-and-drop", best(make_and_drop, 500, 2000));
    thing = bench_crossings_api_constructor_thing(1);
    tell("method", best(method, 500, 2000));
    bench_crossings_api_thing_drop_own(thing);
    uint64_t wanted = 36u * 1000000ull + 64ull * 1000000 * 4 + 1024ull * 200000 * 3 + (uint64_t)MEBIBYTE * 200 +
                      ENTRIES * 100000ull + 1000000;
    return sum == wanted ? 0 : 1;
}
