/* crc32c: CRC-32C over the crc32c:checksum contract, with the interface of the PyPI package crc32c. */
#include <string.h>

#include "py/objstr.h"
#include "py/runtime.h"

#include "crc32c_import.h"
#include "glue.h"

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
static MP_DEFINE_CONST_FUN_OBJ_KW(crc32c_crc32c_obj, 0, crc32c_crc32c);

/* combine(first, second, second_length, /) -> int: the CRC-32C of a concatenation, from the CRC-32C of both parts and
 * the length of the second in bytes. OverflowError for a length that is negative or above 2^64 - 1. */
static mp_obj_t
crc32c_combine(mp_obj_t first, mp_obj_t second, mp_obj_t second_length)
{
    uint64_t length = glue_get_u64(second_length);
    return mp_obj_new_int_from_uint(
        crc32c_checksum_crc32c_combine(glue_get_u32(first), glue_get_u32(second), length));
}
static MP_DEFINE_CONST_FUN_OBJ_3(crc32c_combine_obj, crc32c_combine);

/* ---- CRC32CHash ---- */

/* CRC-32C with the interface of a hashlib object. */
struct hash {
    mp_obj_base_t base;
    uint32_t checksum;
};

static const mp_obj_type_t hash_type;

static mp_obj_t
new_hash(uint32_t checksum)
{
    struct hash *self = mp_obj_malloc(struct hash, &hash_type);
    self->checksum = checksum;
    return MP_OBJ_FROM_PTR(self);
}

/* CRC32CHash(data=b"", gil_release_mode=-1) */
static mp_obj_t
hash_make_new(const mp_obj_type_t *type, size_t count, size_t keyword_count, const mp_obj_t *given)
{
    enum { DATA, MODE, COUNT };
    static const mp_arg_t allowed[] = {
        [DATA] = {MP_QSTR_data, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_PTR(&mp_const_empty_bytes_obj)}},
        [MODE] = {MP_QSTR_gil_release_mode, MP_ARG_INT, {.u_int = -1}},
    };
    mp_arg_val_t arguments[COUNT];

    (void)type;
    mp_arg_parse_all_kw_array(count, keyword_count, given, COUNT, allowed, arguments);
    return new_hash(glue_checksum(crc32c, 0, arguments[DATA].u_obj));
}

/* update(data): continues with a bytes-like object. */
static mp_obj_t
hash_update(mp_obj_t object, mp_obj_t data)
{
    struct hash *self = glue_get_self(object, &hash_type);
    self->checksum = glue_checksum(crc32c, self->checksum, data);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(hash_update_obj, hash_update);

/* digest() -> bytes: the checksum so far, as four bytes, most significant first. */
static mp_obj_t
hash_digest(mp_obj_t object)
{
    const struct hash *self = glue_get_self(object, &hash_type);
    uint8_t digest[4];

    for (int i = 0; i < 4; i++)
        digest[i] = (uint8_t)(self->checksum >> (24 - 8 * i));
    return mp_obj_new_bytes(digest, sizeof digest);
}
static MP_DEFINE_CONST_FUN_OBJ_1(hash_digest_obj, hash_digest);

/* hexdigest() -> str: the checksum so far, as eight hexadecimal digits. */
static mp_obj_t
hash_hexdigest(mp_obj_t object)
{
    const struct hash *self = glue_get_self(object, &hash_type);
    char text[8];

    for (int i = 0; i < 8; i++)
        text[i] = "0123456789abcdef"[self->checksum >> (28 - 4 * i) & 15];
    return mp_obj_new_str(text, sizeof text);
}
static MP_DEFINE_CONST_FUN_OBJ_1(hash_hexdigest_obj, hash_hexdigest);

/* copy(): an independent object in the same state. */
static mp_obj_t
hash_copy(mp_obj_t object)
{
    const struct hash *self = glue_get_self(object, &hash_type);
    return new_hash(self->checksum);
}
static MP_DEFINE_CONST_FUN_OBJ_1(hash_copy_obj, hash_copy);

/* The read-only attribute checksum. */
static void
hash_attr(mp_obj_t object, qstr attribute, mp_obj_t *destination)
{
    if (destination[0] != MP_OBJ_NULL)
        return; /* not stored: AttributeError */
    if (attribute == MP_QSTR_checksum)
        destination[0] = mp_obj_new_int_from_uint(((struct hash *)MP_OBJ_TO_PTR(object))->checksum);
    else
        destination[1] = MP_OBJ_SENTINEL; /* go on in the table */
}

static const mp_rom_map_elem_t hash_table[] = {
    {MP_ROM_QSTR(MP_QSTR_name), MP_ROM_QSTR(MP_QSTR_crc32c)},
    {MP_ROM_QSTR(MP_QSTR_digest_size), MP_ROM_INT(4)},
    {MP_ROM_QSTR(MP_QSTR_block_size), MP_ROM_INT(1)},
    {MP_ROM_QSTR(MP_QSTR_update), MP_ROM_PTR(&hash_update_obj)},
    {MP_ROM_QSTR(MP_QSTR_digest), MP_ROM_PTR(&hash_digest_obj)},
    {MP_ROM_QSTR(MP_QSTR_hexdigest), MP_ROM_PTR(&hash_hexdigest_obj)},
    {MP_ROM_QSTR(MP_QSTR_copy), MP_ROM_PTR(&hash_copy_obj)},
};
static MP_DEFINE_CONST_DICT(hash_dict, hash_table);

static MP_DEFINE_CONST_OBJ_TYPE(hash_type, MP_QSTR_CRC32CHash, MP_TYPE_FLAG_NONE, make_new, hash_make_new, attr,
                                hash_attr, locals_dict, &hash_dict);

/* ---- The module ---- */

static const MP_DEFINE_STR_OBJ(version_obj, "2.9");

static const mp_rom_map_elem_t globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_crc32c)},
    {MP_ROM_QSTR(MP_QSTR___version__), MP_ROM_PTR(&version_obj)},
    {MP_ROM_QSTR(MP_QSTR_crc32c), MP_ROM_PTR(&crc32c_crc32c_obj)},
    {MP_ROM_QSTR(MP_QSTR_crc32), MP_ROM_PTR(&crc32c_crc32c_obj)}, /* its deprecated name */
    {MP_ROM_QSTR(MP_QSTR_combine), MP_ROM_PTR(&crc32c_combine_obj)},
    {MP_ROM_QSTR(MP_QSTR_CRC32CHash), MP_ROM_PTR(&hash_type)},
    {MP_ROM_QSTR(MP_QSTR_hardware_based), MP_ROM_FALSE},
    {MP_ROM_QSTR(MP_QSTR_big_endian), MP_ROM_INT(0)},
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t mp_module_crc32c = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&globals,
};
MP_REGISTER_MODULE(MP_QSTR_crc32c, mp_module_crc32c);
