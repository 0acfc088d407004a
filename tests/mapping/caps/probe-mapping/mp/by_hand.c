/* probe_mapping of MicroPython: a method of the contract, and a method and a function of its own. */
#include "py/runtime.h"

#include "probe_mapping_import_mp.h"

static mp_obj_t
thing_size(mp_obj_t self)
{
    probe_mapping_things_borrow_thing_t thing = {glue_resource_self(self, &probe_mapping_import_mp_Thing)};
    return mp_obj_new_int_from_uint(probe_mapping_things_method_thing_size(thing));
}
MP_DEFINE_CONST_FUN_OBJ_1(probe_mapping_import_mp_Thing_size_obj, thing_size);

static mp_obj_t
thing_grown(size_t count, const mp_obj_t *given, mp_map_t *keywords)
{
    static const mp_arg_t allowed[] = {{MP_QSTR_by, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}}};
    mp_arg_val_t values[1];
    uint16_t by;

    mp_arg_parse_all(count - 1, given + 1, keywords, 1, allowed, values);
    glue_read_u16(values[0].u_obj, "by", &by);
    probe_mapping_things_borrow_thing_t thing = {glue_resource_self(given[0], &probe_mapping_import_mp_Thing)};
    return mp_obj_new_int_from_uint(probe_mapping_things_method_thing_size(thing) + by);
}
MP_DEFINE_CONST_FUN_OBJ_KW(probe_mapping_import_mp_Thing_grown_obj, 1, thing_grown);

static mp_obj_t
twice(size_t count, const mp_obj_t *given, mp_map_t *keywords)
{
    static const mp_arg_t allowed[] = {{MP_QSTR_value, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}}};
    mp_arg_val_t values[1];
    uint16_t value;

    mp_arg_parse_all(count, given, keywords, 1, allowed, values);
    glue_read_u16(values[0].u_obj, "value", &value);
    return MP_OBJ_NEW_SMALL_INT(2 * value);
}
MP_DEFINE_CONST_FUN_OBJ_KW(probe_mapping_import_mp_twice_obj, 0, twice);
