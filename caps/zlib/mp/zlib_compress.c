/* compressobj() of the module zlib, and the objects that it returns. */
#include "py/objstr.h"
#include "py/runtime.h"

#include "zlib_stream.h"

static const mp_obj_type_t compress_type;

/* A Compress object without a stream. The stream is closed by the finaliser at the latest. */
static struct zlib_stream *
new_compress(void)
{
    struct zlib_stream *self = mp_obj_malloc_with_finaliser(struct zlib_stream, &compress_type);
    self->handle = 0;
    return self;
}

/* compressobj(level=-1, method=DEFLATED, wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL, strategy=Z_DEFAULT_STRATEGY[, zdict])
 * ValueError for an option or a dictionary that zlib refuses; MemoryError. */
static mp_obj_t
zlib_compressobj(size_t count, const mp_obj_t *positional, mp_map_t *keywords)
{
    enum { LEVEL, METHOD, WBITS, MEM_LEVEL, STRATEGY, ZDICT, COUNT };
    static const mp_arg_t allowed[] = {
        [LEVEL] = {MP_QSTR_level, MP_ARG_INT, {.u_int = Z_DEFAULT_COMPRESSION}},
        [METHOD] = {MP_QSTR_method, MP_ARG_INT, {.u_int = DEFLATED}},
        [WBITS] = {MP_QSTR_wbits, MP_ARG_INT, {.u_int = MAX_WBITS}},
        [MEM_LEVEL] = {MP_QSTR_memLevel, MP_ARG_INT, {.u_int = DEF_MEM_LEVEL}},
        [STRATEGY] = {MP_QSTR_strategy, MP_ARG_INT, {.u_int = Z_DEFAULT_STRATEGY}},
        [ZDICT] = {MP_QSTR_zdict, MP_ARG_OBJ, {.u_obj = MP_OBJ_NULL}},
    };
    mp_arg_val_t given[COUNT];
    mp_buffer_info_t dictionary;

    mp_arg_parse_all(count, positional, keywords, COUNT, allowed, given);
    bool has_dictionary = given[ZDICT].u_obj != MP_OBJ_NULL;
    if (has_dictionary)
        glue_get_bytes(given[ZDICT].u_obj, &dictionary);
    struct zlib_stream *self = new_compress();
    int code = zlib_stream_deflate(self, given[LEVEL].u_int, given[METHOD].u_int, given[WBITS].u_int,
                                   given[MEM_LEVEL].u_int, given[STRATEGY].u_int);
    switch (code) {
    case Z_OK:
        break;
    case Z_MEM_ERROR:
        mp_raise_msg(&mp_type_MemoryError, MP_ERROR_TEXT("Can't allocate memory for compression object"));
    case Z_STREAM_ERROR:
        mp_raise_ValueError(MP_ERROR_TEXT("Invalid initialization option"));
    default:
        zlib_stream_raise(self, code, "while creating compression object");
    }
    if (has_dictionary && zlib_stream_set_dictionary(self, &dictionary) != Z_OK) {
        zlib_stream_close(self);
        mp_raise_ValueError(MP_ERROR_TEXT("Invalid dictionary"));
    }
    return MP_OBJ_FROM_PTR(self);
}
MP_DEFINE_CONST_FUN_OBJ_KW(zlib_compressobj_obj, 0, zlib_compressobj);

/* compress(data, /) -> bytes. zlib.error once the stream has been finished; MemoryError, after which the stream has
 * lost output and is of no more use. */
static mp_obj_t
compress_compress(mp_obj_t object, mp_obj_t data)
{
    struct zlib_stream *self = glue_get_self(object, &compress_type);
    mp_buffer_info_t buffer;
    struct glue_output output;

    glue_get_bytes(data, &buffer);
    struct zlib_input input = {buffer.buf, buffer.len};
    glue_output_begin(&output, 256);
    int code = zlib_stream_work(self, &input, Z_NO_FLUSH, 0, &output);
    if (code == Z_STREAM_ERROR)
        zlib_stream_raise(self, code, "while compressing data");
    return glue_output_end(&output);
}
static MP_DEFINE_CONST_FUN_OBJ_2(compress_compress_obj, compress_compress);

/* flush(mode=Z_FINISH, /) -> bytes. Z_FINISH ends the stream. zlib.error for an unknown mode. */
static mp_obj_t
compress_flush(size_t count, const mp_obj_t *arguments)
{
    struct zlib_stream *self = glue_get_self(arguments[0], &compress_type);
    mp_int_t mode = count > 1 ? mp_obj_get_int(arguments[1]) : Z_FINISH;
    struct zlib_input input = {NULL, 0};
    struct glue_output output;

    if (mode == Z_NO_FLUSH)
        return mp_const_empty_bytes;
    glue_output_begin(&output, 256);
    int code = zlib_stream_work(self, &input, mode, 0, &output);
    if (code == Z_STREAM_END && mode == Z_FINISH)
        zlib_stream_close(self);
    else if (code != Z_OK && code != Z_BUF_ERROR)
        zlib_stream_raise(self, code, "while flushing");
    return glue_output_end(&output);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(compress_flush_obj, 1, 2, compress_flush);

/* copy(): an independent object in the same state. ValueError for a stream that has been finished; MemoryError. */
static mp_obj_t
compress_copy(size_t count, const mp_obj_t *arguments)
{
    const struct zlib_stream *self = glue_get_self(arguments[0], &compress_type);
    struct zlib_stream *copy = new_compress();

    (void)count; /* __deepcopy__ has a memo */
    zlib_stream_check_copy(copy, zlib_stream_copy(copy, self));
    return MP_OBJ_FROM_PTR(copy);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(compress_copy_obj, 1, 2, compress_copy);

/* __del__(): the collector's, or anybody's. */
static mp_obj_t
compress_del(mp_obj_t object)
{
    zlib_stream_close(glue_get_self(object, &compress_type));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(compress_del_obj, compress_del);

static const mp_rom_map_elem_t compress_table[] = {
    {MP_ROM_QSTR(MP_QSTR_compress), MP_ROM_PTR(&compress_compress_obj)},
    {MP_ROM_QSTR(MP_QSTR_flush), MP_ROM_PTR(&compress_flush_obj)},
    {MP_ROM_QSTR(MP_QSTR_copy), MP_ROM_PTR(&compress_copy_obj)},
    {MP_ROM_QSTR(MP_QSTR___copy__), MP_ROM_PTR(&compress_copy_obj)},
    {MP_ROM_QSTR(MP_QSTR___deepcopy__), MP_ROM_PTR(&compress_copy_obj)},
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&compress_del_obj)},
};
static MP_DEFINE_CONST_DICT(compress_dict, compress_table);

static MP_DEFINE_CONST_OBJ_TYPE(compress_type, MP_QSTR_Compress, MP_TYPE_FLAG_NONE, locals_dict, &compress_dict);
