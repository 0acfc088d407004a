// The module `_demo_cap` of MicroPython: what demo_import.h declares. docs/reference/python-modules.md has the mapping.
#include "py/objlist.h"
#include "py/runtime.h"

#include "arguments.h"
#include "glue.h"
#include "values.h"
#include "demo_import.h"

static const mp_obj_type_t type_choices_status;
static const mp_obj_type_t type_choices_kept;
static const mp_obj_type_t type_of_error;

static const struct glue_case cases_choices_status[] = {
    {{&type_choices_status}, 0, MP_QSTR_OK},
    {{&type_choices_status}, 1, MP_QSTR_DATA_ERROR},
};
static const struct glue_cases enum_choices_status = {cases_choices_status, 2};
static const mp_rom_map_elem_t table_choices_status[] = {
    {MP_ROM_QSTR(MP_QSTR_OK), MP_ROM_PTR(&cases_choices_status[0])},
    {MP_ROM_QSTR(MP_QSTR_DATA_ERROR), MP_ROM_PTR(&cases_choices_status[1])},
};
static MP_DEFINE_CONST_DICT(dict_choices_status, table_choices_status);
static GLUE_ENUM(type_choices_status, MP_QSTR_Status, &enum_choices_status, &dict_choices_status);

static const qstr names_choices_kept[] = {MP_QSTR_data, MP_QSTR_age};
static const struct glue_record record_choices_kept = {2, names_choices_kept};
static GLUE_RECORD(type_choices_kept, MP_QSTR_Kept, &record_choices_kept);

static GLUE_ERROR(type_of_error, MP_QSTR_DemoError);

// tuple<u8, u8>
static void
from_tuple2_u8_u8(mp_obj_t object, const char *name, demo_import_tuple2_u8_u8_t *value)
{
    const mp_obj_t *items = glue_read_tuple(object, name, "", 2);

    glue_read_u8(items[0], name, &value->f0);
    glue_read_u8(items[1], name, &value->f1);
}

// shape
static void
from_choices_shape(struct glue_held *held, mp_obj_t object, const char *name, demo_choices_choices_shape_t *value)
{
    static const char *const tags[] = {"none", "dot", "label", "path", "status"};
    mp_obj_t payload;
    uint8_t tag = glue_read_variant(object, name, tags, 5, &payload);

    value->tag = tag;
    switch (tag) {
    case 1:
        from_tuple2_u8_u8(payload, tags[tag], &value->val.dot);
        break;
    case 2:
        glue_held_text(held, payload, tags[tag], &value->val.label.ptr, &value->val.label.len);
        break;
    case 3:
        glue_held_bytes(held, payload, &value->val.path.ptr, &value->val.path.len);
        break;
    case 4:
        value->val.status = (demo_choices_choices_status_t)glue_read_case(payload, tags[tag], "Status", 2);
        break;
    default:
        glue_read_nothing(payload, tags[tag]);
    }
}

// problem
static mp_obj_t
to_choices_problem(demo_choices_choices_problem_t *value)
{
    switch (value->tag) {
    case 0:
        return glue_variant(MP_QSTR_busy, mp_const_none);
    case 1:
        return glue_variant(MP_QSTR_failed, glue_text(value->val.failed.ptr, value->val.failed.len));
    default:
        glue_raise_unknown();
    }
}

static void
end_choices_problem(void *value)
{
    demo_choices_choices_problem_t *it = value;

    demo_choices_choices_problem_free(it);
}

// tuple<u8, u8>
static mp_obj_t
to_tuple2_u8_u8(demo_import_tuple2_u8_u8_t *value)
{
    mp_obj_t items[] = {
        MP_OBJ_NEW_SMALL_INT(value->f0),
        MP_OBJ_NEW_SMALL_INT(value->f1),
    };
    return mp_obj_new_tuple(2, items);
}

// shape
static mp_obj_t
to_choices_shape(demo_choices_choices_shape_t *value)
{
    switch (value->tag) {
    case 0:
        return glue_variant(MP_QSTR_none, mp_const_none);
    case 1:
        return glue_variant(MP_QSTR_dot, to_tuple2_u8_u8(&value->val.dot));
    case 2:
        return glue_variant(MP_QSTR_label, glue_text(value->val.label.ptr, value->val.label.len));
    case 3:
        return glue_variant(MP_QSTR_path, mp_obj_new_bytes(value->val.path.ptr, value->val.path.len));
    case 4:
        return glue_variant(MP_QSTR_status, glue_case(&enum_choices_status, value->val.status));
    default:
        glue_raise_unknown();
    }
}

static void
end_choices_shape(void *value)
{
    demo_choices_choices_shape_t *it = value;

    demo_choices_choices_shape_free(it);
}

// outcome
static void
from_choices_outcome(struct glue_held *held, mp_obj_t object, const char *name, demo_choices_choices_outcome_t *value)
{
    static const char *const tags[] = {"ok", "err"};
    mp_obj_t payload;
    uint8_t tag = glue_read_variant(object, name, tags, 2, &payload);

    value->is_err = tag == 1;
    switch (tag) {
    case 0:
        glue_held_bytes(held, payload, &value->val.ok.ptr, &value->val.ok.len);
        break;
    case 1:
        value->val.err = (demo_choices_choices_status_t)glue_read_case(payload, tags[tag], "Status", 2);
        break;
    default:
        glue_read_nothing(payload, tags[tag]);
    }
}

static void
end_string(void *value)
{
    demo_import_string_t *it = value;

    demo_import_string_free(it);
}

// option<list<u8>>
static void
from_option_list_u8(struct glue_held *held, mp_obj_t object, const char *name, demo_import_option_list_u8_t *value)
{
    (void)name;
    value->is_some = object != mp_const_none;
    if (value->is_some)
        glue_held_bytes(held, object, &value->val.ptr, &value->val.len);
}

// option<u32>
static void
from_option_u32(mp_obj_t object, const char *name, demo_import_option_u32_t *value)
{
    value->is_some = object != mp_const_none;
    if (value->is_some)
        glue_read_u32(object, name, &value->val);
}

// kept
static void
from_choices_kept(struct glue_held *held, mp_obj_t object, const char *name, demo_choices_choices_kept_t *value)
{
    const mp_obj_t *items = glue_read_tuple(object, name, "Kept", 2);

    from_option_list_u8(held, items[0], "Kept.data", &value->data);
    from_option_u32(items[1], "Kept.age", &value->age);
}

// result<u8, shape>
static mp_obj_t
to_choices_result_u8_shape(demo_choices_choices_result_u8_shape_t *value)
{
    switch ((int)value->is_err) {
    case 0:
        return glue_variant(MP_QSTR_ok, MP_OBJ_NEW_SMALL_INT(value->val.ok));
    case 1:
        return glue_variant(MP_QSTR_err, to_choices_shape(&value->val.err));
    default:
        glue_raise_unknown();
    }
}

// list<result<u8, shape>>
static mp_obj_t
to_choices_list_result_u8_shape(demo_choices_choices_list_result_u8_shape_t *value)
{
    mp_obj_list_t *list = MP_OBJ_TO_PTR(mp_obj_new_list(value->len, NULL));

    for (size_t i = 0; i < value->len; i++)
        list->items[i] = to_choices_result_u8_shape(&value->ptr[i]);
    return MP_OBJ_FROM_PTR(list);
}

static void
end_choices_list_result_u8_shape(void *value)
{
    demo_choices_choices_list_result_u8_shape_t *it = value;

    demo_choices_choices_list_result_u8_shape_free(it);
}

// choices.next(status: status) -> status
static mp_obj_t
call_choices_next(mp_obj_t argument)
{
    demo_choices_choices_status_t arg_status;

    arg_status = (demo_choices_choices_status_t)glue_read_case(argument, "status", "Status", 2);
    demo_choices_choices_status_t returned = demo_choices_choices_next(arg_status);
    return glue_case(&enum_choices_status, returned);
}
static MP_DEFINE_CONST_FUN_OBJ_1(object_choices_next, call_choices_next);

// choices.grow(shape: shape, by: u8) -> result<shape, problem>
static mp_obj_t
call_choices_grow(size_t count, const mp_obj_t *given, mp_map_t *keywords)
{
    static const mp_arg_t allowed[] = {
        {MP_QSTR_shape, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_by, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
    };
    mp_arg_val_t values[2];
    struct glue_held held = {0};
    demo_choices_choices_shape_t arg_shape;
    uint8_t arg_by;

    mp_arg_parse_all(count, given, keywords, 2, allowed, values);
    from_choices_shape(&held, values[0].u_obj, "shape", &arg_shape);
    glue_read_u8(values[1].u_obj, "by", &arg_by);
    glue_held_give(&held);
    demo_choices_choices_shape_t returned;
    demo_choices_choices_problem_t problem;
    bool good = demo_choices_choices_grow(&arg_shape, arg_by, &returned, &problem);
    if (!good) {
        struct glue_result result;
        glue_result_begin(&result, end_choices_problem, &problem);
        mp_obj_t object = to_choices_problem(&problem);
        glue_result_end();
        glue_raise(&type_of_error, object);
    }
    struct glue_result result;
    glue_result_begin(&result, end_choices_shape, &returned);
    mp_obj_t object = to_choices_shape(&returned);
    glue_result_end();
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(object_choices_grow, 0, call_choices_grow);

// choices.check() -> result
static mp_obj_t
call_choices_check(void)
{
    bool good = demo_choices_choices_check();
    if (!good)
        glue_raise(&type_of_error, mp_const_none);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_0(object_choices_check, call_choices_check);

// choices.store(data: outcome) -> result<_, status>
static mp_obj_t
call_choices_store(mp_obj_t argument)
{
    struct glue_held held = {0};
    demo_choices_choices_outcome_t arg_data;

    from_choices_outcome(&held, argument, "data", &arg_data);
    glue_held_give(&held);
    demo_choices_choices_status_t problem;
    bool good = demo_choices_choices_store(&arg_data, &problem);
    if (!good)
        glue_raise(&type_of_error, glue_case(&enum_choices_status, problem));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(object_choices_store, call_choices_store);

// choices.load(name: string) -> result<string>
static mp_obj_t
call_choices_load(mp_obj_t argument)
{
    struct glue_held held = {0};
    demo_import_string_t arg_name;

    glue_held_text(&held, argument, "name", &arg_name.ptr, &arg_name.len);
    glue_held_give(&held);
    demo_import_string_t returned;
    bool good = demo_choices_choices_load(&arg_name, &returned);
    if (!good)
        glue_raise(&type_of_error, mp_const_none);
    struct glue_result result;
    glue_result_begin(&result, end_string, &returned);
    mp_obj_t object = glue_text(returned.ptr, returned.len);
    glue_result_end();
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_1(object_choices_load, call_choices_load);

// choices.keep(what: kept) -> bool
static mp_obj_t
call_choices_keep(mp_obj_t argument)
{
    struct glue_held held = {0};
    demo_choices_choices_kept_t arg_what;

    from_choices_kept(&held, argument, "what", &arg_what);
    glue_held_give(&held);
    bool returned = demo_choices_choices_keep(&arg_what);
    return mp_obj_new_bool(returned);
}
static MP_DEFINE_CONST_FUN_OBJ_1(object_choices_keep, call_choices_keep);

// choices.all() -> list<result<u8, shape>>
static mp_obj_t
call_choices_all(void)
{
    demo_choices_choices_list_result_u8_shape_t returned;
    demo_choices_choices_all(&returned);
    struct glue_result result;
    glue_result_begin(&result, end_choices_list_result_u8_shape, &returned);
    mp_obj_t object = to_choices_list_result_u8_shape(&returned);
    glue_result_end();
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_0(object_choices_all, call_choices_all);

static const mp_rom_map_elem_t table_of_module[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR__demo_cap)},
    {MP_ROM_QSTR(MP_QSTR_DemoError), MP_ROM_PTR(&type_of_error)},
    {MP_ROM_QSTR(MP_QSTR_Status), MP_ROM_PTR(&type_choices_status)},
    {MP_ROM_QSTR(MP_QSTR_Kept), MP_ROM_PTR(&type_choices_kept)},
    {MP_ROM_QSTR(MP_QSTR_next), MP_ROM_PTR(&object_choices_next)},
    {MP_ROM_QSTR(MP_QSTR_grow), MP_ROM_PTR(&object_choices_grow)},
    {MP_ROM_QSTR(MP_QSTR_check), MP_ROM_PTR(&object_choices_check)},
    {MP_ROM_QSTR(MP_QSTR_store), MP_ROM_PTR(&object_choices_store)},
    {MP_ROM_QSTR(MP_QSTR_load), MP_ROM_PTR(&object_choices_load)},
    {MP_ROM_QSTR(MP_QSTR_keep), MP_ROM_PTR(&object_choices_keep)},
    {MP_ROM_QSTR(MP_QSTR_all), MP_ROM_PTR(&object_choices_all)},
};
static MP_DEFINE_CONST_DICT(dict_of_module, table_of_module);

const mp_obj_module_t mp_module__demo_cap = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&dict_of_module,
};
MP_REGISTER_MODULE(MP_QSTR__demo_cap, mp_module__demo_cap);
