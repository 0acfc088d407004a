/* decompressobj() of the module zlib, and the objects that it returns. */
#include <string.h>

#include "py/objstr.h"
#include "py/runtime.h"

#include "zlib_stream.h"

struct decompress {
    struct zlib_stream stream;
    bool eof;
    mp_obj_t unused_data;     /* bytes behind the end of the stream */
    mp_obj_t unconsumed_tail; /* bytes that a limit has kept back */
    mp_obj_t zdict;           /* MP_OBJ_NULL: none */
};

static const mp_obj_type_t decompress_type;

/* A Decompress object without a stream. */
static struct decompress *
new_decompress(void)
{
    struct decompress *self = mp_obj_malloc_with_finaliser(struct decompress, &decompress_type);
    self->stream.handle = 0;
    self->eof = false;
    self->unused_data = mp_const_empty_bytes;
    self->unconsumed_tail = mp_const_empty_bytes;
    self->zdict = MP_OBJ_NULL;
    return self;
}

/* Gives the stream its dictionary. Raises zlib.error for a wrong one, and TypeError. */
static void
set_zdict(struct decompress *self)
{
    mp_buffer_info_t dictionary;

    glue_get_bytes(self->zdict, &dictionary);
    int code = zlib_stream_set_dictionary(&self->stream, &dictionary);
    if (code != Z_OK)
        zlib_stream_raise(&self->stream, code, "while setting zdict");
}

/* decompressobj(wbits=MAX_WBITS[, zdict]). ValueError for window bits that zlib refuses, TypeError for a dictionary
 * that is not bytes-like; MemoryError. */
static mp_obj_t
zlib_decompressobj(size_t count, const mp_obj_t *positional, mp_map_t *keywords)
{
    enum { WBITS, ZDICT, COUNT };
    static const mp_arg_t allowed[] = {
        [WBITS] = {MP_QSTR_wbits, MP_ARG_INT, {.u_int = MAX_WBITS}},
        [ZDICT] = {MP_QSTR_zdict, MP_ARG_OBJ, {.u_obj = MP_OBJ_NULL}},
    };
    mp_arg_val_t given[COUNT];
    mp_buffer_info_t dictionary;

    mp_arg_parse_all(count, positional, keywords, COUNT, allowed, given);
    mp_int_t window_bits = given[WBITS].u_int;
    mp_obj_t zdict = given[ZDICT].u_obj;
    if (zdict != MP_OBJ_NULL && (mp_obj_is_str(zdict) || !mp_get_buffer(zdict, &dictionary, MP_BUFFER_READ)))
        mp_raise_TypeError(MP_ERROR_TEXT("zdict argument must support the buffer protocol"));
    struct decompress *self = new_decompress();
    self->zdict = zdict;
    int code = zlib_stream_inflate(&self->stream, window_bits);
    switch (code) {
    case Z_OK:
        break;
    case Z_MEM_ERROR:
        mp_raise_msg(&mp_type_MemoryError, MP_ERROR_TEXT("Can't allocate memory for decompression object"));
    case Z_STREAM_ERROR:
        mp_raise_ValueError(MP_ERROR_TEXT("Invalid initialization option"));
    default:
        zlib_stream_raise(&self->stream, code, "while creating decompression object");
    }
    /* A raw stream has no header that would ask for it. */
    if (zdict != MP_OBJ_NULL && window_bits < 0)
        set_zdict(self);
    return MP_OBJ_FROM_PTR(self);
}
MP_DEFINE_CONST_FUN_OBJ_KW(zlib_decompressobj_obj, 0, zlib_decompressobj);

/* Keeps what is left of the input, after a call that came to `code`, as CPython does. */
static void
save_input(struct decompress *self, const struct zlib_input *input, int code)
{
    bool at_end = code == Z_STREAM_END;

    if (at_end && input->length > 0) {
        mp_buffer_info_t before;
        vstr_t text;

        mp_get_buffer_raise(self->unused_data, &before, MP_BUFFER_READ);
        vstr_init_len(&text, before.len + input->length);
        if (before.len > 0)
            memcpy(text.buf, before.buf, before.len);
        memcpy(text.buf + before.len, input->bytes, input->length);
        self->unused_data = mp_obj_new_bytes_from_vstr(&text);
    }
    if ((!at_end && input->length > 0) || mp_obj_is_true(self->unconsumed_tail))
        self->unconsumed_tail = mp_obj_new_bytes(input->bytes, input->length);
}

/* decompress(data, /, max_length=0) -> bytes. What the limit keeps back of the data is in unconsumed_tail, what follows
 * the end of the stream in unused_data. zlib.error, ValueError for a negative limit, MemoryError. */
static mp_obj_t
decompress_decompress(size_t count, const mp_obj_t *positional, mp_map_t *keywords)
{
    enum { MAX_LENGTH, COUNT };
    static const mp_arg_t allowed[] = {
        [MAX_LENGTH] = {MP_QSTR_max_length, MP_ARG_INT, {.u_int = 0}},
    };
    struct decompress *self = glue_get_self(positional[0], &decompress_type);
    mp_arg_val_t given[COUNT];
    mp_buffer_info_t buffer;
    struct glue_output output;
    int code;

    glue_get_bytes(positional[1], &buffer);
    mp_arg_parse_all(count - 2, positional + 2, keywords, COUNT, allowed, given);
    mp_int_t limit = given[MAX_LENGTH].u_int;
    if (limit < 0)
        mp_raise_ValueError(MP_ERROR_TEXT("max_length must be non-negative"));
    struct zlib_input input = {buffer.buf, buffer.len};
    glue_output_begin(&output, 256);
    while ((code = zlib_stream_work(&self->stream, &input, Z_SYNC_FLUSH, limit, &output)) == Z_NEED_DICT &&
           self->zdict != MP_OBJ_NULL)
        set_zdict(self);
    save_input(self, &input, code);
    if (code == Z_STREAM_END)
        self->eof = true;
    else if (code != Z_OK && code != Z_BUF_ERROR)
        zlib_stream_raise(&self->stream, code, "while decompressing data");
    return glue_output_end(&output);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(decompress_decompress_obj, 2, decompress_decompress);

/* flush(length=DEF_BUF_SIZE, /) -> bytes: all that the input so far gives. `length` is how many to expect. It says
 * nothing of broken data, as CPython's does not. ValueError for a length below 1. */
static mp_obj_t
decompress_flush(size_t count, const mp_obj_t *arguments)
{
    struct decompress *self = glue_get_self(arguments[0], &decompress_type);
    mp_int_t length = count > 1 ? mp_obj_get_int(arguments[1]) : DEF_BUF_SIZE;
    mp_buffer_info_t buffer;
    struct glue_output output;

    if (length <= 0)
        mp_raise_ValueError(MP_ERROR_TEXT("length must be greater than zero"));
    mp_get_buffer_raise(self->unconsumed_tail, &buffer, MP_BUFFER_READ);
    struct zlib_input input = {buffer.buf, buffer.len};
    glue_output_begin(&output, count > 1 ? length : 256);
    int code = zlib_stream_work(&self->stream, &input, Z_FINISH, 0, &output);
    save_input(self, &input, code);
    if (code == Z_STREAM_END) {
        self->eof = true;
        zlib_stream_close(&self->stream);
    }
    return glue_output_end(&output);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(decompress_flush_obj, 1, 2, decompress_flush);

/* copy(): an independent object in the same state. ValueError for a stream that has ended; MemoryError. */
static mp_obj_t
decompress_copy(size_t count, const mp_obj_t *arguments)
{
    const struct decompress *self = glue_get_self(arguments[0], &decompress_type);
    struct decompress *copy = new_decompress();

    (void)count; /* __deepcopy__ has a memo */
    copy->eof = self->eof;
    copy->unused_data = self->unused_data;
    copy->unconsumed_tail = self->unconsumed_tail;
    copy->zdict = self->zdict;
    zlib_stream_check_copy(&copy->stream, zlib_stream_copy(&copy->stream, &self->stream));
    return MP_OBJ_FROM_PTR(copy);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(decompress_copy_obj, 1, 2, decompress_copy);

/* __del__(): the collector's, or anybody's. */
static mp_obj_t
decompress_del(mp_obj_t object)
{
    struct decompress *self = glue_get_self(object, &decompress_type);
    zlib_stream_close(&self->stream);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(decompress_del_obj, decompress_del);

/* The read-only attributes unused_data, unconsumed_tail and eof. */
static void
decompress_attr(mp_obj_t object, qstr attribute, mp_obj_t *destination)
{
    const struct decompress *self = MP_OBJ_TO_PTR(object);

    if (destination[0] != MP_OBJ_NULL)
        return; /* not stored: AttributeError */
    if (attribute == MP_QSTR_unused_data)
        destination[0] = self->unused_data;
    else if (attribute == MP_QSTR_unconsumed_tail)
        destination[0] = self->unconsumed_tail;
    else if (attribute == MP_QSTR_eof)
        destination[0] = mp_obj_new_bool(self->eof);
    else
        destination[1] = MP_OBJ_SENTINEL; /* go on in the table */
}

static const mp_rom_map_elem_t decompress_table[] = {
    {MP_ROM_QSTR(MP_QSTR_decompress), MP_ROM_PTR(&decompress_decompress_obj)},
    {MP_ROM_QSTR(MP_QSTR_flush), MP_ROM_PTR(&decompress_flush_obj)},
    {MP_ROM_QSTR(MP_QSTR_copy), MP_ROM_PTR(&decompress_copy_obj)},
    {MP_ROM_QSTR(MP_QSTR___copy__), MP_ROM_PTR(&decompress_copy_obj)},
    {MP_ROM_QSTR(MP_QSTR___deepcopy__), MP_ROM_PTR(&decompress_copy_obj)},
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&decompress_del_obj)},
};
static MP_DEFINE_CONST_DICT(decompress_dict, decompress_table);

static MP_DEFINE_CONST_OBJ_TYPE(decompress_type, MP_QSTR_Decompress, MP_TYPE_FLAG_NONE, attr, decompress_attr,
                                locals_dict, &decompress_dict);
