// Static link: what records_import.h declares, as plain calls of what records_cap.h declares, and the helpers of all of
// them. A handle is the pointer to the resource's representation. Callees own their arguments, so they get copies;
// results are handed over. Not for link-time optimisation: only that the calls cannot be seen through makes one side's
// struct readable as the other's.
#include "records_import.h"
#include "records_cap.h"
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(void *) == 4, "a handle holds a pointer");
_Static_assert(sizeof(golden_records_shapes_point_t) == sizeof(exports_golden_records_shapes_point_t), "point");
_Static_assert(sizeof(golden_records_shapes_color_t) == sizeof(exports_golden_records_shapes_color_t), "color");
_Static_assert(sizeof(golden_records_shapes_style_t) == sizeof(exports_golden_records_shapes_style_t), "style");
_Static_assert(sizeof(golden_records_shapes_shape_t) == sizeof(exports_golden_records_shapes_shape_t), "shape");
_Static_assert(sizeof(golden_records_drawing_point_t) == sizeof(exports_golden_records_drawing_point_t), "point");
_Static_assert(sizeof(golden_records_drawing_color_t) == sizeof(exports_golden_records_drawing_color_t), "color");
_Static_assert(sizeof(golden_records_drawing_style_t) == sizeof(exports_golden_records_drawing_style_t), "style");
_Static_assert(sizeof(golden_records_drawing_shape_t) == sizeof(exports_golden_records_drawing_shape_t), "shape");
_Static_assert(sizeof(golden_records_drawing_layer_t) == sizeof(exports_golden_records_drawing_layer_t), "layer");

void *cabi_realloc(void *ptr, size_t old_size, size_t align, size_t new_size);

__attribute__((weak)) void *
cabi_realloc(void *ptr, size_t old_size, size_t align, size_t new_size)
{
    (void)old_size;
    if (new_size == 0)
        return (void *)align;
    void *memory = realloc(ptr, new_size);
    if (memory == NULL)
        abort();
    return memory;
}

// Memory like that of an argument which crossed a component's boundary.
static void *
copy_memory(const void *from, size_t size, size_t alignment)
{
    void *to = cabi_realloc(NULL, 0, alignment, size);

    if (size > 0)
        memcpy(to, from, size);
    return to;
}

static void
copy_records_cap_string(records_cap_string_t *to, const records_import_string_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len, 1);
    to->len = from->len;
}

static void
copy_golden_records_shapes_list_point(exports_golden_records_shapes_list_point_t *to,
                                      const golden_records_shapes_list_point_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len * sizeof *to->ptr, _Alignof(exports_golden_records_shapes_point_t));
    to->len = from->len;
}

static void
copy_golden_records_drawing_shape(exports_golden_records_drawing_shape_t *to,
                                  const golden_records_drawing_shape_t *from)
{
    memcpy(to, from, sizeof *to);
    if (from->tag == 2)
        copy_golden_records_shapes_list_point(&to->val.path, &from->val.path);
    if (from->tag == 3)
        copy_records_cap_string(&to->val.label, &from->val.label);
}

static void
copy_golden_records_drawing_list_shape(exports_golden_records_drawing_list_shape_t *to,
                                       const golden_records_drawing_list_shape_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len * sizeof *to->ptr, _Alignof(exports_golden_records_drawing_shape_t));
    to->len = from->len;
    for (size_t i = 0; i < from->len; i++)
        copy_golden_records_drawing_shape(&to->ptr[i], &from->ptr[i]);
}

static void
copy_golden_records_drawing_layer(exports_golden_records_drawing_layer_t *to,
                                  const golden_records_drawing_layer_t *from)
{
    memcpy(to, from, sizeof *to);
    copy_records_cap_string(&to->name, &from->name);
    copy_golden_records_drawing_list_shape(&to->shapes, &from->shapes);
}

// drawing.draw(layer: layer, at: point) -> tuple<u32, string>
void
golden_records_drawing_draw(golden_records_drawing_layer_t *layer, golden_records_drawing_point_t *at,
                            records_import_tuple2_u32_string_t *ret)
{
    exports_golden_records_drawing_layer_t copied_layer;
    exports_golden_records_drawing_point_t copied_at;

    copy_golden_records_drawing_layer(&copied_layer, layer);
    memcpy(&copied_at, at, sizeof copied_at);
    exports_golden_records_drawing_draw(&copied_layer, &copied_at, (void *)ret);
}

// drawing.colors() -> list<color>
void
golden_records_drawing_colors(golden_records_drawing_list_color_t *ret)
{
    exports_golden_records_drawing_colors((void *)ret);
}

void
records_import_string_set(records_import_string_t *ret, const char *s)
{
    ret->ptr = (uint8_t *)s;
    ret->len = strlen(s);
}

void
records_import_string_dup(records_import_string_t *ret, const char *s)
{
    records_import_string_dup_n(ret, s, strlen(s));
}

void
records_import_string_dup_n(records_import_string_t *ret, const char *s, size_t len)
{
    // An empty string has a pointer that is not NULL and not to be freed.
    ret->ptr = cabi_realloc(NULL, 0, 1, len);
    ret->len = len;
    memcpy(ret->ptr, s, len);
}

void
records_import_string_free(records_import_string_t *ret)
{
    if (ret->len > 0)
        free(ret->ptr);
    ret->ptr = NULL;
    ret->len = 0;
}

void
golden_records_shapes_list_point_free(golden_records_shapes_list_point_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
golden_records_shapes_shape_free(golden_records_shapes_shape_t *ptr)
{
    switch (ptr->tag) {
    case 2:
        golden_records_shapes_list_point_free(&ptr->val.path);
        break;
    case 3:
        records_import_string_free(&ptr->val.label);
        break;
    default:
        break;
    }
}

void
golden_records_drawing_shape_free(golden_records_drawing_shape_t *ptr)
{
    golden_records_shapes_shape_free(ptr);
}

void
golden_records_drawing_list_shape_free(golden_records_drawing_list_shape_t *ptr)
{
    for (size_t i = 0; i < ptr->len; i++)
        golden_records_drawing_shape_free(&ptr->ptr[i]);
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
golden_records_drawing_option_point_free(golden_records_drawing_option_point_t *ptr)
{
    (void)ptr; // holds nothing
}

void
golden_records_drawing_layer_free(golden_records_drawing_layer_t *ptr)
{
    records_import_string_free(&ptr->name);
    golden_records_drawing_list_shape_free(&ptr->shapes);
}

void
records_import_tuple2_u32_string_free(records_import_tuple2_u32_string_t *ptr)
{
    records_import_string_free(&ptr->f1);
}

void
golden_records_drawing_list_color_free(golden_records_drawing_list_color_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
records_cap_string_set(records_cap_string_t *ret, const char *s)
{
    ret->ptr = (uint8_t *)s;
    ret->len = strlen(s);
}

void
records_cap_string_dup(records_cap_string_t *ret, const char *s)
{
    records_cap_string_dup_n(ret, s, strlen(s));
}

void
records_cap_string_dup_n(records_cap_string_t *ret, const char *s, size_t len)
{
    // An empty string has a pointer that is not NULL and not to be freed.
    ret->ptr = cabi_realloc(NULL, 0, 1, len);
    ret->len = len;
    memcpy(ret->ptr, s, len);
}

void
records_cap_string_free(records_cap_string_t *ret)
{
    if (ret->len > 0)
        free(ret->ptr);
    ret->ptr = NULL;
    ret->len = 0;
}

void
exports_golden_records_shapes_list_point_free(exports_golden_records_shapes_list_point_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
exports_golden_records_shapes_shape_free(exports_golden_records_shapes_shape_t *ptr)
{
    switch (ptr->tag) {
    case 2:
        exports_golden_records_shapes_list_point_free(&ptr->val.path);
        break;
    case 3:
        records_cap_string_free(&ptr->val.label);
        break;
    default:
        break;
    }
}

void
exports_golden_records_drawing_shape_free(exports_golden_records_drawing_shape_t *ptr)
{
    exports_golden_records_shapes_shape_free(ptr);
}

void
exports_golden_records_drawing_list_shape_free(exports_golden_records_drawing_list_shape_t *ptr)
{
    for (size_t i = 0; i < ptr->len; i++)
        exports_golden_records_drawing_shape_free(&ptr->ptr[i]);
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
exports_golden_records_drawing_option_point_free(exports_golden_records_drawing_option_point_t *ptr)
{
    (void)ptr; // holds nothing
}

void
exports_golden_records_drawing_layer_free(exports_golden_records_drawing_layer_t *ptr)
{
    records_cap_string_free(&ptr->name);
    exports_golden_records_drawing_list_shape_free(&ptr->shapes);
}

void
records_cap_tuple2_u32_string_free(records_cap_tuple2_u32_string_t *ptr)
{
    records_cap_string_free(&ptr->f1);
}

void
exports_golden_records_drawing_list_color_free(exports_golden_records_drawing_list_color_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}
