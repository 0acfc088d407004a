// The module `_demo_cap` of MicroPython: what demo_import.h declares. docs/reference/python-modules.md has the mapping.
#include "py/objlist.h"
#include "py/runtime.h"

#include "arguments.h"
#include "glue.h"
#include "values.h"
#include "demo_import.h"

static const mp_obj_type_t type_things_thing;
static const mp_obj_type_t type_things_plain;
static const mp_obj_type_t type_shelves_shelf;
static const mp_obj_type_t type_things_parcel;
static const mp_obj_type_t type_of_error;

static const qstr names_things_parcel[] = {MP_QSTR_label, MP_QSTR_items, MP_QSTR_first};
static const struct glue_record record_things_parcel = {3, names_things_parcel};
static GLUE_RECORD(type_things_parcel, MP_QSTR_Parcel, &record_things_parcel);

static GLUE_ERROR(type_of_error, MP_QSTR_DemoError);

// Drops what did not become an object.
static void
drop_things_thing(demo_resources_things_own_thing_t *value)
{
    if (value->__handle != 0)
        demo_resources_things_thing_drop_own(*value);
}

static void
end_things_thing(void *value)
{
    demo_resources_things_own_thing_t *it = value;

    drop_things_thing(it);
}

static void
end_string(void *value)
{
    demo_import_string_t *it = value;

    demo_import_string_free(it);
}

// Drops what did not become an object.
static void
drop_things_plain(demo_resources_things_own_plain_t *value)
{
    if (value->__handle != 0)
        demo_resources_things_plain_drop_own(*value);
}

static void
end_things_plain(void *value)
{
    demo_resources_things_own_plain_t *it = value;

    drop_things_plain(it);
}

// list<thing>
static void
from_shelves_list_own_thing(struct glue_held *held, mp_obj_t object, const char *name,
                            demo_resources_shelves_list_own_thing_t *value)
{
    const mp_obj_t *items = glue_held_items(held, object, name, &value->len);

    value->ptr = glue_held_memory(held, value->len, sizeof *value->ptr);
    for (size_t i = 0; i < value->len; i++)
        glue_held_own(held, items[i], name, &type_things_thing, &value->ptr[i].__handle);
}

// Drops what did not become an object.
static void
drop_shelves_shelf(demo_resources_shelves_own_shelf_t *value)
{
    if (value->__handle != 0)
        demo_resources_shelves_shelf_drop_own(*value);
}

static void
end_shelves_shelf(void *value)
{
    demo_resources_shelves_own_shelf_t *it = value;

    drop_shelves_shelf(it);
}

// list<borrow<thing>>
static void
from_things_list_borrow_thing(struct glue_held *held, mp_obj_t object, const char *name,
                              demo_resources_things_list_borrow_thing_t *value)
{
    const mp_obj_t *items = glue_held_items(held, object, name, &value->len);

    value->ptr = glue_held_memory(held, value->len, sizeof *value->ptr);
    for (size_t i = 0; i < value->len; i++)
        glue_held_borrow(held, items[i], name, &type_things_thing, &value->ptr[i].__handle);
}

// list<thing>
static void
from_things_list_own_thing(struct glue_held *held, mp_obj_t object, const char *name,
                           demo_resources_things_list_own_thing_t *value)
{
    const mp_obj_t *items = glue_held_items(held, object, name, &value->len);

    value->ptr = glue_held_memory(held, value->len, sizeof *value->ptr);
    for (size_t i = 0; i < value->len; i++)
        glue_held_own(held, items[i], name, &type_things_thing, &value->ptr[i].__handle);
}

// option<thing>
static void
from_things_option_own_thing(struct glue_held *held, mp_obj_t object, const char *name,
                             demo_resources_things_option_own_thing_t *value)
{
    value->is_some = object != mp_const_none;
    if (value->is_some)
        glue_held_own(held, object, name, &type_things_thing, &value->val.__handle);
}

// parcel
static void
from_things_parcel(struct glue_held *held, mp_obj_t object, const char *name, demo_resources_things_parcel_t *value)
{
    const mp_obj_t *items = glue_read_tuple(object, name, "Parcel", 3);

    glue_held_text(held, items[0], "Parcel.label", &value->label.ptr, &value->label.len);
    from_things_list_own_thing(held, items[1], "Parcel.items", &value->items);
    from_things_option_own_thing(held, items[2], "Parcel.first", &value->first);
}

// list<thing>
static mp_obj_t
to_things_list_own_thing(demo_resources_things_list_own_thing_t *value)
{
    mp_obj_list_t *list = MP_OBJ_TO_PTR(mp_obj_new_list(value->len, NULL));

    for (size_t i = 0; i < value->len; i++)
        list->items[i] = glue_resource_new(&type_things_thing, &value->ptr[i].__handle);
    return MP_OBJ_FROM_PTR(list);
}

// option<thing>
static mp_obj_t
to_things_option_own_thing(demo_resources_things_option_own_thing_t *value)
{
    if (!value->is_some)
        return mp_const_none;
    return glue_resource_new(&type_things_thing, &value->val.__handle);
}

// parcel
static mp_obj_t
to_things_parcel(demo_resources_things_parcel_t *value)
{
    mp_obj_t items[] = {
        glue_text(value->label.ptr, value->label.len),
        to_things_list_own_thing(&value->items),
        to_things_option_own_thing(&value->first),
    };
    return glue_record_new(&type_things_parcel, items);
}

// Drops what did not become an object.
static void
drop_things_list_own_thing(demo_resources_things_list_own_thing_t *value)
{
    for (size_t i = 0; i < value->len; i++)
        drop_things_thing(&value->ptr[i]);
}

// Drops what did not become an object.
static void
drop_things_option_own_thing(demo_resources_things_option_own_thing_t *value)
{
    if (value->is_some)
        drop_things_thing(&value->val);
}

// Drops what did not become an object.
static void
drop_things_parcel(demo_resources_things_parcel_t *value)
{
    drop_things_list_own_thing(&value->items);
    drop_things_option_own_thing(&value->first);
}

static void
end_things_parcel(void *value)
{
    demo_resources_things_parcel_t *it = value;

    drop_things_parcel(it);
    demo_resources_things_parcel_free(it);
}

// things.thing(name: string, size: option<u32>) -> thing
static mp_obj_t
call_things_constructor_thing(const mp_obj_type_t *type, size_t count, size_t keywords, const mp_obj_t *given)
{
    (void)type;
    static const mp_arg_t allowed[] = {
        {MP_QSTR_name, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_size, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    mp_arg_val_t values[2];
    struct glue_held held = {0};
    demo_import_string_t arg_name;
    uint32_t arg_size;
    uint32_t *maybe_arg_size = NULL;

    mp_arg_parse_all_kw_array(count, keywords, given, 2, allowed, values);
    glue_held_text(&held, values[0].u_obj, "name", &arg_name.ptr, &arg_name.len);
    if (values[1].u_obj != mp_const_none) {
        glue_read_u32(values[1].u_obj, "size", &arg_size);
        maybe_arg_size = &arg_size;
    }
    glue_held_give(&held);
    demo_resources_things_own_thing_t returned = demo_resources_things_constructor_thing(&arg_name, maybe_arg_size);
    struct glue_result result;
    glue_result_begin(&result, end_things_thing, &returned);
    mp_obj_t object = glue_resource_new(&type_things_thing, &returned.__handle);
    glue_result_end();
    return object;
}

// things.thing.name(self: borrow<thing>) -> string
static mp_obj_t
call_things_method_thing_name(mp_obj_t self)
{
    demo_resources_things_borrow_thing_t own;

    own.__handle = glue_resource_self(self, &type_things_thing);
    demo_import_string_t returned;
    demo_resources_things_method_thing_name(own, &returned);
    struct glue_result result;
    glue_result_begin(&result, end_string, &returned);
    mp_obj_t object = glue_text(returned.ptr, returned.len);
    glue_result_end();
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_1(object_things_method_thing_name, call_things_method_thing_name);

// things.thing.rename(self: borrow<thing>, name: string) -> result<string, u8>
static mp_obj_t
call_things_method_thing_rename(mp_obj_t self, mp_obj_t argument)
{
    struct glue_held held = {0};
    demo_import_string_t arg_name;
    demo_resources_things_borrow_thing_t own;

    glue_held_text(&held, argument, "name", &arg_name.ptr, &arg_name.len);
    glue_held_self(&held, self, &type_things_thing, &own.__handle);
    glue_held_give(&held);
    demo_import_string_t returned;
    uint8_t problem;
    bool good = demo_resources_things_method_thing_rename(own, &arg_name, &returned, &problem);
    if (!good)
        glue_raise(&type_of_error, MP_OBJ_NEW_SMALL_INT(problem));
    struct glue_result result;
    glue_result_begin(&result, end_string, &returned);
    mp_obj_t object = glue_text(returned.ptr, returned.len);
    glue_result_end();
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_2(object_things_method_thing_rename, call_things_method_thing_rename);

// things.thing.compare(self: borrow<thing>, other: borrow<thing>) -> s32
static mp_obj_t
call_things_method_thing_compare(mp_obj_t self, mp_obj_t argument)
{
    struct glue_held held = {0};
    demo_resources_things_borrow_thing_t arg_other;
    demo_resources_things_borrow_thing_t own;

    glue_held_borrow(&held, argument, "other", &type_things_thing, &arg_other.__handle);
    glue_held_self(&held, self, &type_things_thing, &own.__handle);
    glue_held_give(&held);
    int32_t returned = demo_resources_things_method_thing_compare(own, arg_other);
    return mp_obj_new_int(returned);
}
static MP_DEFINE_CONST_FUN_OBJ_2(object_things_method_thing_compare, call_things_method_thing_compare);

// things.thing.copy(self: borrow<thing>) -> thing
static mp_obj_t
call_things_method_thing_copy(mp_obj_t self)
{
    demo_resources_things_borrow_thing_t own;

    own.__handle = glue_resource_self(self, &type_things_thing);
    demo_resources_things_own_thing_t returned = demo_resources_things_method_thing_copy(own);
    struct glue_result result;
    glue_result_begin(&result, end_things_thing, &returned);
    mp_obj_t object = glue_resource_new(&type_things_thing, &returned.__handle);
    glue_result_end();
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_1(object_things_method_thing_copy, call_things_method_thing_copy);

// things.thing.join(a: thing, b: thing) -> result<thing, thing>
static mp_obj_t
call_things_static_thing_join(size_t count, const mp_obj_t *given, mp_map_t *keywords)
{
    static const mp_arg_t allowed[] = {
        {MP_QSTR_a, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_b, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
    };
    mp_arg_val_t values[2];
    struct glue_held held = {0};
    demo_resources_things_own_thing_t arg_a;
    demo_resources_things_own_thing_t arg_b;

    mp_arg_parse_all(count, given, keywords, 2, allowed, values);
    glue_held_own(&held, values[0].u_obj, "a", &type_things_thing, &arg_a.__handle);
    glue_held_own(&held, values[1].u_obj, "b", &type_things_thing, &arg_b.__handle);
    glue_held_give(&held);
    demo_resources_things_own_thing_t returned;
    demo_resources_things_own_thing_t problem;
    bool good = demo_resources_things_static_thing_join(arg_a, arg_b, &returned, &problem);
    if (!good) {
        struct glue_result result;
        glue_result_begin(&result, end_things_thing, &problem);
        mp_obj_t object = glue_resource_new(&type_things_thing, &problem.__handle);
        glue_result_end();
        glue_raise(&type_of_error, object);
    }
    struct glue_result result;
    glue_result_begin(&result, end_things_thing, &returned);
    mp_obj_t object = glue_resource_new(&type_things_thing, &returned.__handle);
    glue_result_end();
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(object_things_static_thing_join, 0, call_things_static_thing_join);

// things.thing.live() -> u32
static mp_obj_t
call_things_static_thing_live(void)
{
    uint32_t returned = demo_resources_things_static_thing_live();
    return mp_obj_new_int_from_uint(returned);
}
static MP_DEFINE_CONST_FUN_OBJ_0(object_things_static_thing_live, call_things_static_thing_live);

// things.plain() -> plain
static mp_obj_t
call_things_constructor_plain(const mp_obj_type_t *type, size_t count, size_t keywords, const mp_obj_t *given)
{
    (void)type;
    (void)given;

    mp_arg_check_num(count, keywords, 0, 0, false);
    demo_resources_things_own_plain_t returned = demo_resources_things_constructor_plain();
    struct glue_result result;
    glue_result_begin(&result, end_things_plain, &returned);
    mp_obj_t object = glue_resource_new(&type_things_plain, &returned.__handle);
    glue_result_end();
    return object;
}

// shelves.shelf.create(things: list<thing>) -> shelf
static mp_obj_t
call_shelves_static_shelf_create(mp_obj_t argument)
{
    struct glue_held held = {0};
    demo_resources_shelves_list_own_thing_t arg_things;

    from_shelves_list_own_thing(&held, argument, "things", &arg_things);
    glue_held_give(&held);
    demo_resources_shelves_own_shelf_t returned = demo_resources_shelves_static_shelf_create(&arg_things);
    struct glue_result result;
    glue_result_begin(&result, end_shelves_shelf, &returned);
    mp_obj_t object = glue_resource_new(&type_shelves_shelf, &returned.__handle);
    glue_result_end();
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_1(object_shelves_static_shelf_create, call_shelves_static_shelf_create);

// shelves.shelf.take(self: borrow<shelf>, index: u32) -> option<thing>
static mp_obj_t
call_shelves_method_shelf_take(mp_obj_t self, mp_obj_t argument)
{
    uint32_t arg_index;
    demo_resources_shelves_borrow_shelf_t own;

    glue_read_u32(argument, "index", &arg_index);
    own.__handle = glue_resource_self(self, &type_shelves_shelf);
    demo_resources_shelves_own_thing_t returned;
    bool some = demo_resources_shelves_method_shelf_take(own, arg_index, &returned);
    if (!some)
        return mp_const_none;
    struct glue_result result;
    glue_result_begin(&result, end_things_thing, &returned);
    mp_obj_t object = glue_resource_new(&type_things_thing, &returned.__handle);
    glue_result_end();
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_2(object_shelves_method_shelf_take, call_shelves_method_shelf_take);

// things.longest(things: list<borrow<thing>>, or-else: option<borrow<thing>>) -> option<thing>
static mp_obj_t
call_things_longest(size_t count, const mp_obj_t *given, mp_map_t *keywords)
{
    static const mp_arg_t allowed[] = {
        {MP_QSTR_things, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        {MP_QSTR_or_else, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    mp_arg_val_t values[2];
    struct glue_held held = {0};
    demo_resources_things_list_borrow_thing_t arg_things;
    demo_resources_things_borrow_thing_t arg_or_else;
    demo_resources_things_borrow_thing_t *maybe_arg_or_else = NULL;

    mp_arg_parse_all(count, given, keywords, 2, allowed, values);
    from_things_list_borrow_thing(&held, values[0].u_obj, "things", &arg_things);
    if (values[1].u_obj != mp_const_none) {
        glue_held_borrow(&held, values[1].u_obj, "or_else", &type_things_thing, &arg_or_else.__handle);
        maybe_arg_or_else = &arg_or_else;
    }
    glue_held_give(&held);
    demo_resources_things_own_thing_t returned;
    bool some = demo_resources_things_longest(&arg_things, maybe_arg_or_else, &returned);
    if (!some)
        return mp_const_none;
    struct glue_result result;
    glue_result_begin(&result, end_things_thing, &returned);
    mp_obj_t object = glue_resource_new(&type_things_thing, &returned.__handle);
    glue_result_end();
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(object_things_longest, 0, call_things_longest);

// things.unpack(parcel: parcel) -> parcel
static mp_obj_t
call_things_unpack(mp_obj_t argument)
{
    struct glue_held held = {0};
    demo_resources_things_parcel_t arg_parcel;

    from_things_parcel(&held, argument, "parcel", &arg_parcel);
    glue_held_give(&held);
    demo_resources_things_parcel_t returned;
    demo_resources_things_unpack(&arg_parcel, &returned);
    struct glue_result result;
    glue_result_begin(&result, end_things_parcel, &returned);
    mp_obj_t object = to_things_parcel(&returned);
    glue_result_end();
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_1(object_things_unpack, call_things_unpack);

static void
drop_handle_things_thing(int32_t handle)
{
    demo_resources_things_thing_drop_own((demo_resources_things_own_thing_t){handle});
}

static const struct glue_class class_things_thing = {drop_handle_things_thing, 4096};
static MP_DEFINE_CONST_STATICMETHOD_OBJ(static_things_static_thing_join, MP_ROM_PTR(&object_things_static_thing_join));
static MP_DEFINE_CONST_STATICMETHOD_OBJ(static_things_static_thing_live, MP_ROM_PTR(&object_things_static_thing_live));
static const mp_rom_map_elem_t table_things_thing[] = {
    {MP_ROM_QSTR(MP_QSTR_name), MP_ROM_PTR(&object_things_method_thing_name)},
    {MP_ROM_QSTR(MP_QSTR_rename), MP_ROM_PTR(&object_things_method_thing_rename)},
    {MP_ROM_QSTR(MP_QSTR_compare), MP_ROM_PTR(&object_things_method_thing_compare)},
    {MP_ROM_QSTR(MP_QSTR_copy), MP_ROM_PTR(&object_things_method_thing_copy)},
    {MP_ROM_QSTR(MP_QSTR_join), MP_ROM_PTR(&static_things_static_thing_join)},
    {MP_ROM_QSTR(MP_QSTR_live), MP_ROM_PTR(&static_things_static_thing_live)},
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&glue_resource_del_obj)},
};
static MP_DEFINE_CONST_DICT(dict_things_thing, table_things_thing);
static GLUE_RESOURCE_WITH_CONSTRUCTOR(type_things_thing, MP_QSTR_Thing, &class_things_thing, &dict_things_thing,
                                      call_things_constructor_thing);

static void
drop_handle_things_plain(int32_t handle)
{
    demo_resources_things_plain_drop_own((demo_resources_things_own_plain_t){handle});
}

static const struct glue_class class_things_plain = {drop_handle_things_plain, 4096};
static const mp_rom_map_elem_t table_things_plain[] = {
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&glue_resource_del_obj)},
};
static MP_DEFINE_CONST_DICT(dict_things_plain, table_things_plain);
static GLUE_RESOURCE_WITH_CONSTRUCTOR(type_things_plain, MP_QSTR_Plain, &class_things_plain, &dict_things_plain,
                                      call_things_constructor_plain);

static void
drop_handle_shelves_shelf(int32_t handle)
{
    demo_resources_shelves_shelf_drop_own((demo_resources_shelves_own_shelf_t){handle});
}

static const struct glue_class class_shelves_shelf = {drop_handle_shelves_shelf, 4096};
static MP_DEFINE_CONST_STATICMETHOD_OBJ(static_shelves_static_shelf_create, MP_ROM_PTR(&object_shelves_static_shelf_create));
static const mp_rom_map_elem_t table_shelves_shelf[] = {
    {MP_ROM_QSTR(MP_QSTR_create), MP_ROM_PTR(&static_shelves_static_shelf_create)},
    {MP_ROM_QSTR(MP_QSTR_take), MP_ROM_PTR(&object_shelves_method_shelf_take)},
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&glue_resource_del_obj)},
};
static MP_DEFINE_CONST_DICT(dict_shelves_shelf, table_shelves_shelf);
static GLUE_RESOURCE(type_shelves_shelf, MP_QSTR_Shelf, &class_shelves_shelf, &dict_shelves_shelf);

static const mp_rom_map_elem_t table_of_module[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR__demo_cap)},
    {MP_ROM_QSTR(MP_QSTR_DemoError), MP_ROM_PTR(&type_of_error)},
    {MP_ROM_QSTR(MP_QSTR_Thing), MP_ROM_PTR(&type_things_thing)},
    {MP_ROM_QSTR(MP_QSTR_Plain), MP_ROM_PTR(&type_things_plain)},
    {MP_ROM_QSTR(MP_QSTR_Shelf), MP_ROM_PTR(&type_shelves_shelf)},
    {MP_ROM_QSTR(MP_QSTR_Parcel), MP_ROM_PTR(&type_things_parcel)},
    {MP_ROM_QSTR(MP_QSTR_longest), MP_ROM_PTR(&object_things_longest)},
    {MP_ROM_QSTR(MP_QSTR_unpack), MP_ROM_PTR(&object_things_unpack)},
};
static MP_DEFINE_CONST_DICT(dict_of_module, table_of_module);

const mp_obj_module_t mp_module__demo_cap = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&dict_of_module,
};
MP_REGISTER_MODULE(MP_QSTR__demo_cap, mp_module__demo_cap);
