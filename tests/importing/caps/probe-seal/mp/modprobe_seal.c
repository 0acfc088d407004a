/* probe_seal: a cap that uses another cap. */
#include <string.h>

#include "py/objstr.h"
#include "py/runtime.h"

#include "glue.h"
#include "probe_seal_import.h"

/* seal(data) -> bytes: the data, and behind it their CRC-32C. */
static mp_obj_t
probe_seal_seal(mp_obj_t data)
{
    mp_buffer_info_t bytes;
    vstr_t result;

    glue_get_bytes(data, &bytes);
    glue_reserve(2 * bytes.len);
    vstr_init_len(&result, bytes.len + 4);
    probe_seal_import_list_u8_t given = {bytes.buf, bytes.len}, sealed;
    probe_seal_seal_seal(&given, &sealed);
    memcpy(result.buf, sealed.ptr, sealed.len);
    probe_seal_import_list_u8_free(&sealed);
    return mp_obj_new_bytes_from_vstr(&result);
}
static MP_DEFINE_CONST_FUN_OBJ_1(probe_seal_seal_obj, probe_seal_seal);

static const mp_rom_map_elem_t probe_seal_globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_probe_seal)},
    {MP_ROM_QSTR(MP_QSTR_seal), MP_ROM_PTR(&probe_seal_seal_obj)},
};
static MP_DEFINE_CONST_DICT(probe_seal_globals, probe_seal_globals_table);

const mp_obj_module_t probe_seal_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&probe_seal_globals,
};

MP_REGISTER_MODULE(MP_QSTR_probe_seal, probe_seal_module);
