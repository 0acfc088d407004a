/* Asks the program what it is asked, and returns the answer. What arrives is freed here. */
#include "probe_asking_cap.h"

void
exports_probe_asking_asking_text(probe_asking_cap_string_t *text, probe_asking_cap_string_t *ret)
{
    probe_asking_program_text(text, ret);
    probe_asking_cap_string_free(text);
}

void
exports_probe_asking_asking_data(probe_asking_cap_list_u8_t *data, probe_asking_cap_list_u8_t *ret)
{
    probe_asking_program_data(data, ret);
    probe_asking_cap_list_u8_free(data);
}

/* Both interfaces have the items of one third. */
static probe_asking_program_list_item_t
of_program(const exports_probe_asking_asking_list_item_t *items)
{
    return (probe_asking_program_list_item_t){items->ptr, items->len};
}

void
exports_probe_asking_asking_items(exports_probe_asking_asking_list_item_t *items,
                                  exports_probe_asking_asking_list_item_t *ret)
{
    probe_asking_program_list_item_t given = of_program(items), answer;

    probe_asking_program_items(&given, &answer);
    exports_probe_asking_asking_list_item_free(items);
    *ret = (exports_probe_asking_asking_list_item_t){answer.ptr, answer.len};
}

void
exports_probe_asking_asking_heaviest(exports_probe_asking_asking_list_item_t *items,
                                     exports_probe_asking_asking_item_t *ret)
{
    probe_asking_program_list_item_t given = of_program(items);

    probe_asking_program_heaviest(&given, ret);
    exports_probe_asking_asking_list_item_free(items);
}

bool
exports_probe_asking_asking_maybe(uint32_t *maybe_value, probe_asking_cap_string_t *ret)
{
    return probe_asking_program_maybe(maybe_value, ret);
}

void
exports_probe_asking_asking_drawn(exports_probe_asking_asking_shape_t *shape, exports_probe_asking_asking_mode_t mode,
                                  exports_probe_asking_asking_tuple2_shape_mode_t *ret)
{
    probe_asking_program_tuple2_shape_mode_t answer;

    probe_asking_program_drawn(shape, mode, &answer);
    exports_probe_asking_asking_shape_free(shape);
    *ret = (exports_probe_asking_asking_tuple2_shape_mode_t){answer.f0, answer.f1};
}

bool
exports_probe_asking_asking_attempt(int64_t value, uint64_t *ret, exports_probe_asking_asking_trouble_t *err)
{
    return probe_asking_program_attempt(value, ret, err);
}

bool
exports_probe_asking_asking_find(probe_asking_cap_string_t *name, probe_asking_cap_list_string_t *ret,
                                 probe_asking_cap_string_t *err)
{
    bool found = probe_asking_program_find(name, ret, err);

    probe_asking_cap_string_free(name);
    return found;
}

bool
exports_probe_asking_asking_stop(void)
{
    return probe_asking_program_stop();
}

void
exports_probe_asking_asking_note(uint8_t level, exports_probe_asking_asking_trouble_t of)
{
    probe_asking_program_note(level, of);
}

/* Through a pointer, as libraries call back. */
static uint32_t (*volatile sum)(uint32_t a, uint32_t b) = probe_asking_program_sum;

uint32_t
exports_probe_asking_asking_sum(uint32_t a, uint32_t b)
{
    return sum(a, b);
}

uint32_t
exports_probe_asking_asking_pages(void)
{
    return __builtin_wasm_memory_size(0);
}
