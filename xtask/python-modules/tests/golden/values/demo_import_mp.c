// The module `_demo_cap` of MicroPython: what demo_import.h declares. docs/reference/python-modules.md has the mapping.
#include "py/objlist.h"
#include "py/runtime.h"

#include "arguments.h"
#include "glue.h"
#include "values.h"
#include "demo_import.h"

static const mp_obj_type_t type_types_point;
static const mp_obj_type_t type_values_mode;
static const mp_obj_type_t type_values_shape;
static const mp_obj_type_t type_values_names;

static const qstr names_types_point[] = {MP_QSTR_x, MP_QSTR_y};
static const struct glue_record record_types_point = {2, names_types_point};
static GLUE_RECORD(type_types_point, MP_QSTR_Point, &record_types_point);

static const mp_rom_map_elem_t table_values_mode[] = {
    {MP_ROM_QSTR(MP_QSTR_READ), MP_ROM_INT(0x1)},
    {MP_ROM_QSTR(MP_QSTR_WRITE_BACK), MP_ROM_INT(0x2)},
};
static MP_DEFINE_CONST_DICT(dict_values_mode, table_values_mode);
static GLUE_FLAGS(type_values_mode, MP_QSTR_Mode, &dict_values_mode);

static const qstr names_values_shape[] = {MP_QSTR_points, MP_QSTR_label, MP_QSTR_data, MP_QSTR_pair, MP_QSTR_mode};
static const struct glue_record record_values_shape = {5, names_values_shape};
static GLUE_RECORD(type_values_shape, MP_QSTR_Shape, &record_values_shape);

static const qstr names_values_names[] = {MP_QSTR_count, MP_QSTR_index, MP_QSTR_n_fields_, MP_QSTR_class_};
static const struct glue_record record_values_names = {4, names_values_names};
static GLUE_RECORD(type_values_names, MP_QSTR_Names, &record_values_names);

// names
static void
from_values_names(struct glue_held *held, mp_obj_t object, const char *name, demo_values_values_names_t *value)
{
    const mp_obj_t *items = glue_read_tuple(object, name, "Names", 4);

    glue_read_u8(items[0], "Names.count", &value->count);
    glue_held_text(held, items[1], "Names.index", &value->index.ptr, &value->index.len);
    glue_read_u8(items[2], "Names.n_fields_", &value->n_fields);
    glue_read_bool(items[3], "Names.class_", &value->class_);
}

// names
static mp_obj_t
to_values_names(demo_values_values_names_t *value)
{
    mp_obj_t items[] = {
        MP_OBJ_NEW_SMALL_INT(value->count),
        glue_text(value->index.ptr, value->index.len),
        MP_OBJ_NEW_SMALL_INT(value->n_fields),
        mp_obj_new_bool(value->class_),
    };
    return glue_record_new(&type_values_names, items);
}

static void
end_values_names(void *value)
{
    demo_values_values_names_t *it = value;

    demo_values_values_names_free(it);
}

// point
static void
from_types_point(mp_obj_t object, const char *name, demo_values_types_point_t *value)
{
    const mp_obj_t *items = glue_read_tuple(object, name, "Point", 2);

    glue_read_s32(items[0], "Point.x", &value->x);
    glue_read_s32(items[1], "Point.y", &value->y);
}

// tuple<s32, s32>
static void
from_tuple2_s32_s32(mp_obj_t object, const char *name, demo_import_tuple2_s32_s32_t *value)
{
    const mp_obj_t *items = glue_read_tuple(object, name, "", 2);

    glue_read_s32(items[0], name, &value->f0);
    glue_read_s32(items[1], name, &value->f1);
}

// point
static mp_obj_t
to_types_point(demo_values_types_point_t *value)
{
    mp_obj_t items[] = {
        mp_obj_new_int(value->x),
        mp_obj_new_int(value->y),
    };
    return glue_record_new(&type_types_point, items);
}

// list<place>
static void
from_values_list_place(struct glue_held *held, mp_obj_t object, const char *name,
                       demo_values_values_list_place_t *value)
{
    const mp_obj_t *items = glue_held_items(held, object, name, &value->len);

    value->ptr = glue_held_memory(held, value->len, sizeof *value->ptr);
    for (size_t i = 0; i < value->len; i++)
        from_types_point(items[i], name, &value->ptr[i]);
}

// option<string>
static void
from_option_string(struct glue_held *held, mp_obj_t object, const char *name, demo_import_option_string_t *value)
{
    value->is_some = object != mp_const_none;
    if (value->is_some)
        glue_held_text(held, object, name, &value->val.ptr, &value->val.len);
}

// tuple<u8, string>
static void
from_tuple2_u8_string(struct glue_held *held, mp_obj_t object, const char *name, demo_import_tuple2_u8_string_t *value)
{
    const mp_obj_t *items = glue_read_tuple(object, name, "", 2);

    glue_read_u8(items[0], name, &value->f0);
    glue_held_text(held, items[1], name, &value->f1.ptr, &value->f1.len);
}

// shape
static void
from_values_shape(struct glue_held *held, mp_obj_t object, const char *name, demo_values_values_shape_t *value)
{
    const mp_obj_t *items = glue_read_tuple(object, name, "Shape", 5);

    from_values_list_place(held, items[0], "Shape.points", &value->points);
    from_option_string(held, items[1], "Shape.label", &value->label);
    glue_held_bytes(held, items[2], &value->data.ptr, &value->data.len);
    from_tuple2_u8_string(held, items[3], "Shape.pair", &value->pair);
    value->mode = (demo_values_values_mode_t)glue_read_flags(items[4], "Shape.mode", "Mode", 0x3u);
}

// list<shape>
static void
from_values_list_shape(struct glue_held *held, mp_obj_t object, const char *name,
                       demo_values_values_list_shape_t *value)
{
    const mp_obj_t *items = glue_held_items(held, object, name, &value->len);

    value->ptr = glue_held_memory(held, value->len, sizeof *value->ptr);
    for (size_t i = 0; i < value->len; i++)
        from_values_shape(held, items[i], name, &value->ptr[i]);
}

// list<place>
static mp_obj_t
to_values_list_place(demo_values_values_list_place_t *value)
{
    mp_obj_list_t *list = MP_OBJ_TO_PTR(mp_obj_new_list(value->len, NULL));

    for (size_t i = 0; i < value->len; i++)
        list->items[i] = to_types_point(&value->ptr[i]);
    return MP_OBJ_FROM_PTR(list);
}

// option<string>
static mp_obj_t
to_option_string(demo_import_option_string_t *value)
{
    if (!value->is_some)
        return mp_const_none;
    return glue_text(value->val.ptr, value->val.len);
}

// tuple<u8, string>
static mp_obj_t
to_tuple2_u8_string(demo_import_tuple2_u8_string_t *value)
{
    mp_obj_t items[] = {
        MP_OBJ_NEW_SMALL_INT(value->f0),
        glue_text(value->f1.ptr, value->f1.len),
    };
    return mp_obj_new_tuple(2, items);
}

// shape
static mp_obj_t
to_values_shape(demo_values_values_shape_t *value)
{
    mp_obj_t items[] = {
        to_values_list_place(&value->points),
        to_option_string(&value->label),
        mp_obj_new_bytes(value->data.ptr, value->data.len),
        to_tuple2_u8_string(&value->pair),
        mp_obj_new_int_from_uint(value->mode),
    };
    return glue_record_new(&type_values_shape, items);
}

static void
end_values_shape(void *value)
{
    demo_values_values_shape_t *it = value;

    demo_values_values_shape_free(it);
}

// list<string>
static void
from_list_string(struct glue_held *held, mp_obj_t object, const char *name, demo_import_list_string_t *value)
{
    const mp_obj_t *items = glue_held_items(held, object, name, &value->len);

    value->ptr = glue_held_memory(held, value->len, sizeof *value->ptr);
    for (size_t i = 0; i < value->len; i++)
        glue_held_text(held, items[i], name, &value->ptr[i].ptr, &value->ptr[i].len);
}

// list<u64>
static void
from_list_u64(struct glue_held *held, mp_obj_t object, const char *name, demo_import_list_u64_t *value)
{
    const mp_obj_t *items = glue_held_items(held, object, name, &value->len);

    value->ptr = glue_held_memory(held, value->len, sizeof *value->ptr);
    for (size_t i = 0; i < value->len; i++)
        glue_read_u64(items[i], name, &value->ptr[i]);
}

// list<f32>
static mp_obj_t
to_list_f32(demo_import_list_f32_t *value)
{
    mp_obj_list_t *list = MP_OBJ_TO_PTR(mp_obj_new_list(value->len, NULL));

    for (size_t i = 0; i < value->len; i++)
        list->items[i] = mp_obj_new_float(value->ptr[i]);
    return MP_OBJ_FROM_PTR(list);
}

// tuple<u32, list<f32>>
static mp_obj_t
to_tuple2_u32_list_f32(demo_import_tuple2_u32_list_f32_t *value)
{
    mp_obj_t items[] = {
        mp_obj_new_int_from_uint(value->f0),
        to_list_f32(&value->f1),
    };
    return mp_obj_new_tuple(2, items);
}

static void
end_tuple2_u32_list_f32(void *value)
{
    demo_import_tuple2_u32_list_f32_t *it = value;

    demo_import_tuple2_u32_list_f32_free(it);
}

// values.rename(names: names) -> names
static mp_obj_t
call_values_rename(mp_obj_t argument)
{
    struct glue_held held = {0};
    demo_values_values_names_t arg_names;

    from_values_names(&held, argument, "names", &arg_names);
    glue_held_give(&held);
    demo_values_values_names_t returned;
    demo_values_values_rename(&arg_names, &returned);
    struct glue_result result;
    glue_result_begin(&result, end_values_names, &returned);
    mp_obj_t object = to_values_names(&returned);
    glue_result_end();
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_1(object_values_rename, call_values_rename);

// values.move(point: place, by: tuple<s32, s32>) -> place
static mp_obj_t
call_values_move(size_t count, const mp_obj_t *given, mp_map_t *keywords)
{
    static const mp_arg_t allowed[] = {
        {MP_QSTR_point, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_by, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
    };
    mp_arg_val_t values[2];
    demo_values_values_place_t arg_point;
    demo_import_tuple2_s32_s32_t arg_by;

    mp_arg_parse_all(count, given, keywords, 2, allowed, values);
    from_types_point(values[0].u_obj, "point", &arg_point);
    from_tuple2_s32_s32(values[1].u_obj, "by", &arg_by);
    demo_values_values_place_t returned;
    demo_values_values_move(&arg_point, &arg_by, &returned);
    return to_types_point(&returned);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(object_values_move, 0, call_values_move);

// values.largest(shapes: list<shape>) -> option<shape>
static mp_obj_t
call_values_largest(mp_obj_t argument)
{
    struct glue_held held = {0};
    demo_values_values_list_shape_t arg_shapes;

    from_values_list_shape(&held, argument, "shapes", &arg_shapes);
    glue_held_give(&held);
    demo_values_values_shape_t returned;
    bool some = demo_values_values_largest(&arg_shapes, &returned);
    if (!some)
        return mp_const_none;
    struct glue_result result;
    glue_result_begin(&result, end_values_shape, &returned);
    mp_obj_t object = to_values_shape(&returned);
    glue_result_end();
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_1(object_values_largest, call_values_largest);

// values.count(words: list<string>, numbers: list<u64>, mode: mode) -> tuple<u32, list<f32>>
static mp_obj_t
call_values_count(size_t count, const mp_obj_t *given, mp_map_t *keywords)
{
    static const mp_arg_t allowed[] = {
        {MP_QSTR_words, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_numbers, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_mode, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
    };
    mp_arg_val_t values[3];
    struct glue_held held = {0};
    demo_import_list_string_t arg_words;
    demo_import_list_u64_t arg_numbers;
    demo_values_values_mode_t arg_mode;

    mp_arg_parse_all(count, given, keywords, 3, allowed, values);
    from_list_string(&held, values[0].u_obj, "words", &arg_words);
    from_list_u64(&held, values[1].u_obj, "numbers", &arg_numbers);
    arg_mode = (demo_values_values_mode_t)glue_read_flags(values[2].u_obj, "mode", "Mode", 0x3u);
    glue_held_give(&held);
    demo_import_tuple2_u32_list_f32_t returned;
    demo_values_values_count(&arg_words, &arg_numbers, arg_mode, &returned);
    struct glue_result result;
    glue_result_begin(&result, end_tuple2_u32_list_f32, &returned);
    mp_obj_t object = to_tuple2_u32_list_f32(&returned);
    glue_result_end();
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(object_values_count, 0, call_values_count);

static const mp_rom_map_elem_t table_of_module[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR__demo_cap)},
    {MP_ROM_QSTR(MP_QSTR_Point), MP_ROM_PTR(&type_types_point)},
    {MP_ROM_QSTR(MP_QSTR_Mode), MP_ROM_PTR(&type_values_mode)},
    {MP_ROM_QSTR(MP_QSTR_Shape), MP_ROM_PTR(&type_values_shape)},
    {MP_ROM_QSTR(MP_QSTR_Names), MP_ROM_PTR(&type_values_names)},
    {MP_ROM_QSTR(MP_QSTR_rename), MP_ROM_PTR(&object_values_rename)},
    {MP_ROM_QSTR(MP_QSTR_move), MP_ROM_PTR(&object_values_move)},
    {MP_ROM_QSTR(MP_QSTR_largest), MP_ROM_PTR(&object_values_largest)},
    {MP_ROM_QSTR(MP_QSTR_count), MP_ROM_PTR(&object_values_count)},
};
static MP_DEFINE_CONST_DICT(dict_of_module, table_of_module);

const mp_obj_module_t mp_module__demo_cap = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&dict_of_module,
};
MP_REGISTER_MODULE(MP_QSTR__demo_cap, mp_module__demo_cap);
