/* crc32c.crc32c() of MicroPython, by hand: it takes data of any length in slices. */
#include "py/runtime.h"

#include "crc32c_import_mp.h"

static uint32_t
crc32c(uint32_t value, const uint8_t *bytes, size_t count)
{
    crc32c_import_list_u8_t list = {(uint8_t *)bytes, count};
    return crc32c_checksum_crc32c_update(value, &list);
}

/* crc32c(data, value=0, gil_release_mode=-1) -> int. `value` is reduced modulo 2^32; there is no GIL, so the mode is
 * accepted and changes nothing. TypeError for what is not bytes-like, MemoryError. */
static mp_obj_t
crc32c_crc32c(size_t count, const mp_obj_t *positional, mp_map_t *keywords)
{
    enum { DATA, VALUE, MODE, COUNT };
    static const mp_arg_t allowed[] = {
        [DATA] = {MP_QSTR_data, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        [VALUE] = {MP_QSTR_value, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(0)}},
        [MODE] = {MP_QSTR_gil_release_mode, MP_ARG_INT, {.u_int = -1}},
    };
    mp_arg_val_t arguments[COUNT];

    mp_arg_parse_all(count, positional, keywords, COUNT, allowed, arguments);
    uint32_t value = glue_get_u32(arguments[VALUE].u_obj);
    return mp_obj_new_int_from_uint(glue_checksum(crc32c, value, arguments[DATA].u_obj));
}
MP_DEFINE_CONST_FUN_OBJ_KW(crc32c_import_mp_crc32c_obj, 0, crc32c_crc32c);
