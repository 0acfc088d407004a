#include "cap.h"

#include <stdlib.h>

#include "../../../runtimes/common/memory/landing.h"

struct exports_bench_crossings_api_thing_t {
    uint32_t value;
};

/* One suffices: the benchmark has one at a time, and what is measured is not malloc. */
static exports_bench_crossings_api_thing_t the_thing;

exports_bench_crossings_api_own_thing_t
exports_bench_crossings_api_constructor_thing(uint32_t value)
{
    the_thing.value = value;
    return exports_bench_crossings_api_thing_new(&the_thing);
}

uint32_t
exports_bench_crossings_api_method_thing_value(exports_bench_crossings_api_borrow_thing_t self)
{
    return self->value;
}

void
exports_bench_crossings_api_thing_destructor(exports_bench_crossings_api_thing_t *thing)
{
    thing->value = 0;
}

uint32_t
exports_bench_crossings_api_scalars(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f,
                                    uint32_t g, uint32_t h)
{
    return a + b + c + d + e + f + g + h;
}

uint32_t
exports_bench_crossings_api_take(cap_list_u8_t *data)
{
    uint32_t length = (uint32_t)data->len;
    cap_list_u8_free(data);
    return length;
}

uint32_t
exports_bench_crossings_api_land(cap_list_u8_t *data)
{
    static uint8_t place[1024];
    uint32_t length = (uint32_t)data->len;
    if (data->ptr != place)
        cap_list_u8_free(data);
    /* For the next one. */
    landing_begin(place, sizeof place);
    return length;
}

void
exports_bench_crossings_api_give(uint32_t length, cap_list_u8_t *ret)
{
    ret->ptr = malloc(length);
    if (ret->ptr == NULL)
        abort();
    ret->len = length;
}

uint32_t
exports_bench_crossings_api_take_text(cap_string_t *text)
{
    uint32_t length = (uint32_t)text->len;
    cap_string_free(text);
    return length;
}

uint32_t
exports_bench_crossings_api_take_bools(cap_list_bool_t *bools)
{
    uint32_t length = (uint32_t)bools->len;
    cap_list_bool_free(bools);
    return length;
}

uint32_t
exports_bench_crossings_api_take_entries(exports_bench_crossings_api_list_entry_t *entries)
{
    uint32_t length = (uint32_t)entries->len;
    exports_bench_crossings_api_list_entry_free(entries);
    return length;
}
