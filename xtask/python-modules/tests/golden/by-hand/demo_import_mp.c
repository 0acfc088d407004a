// The module `_demo_cap` of MicroPython: what demo_import.h declares. docs/reference/python-modules.md has the mapping.
#include "py/objlist.h"
#include "py/runtime.h"

#include "arguments.h"
#include "glue.h"
#include "values.h"
#include "demo_import.h"
#include "demo_import_mp.h"

// Drops what did not become an object.
static void
drop_sums_adder(demo_by_hand_sums_own_adder_t *value)
{
    if (value->__handle != 0)
        demo_by_hand_sums_adder_drop_own(*value);
}

static void
end_sums_adder(void *value)
{
    demo_by_hand_sums_own_adder_t *it = value;

    drop_sums_adder(it);
}

// sums.adder() -> adder
static mp_obj_t
call_sums_constructor_adder(const mp_obj_type_t *type, size_t count, size_t keywords, const mp_obj_t *given)
{
    (void)type;
    (void)given;

    mp_arg_check_num(count, keywords, 0, 0, false);
    demo_by_hand_sums_own_adder_t returned = demo_by_hand_sums_constructor_adder();
    struct glue_result result;
    glue_result_begin(&result, end_sums_adder, &returned);
    mp_obj_t object = glue_resource_new(&demo_import_mp_Adder, &returned.__handle);
    glue_result_end();
    return object;
}

// sums.adder.total(self: borrow<adder>) -> u64
static mp_obj_t
call_sums_method_adder_total(mp_obj_t self)
{
    demo_by_hand_sums_borrow_adder_t own;

    own.__handle = glue_resource_self(self, &demo_import_mp_Adder);
    uint64_t returned = demo_by_hand_sums_method_adder_total(own);
    return mp_obj_new_int_from_ull(returned);
}
static MP_DEFINE_CONST_FUN_OBJ_1(object_sums_method_adder_total, call_sums_method_adder_total);

// sums.other()
static mp_obj_t
call_sums_other(void)
{
    demo_by_hand_sums_other();
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_0(object_sums_other, call_sums_other);

static void
drop_handle_sums_adder(int32_t handle)
{
    demo_by_hand_sums_adder_drop_own((demo_by_hand_sums_own_adder_t){handle});
}

static const struct glue_class class_sums_adder = {drop_handle_sums_adder, 4096};
static const mp_rom_map_elem_t table_sums_adder[] = {
    {MP_ROM_QSTR(MP_QSTR_add), MP_ROM_PTR(&demo_import_mp_Adder_add_obj)},
    {MP_ROM_QSTR(MP_QSTR_total), MP_ROM_PTR(&object_sums_method_adder_total)},
    {MP_ROM_QSTR(MP_QSTR_halve), MP_ROM_PTR(&demo_import_mp_Adder_halve_obj)},
    {MP_ROM_QSTR(MP_QSTR_shown), MP_ROM_PTR(&demo_import_mp_Adder_shown_obj)},
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&glue_resource_del_obj)},
};
static MP_DEFINE_CONST_DICT(dict_sums_adder, table_sums_adder);
GLUE_RESOURCE_WITH_CONSTRUCTOR(demo_import_mp_Adder, MP_QSTR_Adder, &class_sums_adder, &dict_sums_adder,
                               call_sums_constructor_adder);

static const mp_rom_map_elem_t table_of_module[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR__demo_cap)},
    {MP_ROM_QSTR(MP_QSTR_Adder), MP_ROM_PTR(&demo_import_mp_Adder)},
    {MP_ROM_QSTR(MP_QSTR_total), MP_ROM_PTR(&demo_import_mp_total_obj)},
    {MP_ROM_QSTR(MP_QSTR_other), MP_ROM_PTR(&object_sums_other)},
    {MP_ROM_QSTR(MP_QSTR_fast), MP_ROM_PTR(&demo_import_mp_fast_obj)},
};
static MP_DEFINE_CONST_DICT(dict_of_module, table_of_module);

const mp_obj_module_t mp_module__demo_cap = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&dict_of_module,
};
MP_REGISTER_MODULE(MP_QSTR__demo_cap, mp_module__demo_cap);
