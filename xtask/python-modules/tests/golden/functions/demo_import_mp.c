// The module `_demo_cap` of MicroPython: what demo_import.h declares. docs/reference/python-modules.md has the mapping.
#include "py/objlist.h"
#include "py/runtime.h"

#include "arguments.h"
#include "glue.h"
#include "values.h"
#include "demo_import.h"

static void
end_string(void *value)
{
    demo_import_string_t *it = value;

    demo_import_string_free(it);
}

static void
end_list_u8(void *value)
{
    demo_import_list_u8_t *it = value;

    demo_import_list_u8_free(it);
}

// numbers.nothing()
static mp_obj_t
call_numbers_nothing(void)
{
    demo_functions_numbers_nothing();
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_0(object_numbers_nothing, call_numbers_nothing);

// numbers.negate(value: s32) -> s32
static mp_obj_t
call_numbers_negate(mp_obj_t argument)
{
    int32_t arg_value;

    glue_read_s32(argument, "value", &arg_value);
    int32_t returned = demo_functions_numbers_negate(arg_value);
    return mp_obj_new_int(returned);
}
static MP_DEFINE_CONST_FUN_OBJ_1(object_numbers_negate, call_numbers_negate);

// numbers.sum(a: bool, b: u8, c: s8, d: u16, e: s16, f: u32, g: s32, h: u64, i: s64, j: f32, k: f64) -> f64
static mp_obj_t
call_numbers_sum(size_t count, const mp_obj_t *given, mp_map_t *keywords)
{
    static const mp_arg_t allowed[] = {
        {MP_QSTR_a, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_b, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_c, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_d, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_e, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_f, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_g, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_h, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_i, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_j, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_k, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
    };
    mp_arg_val_t values[11];
    bool arg_a;
    uint8_t arg_b;
    int8_t arg_c;
    uint16_t arg_d;
    int16_t arg_e;
    uint32_t arg_f;
    int32_t arg_g;
    uint64_t arg_h;
    int64_t arg_i;
    float arg_j;
    double arg_k;

    mp_arg_parse_all(count, given, keywords, 11, allowed, values);
    glue_read_bool(values[0].u_obj, "a", &arg_a);
    glue_read_u8(values[1].u_obj, "b", &arg_b);
    glue_read_s8(values[2].u_obj, "c", &arg_c);
    glue_read_u16(values[3].u_obj, "d", &arg_d);
    glue_read_s16(values[4].u_obj, "e", &arg_e);
    glue_read_u32(values[5].u_obj, "f", &arg_f);
    glue_read_s32(values[6].u_obj, "g", &arg_g);
    glue_read_u64(values[7].u_obj, "h", &arg_h);
    glue_read_s64(values[8].u_obj, "i", &arg_i);
    glue_read_f32(values[9].u_obj, "j", &arg_j);
    glue_read_f64(values[10].u_obj, "k", &arg_k);
    double returned = demo_functions_numbers_sum(arg_a, arg_b, arg_c, arg_d, arg_e, arg_f, arg_g, arg_h, arg_i, arg_j,
                                                 arg_k);
    return mp_obj_new_float(returned);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(object_numbers_sum, 0, call_numbers_sum);

// numbers.perhaps(first: option<u8>, second: u8, third: option<string>, fourth: option<list<u8>>) -> option<u8>
static mp_obj_t
call_numbers_perhaps(size_t count, const mp_obj_t *given, mp_map_t *keywords)
{
    static const mp_arg_t allowed[] = {
        {MP_QSTR_first, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_second, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_third, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_fourth, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    mp_arg_val_t values[4];
    struct glue_held held = {0};
    uint8_t arg_first;
    uint8_t *maybe_arg_first = NULL;
    uint8_t arg_second;
    demo_import_string_t arg_third;
    demo_import_string_t *maybe_arg_third = NULL;
    demo_import_list_u8_t arg_fourth;
    demo_import_list_u8_t *maybe_arg_fourth = NULL;

    mp_arg_parse_all(count, given, keywords, 4, allowed, values);
    if (values[0].u_obj != mp_const_none) {
        glue_read_u8(values[0].u_obj, "first", &arg_first);
        maybe_arg_first = &arg_first;
    }
    glue_read_u8(values[1].u_obj, "second", &arg_second);
    if (values[2].u_obj != mp_const_none) {
        glue_held_text(&held, values[2].u_obj, "third", &arg_third.ptr, &arg_third.len);
        maybe_arg_third = &arg_third;
    }
    if (values[3].u_obj != mp_const_none) {
        glue_held_bytes_in_place(&held, values[3].u_obj, &arg_fourth.ptr, &arg_fourth.len);
        maybe_arg_fourth = &arg_fourth;
    }
    glue_held_give(&held);
    uint8_t returned;
    bool some = demo_functions_numbers_perhaps(maybe_arg_first, arg_second, maybe_arg_third, maybe_arg_fourth,
                                               &returned);
    if (!some)
        return mp_const_none;
    return MP_OBJ_NEW_SMALL_INT(returned);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(object_numbers_perhaps, 0, call_numbers_perhaps);

// numbers.is(from: char, class: char) -> bool
static mp_obj_t
call_numbers_is(size_t count, const mp_obj_t *given, mp_map_t *keywords)
{
    static const mp_arg_t allowed[] = {
        {MP_QSTR_from_, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_class_, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
    };
    mp_arg_val_t values[2];
    uint32_t arg_from;
    uint32_t arg_class_;

    mp_arg_parse_all(count, given, keywords, 2, allowed, values);
    glue_read_char(values[0].u_obj, "from_", &arg_from);
    glue_read_char(values[1].u_obj, "class_", &arg_class_);
    bool returned = demo_functions_numbers_is(arg_from, arg_class_);
    return mp_obj_new_bool(returned);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(object_numbers_is, 0, call_numbers_is);

// texts.upper(text: string) -> string
static mp_obj_t
call_texts_upper(mp_obj_t argument)
{
    struct glue_held held = {0};
    demo_import_string_t arg_text;

    glue_held_text(&held, argument, "text", &arg_text.ptr, &arg_text.len);
    glue_held_give(&held);
    demo_import_string_t returned;
    demo_functions_texts_upper(&arg_text, &returned);
    struct glue_result result;
    glue_result_begin(&result, end_string, &returned);
    mp_obj_t object = glue_text(returned.ptr, returned.len);
    glue_result_end();
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_1(object_texts_upper, call_texts_upper);

// texts.join(left: list<u8>, right: list<u8>, with: string) -> list<u8>
static mp_obj_t
call_texts_join(size_t count, const mp_obj_t *given, mp_map_t *keywords)
{
    static const mp_arg_t allowed[] = {
        {MP_QSTR_left, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_right, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_with_, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
    };
    mp_arg_val_t values[3];
    struct glue_held held = {0};
    demo_import_list_u8_t arg_left;
    demo_import_list_u8_t arg_right;
    demo_import_string_t arg_with;

    mp_arg_parse_all(count, given, keywords, 3, allowed, values);
    glue_held_text(&held, values[2].u_obj, "with_", &arg_with.ptr, &arg_with.len);
    glue_held_bytes_in_place(&held, values[0].u_obj, &arg_left.ptr, &arg_left.len);
    glue_held_bytes_in_place(&held, values[1].u_obj, &arg_right.ptr, &arg_right.len);
    glue_held_give(&held);
    demo_import_list_u8_t returned;
    demo_functions_texts_join(&arg_left, &arg_right, &arg_with, &returned);
    struct glue_result result;
    glue_result_begin(&result, end_list_u8, &returned);
    mp_obj_t object = mp_obj_new_bytes(returned.ptr, returned.len);
    glue_result_end();
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(object_texts_join, 0, call_texts_join);

static const mp_rom_map_elem_t table_of_module[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR__demo_cap)},
    {MP_ROM_QSTR(MP_QSTR_nothing), MP_ROM_PTR(&object_numbers_nothing)},
    {MP_ROM_QSTR(MP_QSTR_negate), MP_ROM_PTR(&object_numbers_negate)},
    {MP_ROM_QSTR(MP_QSTR_sum), MP_ROM_PTR(&object_numbers_sum)},
    {MP_ROM_QSTR(MP_QSTR_perhaps), MP_ROM_PTR(&object_numbers_perhaps)},
    {MP_ROM_QSTR(MP_QSTR_is_), MP_ROM_PTR(&object_numbers_is)},
    {MP_ROM_QSTR(MP_QSTR_upper), MP_ROM_PTR(&object_texts_upper)},
    {MP_ROM_QSTR(MP_QSTR_join), MP_ROM_PTR(&object_texts_join)},
};
static MP_DEFINE_CONST_DICT(dict_of_module, table_of_module);

const mp_obj_module_t mp_module__demo_cap = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&dict_of_module,
};
MP_REGISTER_MODULE(MP_QSTR__demo_cap, mp_module__demo_cap);
