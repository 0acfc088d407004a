/* zlib: the interface of CPython's module over the zlib:compression contract. */
#include <string.h>

#include "py/objexcept.h"
#include "py/runtime.h"

#include "zlib_import.h"
#include "zlib_stream.h"

/* ---- Checksums ---- */

static uint32_t
crc32(uint32_t value, const uint8_t *bytes, size_t count)
{
    zlib_import_list_u8_t list = {(uint8_t *)bytes, count};
    return zlib_compression_checksum_crc32(value, &list);
}

static uint32_t
adler32(uint32_t value, const uint8_t *bytes, size_t count)
{
    zlib_import_list_u8_t list = {(uint8_t *)bytes, count};
    return zlib_compression_checksum_adler32(value, &list);
}

/* crc32(data, value=0, /) -> int. `value` is reduced modulo 2^32. TypeError for what is not bytes-like. */
static mp_obj_t
zlib_crc32(size_t count, const mp_obj_t *arguments)
{
    uint32_t value = count > 1 ? glue_get_u32(arguments[1]) : 0;
    return mp_obj_new_int_from_uint(glue_checksum(crc32, value, arguments[0]));
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(zlib_crc32_obj, 1, 2, zlib_crc32);

/* adler32(data, value=1, /) -> int */
static mp_obj_t
zlib_adler32(size_t count, const mp_obj_t *arguments)
{
    uint32_t value = count > 1 ? glue_get_u32(arguments[1]) : 1;
    return mp_obj_new_int_from_uint(glue_checksum(adler32, value, arguments[0]));
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(zlib_adler32_obj, 1, 2, zlib_adler32);

/* crc32_combine(first, second, second_length, /) -> int: the checksum of a concatenation, from those of both parts and
 * the length of the second in bytes. OverflowError for a length that is negative or above 2^64 - 1. */
static mp_obj_t
zlib_crc32_combine(mp_obj_t first, mp_obj_t second, mp_obj_t second_length)
{
    uint64_t length = glue_get_u64(second_length);
    return mp_obj_new_int_from_uint(
        zlib_compression_checksum_crc32_combine(glue_get_u32(first), glue_get_u32(second), length));
}
static MP_DEFINE_CONST_FUN_OBJ_3(zlib_crc32_combine_obj, zlib_crc32_combine);

/* adler32_combine(first, second, second_length, /) -> int: as crc32_combine(). */
static mp_obj_t
zlib_adler32_combine(mp_obj_t first, mp_obj_t second, mp_obj_t second_length)
{
    uint64_t length = glue_get_u64(second_length);
    return mp_obj_new_int_from_uint(
        zlib_compression_checksum_adler32_combine(glue_get_u32(first), glue_get_u32(second), length));
}
static MP_DEFINE_CONST_FUN_OBJ_3(zlib_adler32_combine_obj, zlib_adler32_combine);

/* ---- At once ---- */

/* Works through `data` with `stream`, which is open, and closes it, also when something raises. The result is the
 * code of the last step; `output` has been begun. */
static int
work_at_once(struct zlib_stream *stream, const mp_buffer_info_t *data, struct glue_output *output, size_t hint)
{
    struct zlib_stream_guard guard = {.stream = stream};
    struct zlib_input input = {data->buf, data->len};

    nlr_push_jump_callback(&guard.node, zlib_stream_close_guarded);
    glue_output_begin(output, hint);
    int code = zlib_stream_work(stream, &input, Z_FINISH, 0, output);
    nlr_pop_jump_callback(true);
    return code;
}

/* compress(data, /, level=-1, wbits=MAX_WBITS) -> bytes. zlib.error for options that zlib refuses, MemoryError. */
static mp_obj_t
zlib_compress(size_t count, const mp_obj_t *positional, mp_map_t *keywords)
{
    enum { LEVEL, WBITS, COUNT };
    static const mp_arg_t allowed[] = {
        [LEVEL] = {MP_QSTR_level, MP_ARG_INT, {.u_int = Z_DEFAULT_COMPRESSION}},
        [WBITS] = {MP_QSTR_wbits, MP_ARG_INT, {.u_int = MAX_WBITS}},
    };
    mp_arg_val_t given[COUNT];
    mp_buffer_info_t data;
    struct glue_output output;
    struct zlib_stream stream;

    glue_get_bytes(positional[0], &data);
    mp_arg_parse_all(count - 1, positional + 1, keywords, COUNT, allowed, given);
    int code = zlib_stream_deflate(&stream, given[LEVEL].u_int, DEFLATED, given[WBITS].u_int, DEF_MEM_LEVEL,
                                   Z_DEFAULT_STRATEGY);
    if (code == Z_STREAM_ERROR)
        mp_raise_msg(&zlib_error_type, MP_ERROR_TEXT("Bad compression level"));
    if (code == Z_OK)
        code = work_at_once(&stream, &data, &output, data.len < DEF_BUF_SIZE ? data.len / 2 + 64 : DEF_BUF_SIZE);
    if (code == Z_MEM_ERROR)
        mp_raise_msg(&mp_type_MemoryError, MP_ERROR_TEXT("Out of memory while compressing data"));
    if (code != Z_STREAM_END)
        zlib_stream_raise(&stream, code, "while compressing data");
    return glue_output_end(&output);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(zlib_compress_obj, 1, zlib_compress);

/* decompress(data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE) -> bytes. `bufsize` is how many bytes to expect.
 * zlib.error, also for data behind which there has to be more; ValueError for a negative bufsize; MemoryError. */
static mp_obj_t
zlib_decompress(size_t count, const mp_obj_t *positional, mp_map_t *keywords)
{
    enum { WBITS, BUFSIZE, COUNT };
    static const mp_arg_t allowed[] = {
        [WBITS] = {MP_QSTR_wbits, MP_ARG_INT, {.u_int = MAX_WBITS}},
        [BUFSIZE] = {MP_QSTR_bufsize, MP_ARG_INT, {.u_int = DEF_BUF_SIZE}},
    };
    mp_arg_val_t given[COUNT];
    mp_buffer_info_t data;
    struct glue_output output;
    struct zlib_stream stream;

    glue_get_bytes(positional[0], &data);
    mp_arg_parse_all(count - 1, positional + 1, keywords, COUNT, allowed, given);
    if (given[BUFSIZE].u_int < 0)
        mp_raise_ValueError(MP_ERROR_TEXT("bufsize must be non-negative"));
    int code = zlib_stream_inflate(&stream, given[WBITS].u_int);
    if (code != Z_OK && code != Z_MEM_ERROR)
        zlib_stream_raise(&stream, code, "while preparing to decompress data");
    /* Little data rarely gives that much. */
    size_t likely = data.len < DEF_BUF_SIZE ? 32 * data.len + 64 : SIZE_MAX;
    size_t expected = given[BUFSIZE].u_int;
    if (code == Z_OK)
        code = work_at_once(&stream, &data, &output, expected < likely ? expected : likely);
    if (code == Z_MEM_ERROR)
        mp_raise_msg(&mp_type_MemoryError, MP_ERROR_TEXT("Out of memory while decompressing data"));
    if (code != Z_STREAM_END)
        zlib_stream_raise(&stream, code == Z_OK ? Z_BUF_ERROR : code, "while decompressing data");
    return glue_output_end(&output);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(zlib_decompress_obj, 1, zlib_decompress);

/* ---- The module ---- */

MP_DEFINE_CONST_OBJ_TYPE(zlib_error_type, MP_QSTR_error, MP_TYPE_FLAG_NONE, make_new, mp_obj_exception_make_new, print,
                         mp_obj_exception_print, attr, mp_obj_exception_attr, parent, &mp_type_Exception);

/* The attributes ZLIB_VERSION and ZLIB_RUNTIME_VERSION, which only the cap knows. A __getattr__ would have to raise for
 * other names, which an import does not expect. */
void
mp_module_zlib_attr(mp_obj_t module, qstr attribute, mp_obj_t *destination)
{
    char text[32];
    zlib_import_string_t version;

    (void)module;
    if (attribute != MP_QSTR_ZLIB_VERSION && attribute != MP_QSTR_ZLIB_RUNTIME_VERSION)
        return;
    if (destination[0] != MP_OBJ_NULL)
        return; /* not stored: AttributeError */
    glue_reserve(sizeof text);
    zlib_compression_streams_library_version(&version);
    size_t length = version.len < sizeof text ? version.len : sizeof text;
    memcpy(text, version.ptr, length);
    zlib_import_string_free(&version);
    destination[0] = mp_obj_new_str(text, length);
}

#define CONSTANT(name) {MP_ROM_QSTR(MP_QSTR_##name), MP_ROM_INT(name)}

static const mp_rom_map_elem_t globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_zlib)},
    {MP_ROM_QSTR(MP_QSTR_compress), MP_ROM_PTR(&zlib_compress_obj)},
    {MP_ROM_QSTR(MP_QSTR_decompress), MP_ROM_PTR(&zlib_decompress_obj)},
    {MP_ROM_QSTR(MP_QSTR_compressobj), MP_ROM_PTR(&zlib_compressobj_obj)},
    {MP_ROM_QSTR(MP_QSTR_decompressobj), MP_ROM_PTR(&zlib_decompressobj_obj)},
    {MP_ROM_QSTR(MP_QSTR_crc32), MP_ROM_PTR(&zlib_crc32_obj)},
    {MP_ROM_QSTR(MP_QSTR_adler32), MP_ROM_PTR(&zlib_adler32_obj)},
    {MP_ROM_QSTR(MP_QSTR_crc32_combine), MP_ROM_PTR(&zlib_crc32_combine_obj)},
    {MP_ROM_QSTR(MP_QSTR_adler32_combine), MP_ROM_PTR(&zlib_adler32_combine_obj)},
    {MP_ROM_QSTR(MP_QSTR_error), MP_ROM_PTR(&zlib_error_type)},
    CONSTANT(DEFLATED),
    CONSTANT(DEF_BUF_SIZE),
    CONSTANT(DEF_MEM_LEVEL),
    CONSTANT(MAX_WBITS),
    CONSTANT(Z_DEFAULT_COMPRESSION),
    {MP_ROM_QSTR(MP_QSTR_Z_NO_COMPRESSION), MP_ROM_INT(0)},
    {MP_ROM_QSTR(MP_QSTR_Z_BEST_SPEED), MP_ROM_INT(1)},
    {MP_ROM_QSTR(MP_QSTR_Z_BEST_COMPRESSION), MP_ROM_INT(9)},
    CONSTANT(Z_DEFAULT_STRATEGY),
    CONSTANT(Z_FILTERED),
    CONSTANT(Z_HUFFMAN_ONLY),
    CONSTANT(Z_RLE),
    CONSTANT(Z_FIXED),
    CONSTANT(Z_NO_FLUSH),
    CONSTANT(Z_PARTIAL_FLUSH),
    CONSTANT(Z_SYNC_FLUSH),
    CONSTANT(Z_FULL_FLUSH),
    CONSTANT(Z_FINISH),
    CONSTANT(Z_BLOCK),
    CONSTANT(Z_TREES),
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t mp_module_zlib = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&globals,
};
MP_REGISTER_MODULE(MP_QSTR_zlib, mp_module_zlib);
MP_REGISTER_MODULE_DELEGATION(mp_module_zlib, mp_module_zlib_attr);
