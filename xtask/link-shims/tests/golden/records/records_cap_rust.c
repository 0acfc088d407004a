// What records_cap.h declares for a cap to define, as calls of its implementation in Rust, whose functions are those of
// the canonical ABI. They own their arguments, and what they return is the caller's: both sides have one malloc().
#include "records_cap.h"
#include <string.h>

_Static_assert(sizeof(void *) == 4, "an address is an i32");
void *cabi_realloc(void *memory, size_t old_size, size_t alignment, size_t size);

const void *rust_drawing_draw(int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t,
                              int32_t)
    __asm__("rust:golden:records/drawing@0.1.0#draw");

// drawing.draw(layer: layer, at: point) -> tuple<u32, string>
void
exports_golden_records_drawing_draw(exports_golden_records_drawing_layer_t *layer,
                                    exports_golden_records_drawing_point_t *at, records_cap_tuple2_u32_string_t *ret)
{
    int32_t lowered_0 = 0;
    int32_t lowered_1 = 0;
    if (layer->origin.is_some) {
        lowered_0 = (int32_t)layer->origin.val.x;
        lowered_1 = (int32_t)layer->origin.val.y;
    }
    memcpy(ret, rust_drawing_draw((int32_t)(intptr_t)layer->name.ptr, (int32_t)layer->name.len, (int32_t)layer->color, (int32_t)layer->style, (int32_t)(intptr_t)layer->shapes.ptr, (int32_t)layer->shapes.len, layer->origin.is_some, lowered_0, lowered_1, (int32_t)at->x, (int32_t)at->y), sizeof *ret);
}

const void *rust_drawing_colors(void)
    __asm__("rust:golden:records/drawing@0.1.0#colors");

// drawing.colors() -> list<color>
void
exports_golden_records_drawing_colors(exports_golden_records_drawing_list_color_t *ret)
{
    memcpy(ret, rust_drawing_colors(), sizeof *ret);
}
