/* xxhash: xxHash over the xxhash:xxhash contract, with the interface of the PyPI package xxhash. */
#include <string.h>

#include "py/objint.h"
#include "py/objstr.h"
#include "py/runtime.h"

#include "glue.h"
#include "xxhash_import.h"

typedef xxhash_xxhash_api_value_t value_t;
typedef xxhash_xxhash_api_own_hasher_t own_hasher_t;
typedef xxhash_xxhash_api_borrow_hasher_t borrow_hasher_t;

enum {
    HASHER = 1024, /* what the contract says that one takes at most */
    LONGEST = 16
};

/* Indexed by what the contract has as the algorithm. */
enum { XXH32, XXH64, XXH3_64, XXH3_128, KINDS };
static const struct kind {
    qstr name;
    uint8_t digest_size;
    uint8_t block_size;
} kinds[KINDS] = {
    [XXH32] = {MP_QSTR_XXH32, 4, 16},
    [XXH64] = {MP_QSTR_XXH64, 8, 32},
    [XXH3_64] = {MP_QSTR_XXH3_64, 8, 32},
    [XXH3_128] = {MP_QSTR_XXH3_128, 16, 64},
};

/* ---- Arguments ---- */

/* An int modulo 2^64, or 2^32 for XXH32. Raises TypeError. */
static uint64_t
get_seed(mp_obj_t object, int kind)
{
    if (!mp_obj_is_small_int(object) || MP_OBJ_SMALL_INT_VALUE(object) < 0)
        object = mp_binary_op(MP_BINARY_OP_AND, object, mp_obj_new_int_from_ull(UINT64_MAX));
    uint64_t seed = glue_get_u64(object);
    return kind == XXH32 ? (uint32_t)seed : seed;
}

enum { DATA, SEED, COUNT };
static const mp_arg_t with_data[] = {
    [DATA] = {MP_QSTR_data, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
    [SEED] = {MP_QSTR_seed, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(0)}},
};
static const mp_arg_t without_data[] = {
    [DATA] = {MP_QSTR_data, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_PTR(&mp_const_empty_bytes_obj)}},
    [SEED] = {MP_QSTR_seed, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(0)}},
};

/* ---- The contract ---- */

/* A hasher; false without memory. */
static bool
create(int kind, uint64_t seed, own_hasher_t *own)
{
    return xxhash_xxhash_api_static_hasher_create((xxhash_xxhash_api_algorithm_t)kind, seed, own);
}

/* Room for a slice of so much data, which update() then has. Raises MemoryError. */
static void
reserve(size_t length)
{
    glue_reserve(length < GLUE_SLICE ? length : GLUE_SLICE);
}

/* Does not raise. */
static void
update(borrow_hasher_t hasher, const mp_buffer_info_t *data)
{
    uint8_t *bytes = data->buf;
    for (size_t left = data->len; left > 0;) {
        xxhash_import_list_u8_t slice = {bytes, left < GLUE_SLICE ? left : GLUE_SLICE};
        xxhash_xxhash_api_method_hasher_update(hasher, &slice);
        bytes += slice.len;
        left -= slice.len;
    }
}

/* Raises MemoryError. */
static value_t
hash(int kind, uint64_t seed, const mp_buffer_info_t *data)
{
    value_t value;
    own_hasher_t own;

    if (data->len <= GLUE_SLICE) {
        xxhash_import_list_u8_t list = {data->buf, data->len};
        reserve(data->len);
        xxhash_xxhash_api_hash((xxhash_xxhash_api_algorithm_t)kind, seed, &list, &value);
        return value;
    }
    glue_reserve(HASHER + GLUE_SLICE);
    if (!create(kind, seed, &own))
        mp_raise_type(&mp_type_MemoryError);
    update(xxhash_xxhash_api_borrow_hasher(own), data);
    xxhash_xxhash_api_method_hasher_digest(xxhash_xxhash_api_borrow_hasher(own), &value);
    xxhash_xxhash_api_hasher_drop_own(own);
    return value;
}

/* ---- Forms of a hash ---- */

typedef mp_obj_t form_t(value_t value, size_t size);

/* Most significant first: the hash is the last `size` bytes of these. */
static void
to_bytes(value_t value, uint8_t bytes[LONGEST])
{
    uint64_t parts[2] = {__builtin_bswap64(value.high), __builtin_bswap64(value.low)};
    memcpy(bytes, parts, LONGEST);
}

static mp_obj_t
digest_of(value_t value, size_t size)
{
    uint8_t bytes[LONGEST];

    to_bytes(value, bytes);
    return mp_obj_new_bytes(bytes + LONGEST - size, size);
}

static mp_obj_t
hexdigest_of(value_t value, size_t size)
{
    uint8_t bytes[LONGEST];
    char text[2 * LONGEST];

    to_bytes(value, bytes);
    for (size_t i = 0; i < 2 * size; i++)
        text[i] = "0123456789abcdef"[bytes[LONGEST - size + i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
    return mp_obj_new_str(text, 2 * size);
}

static mp_obj_t
intdigest_of(value_t value, size_t size)
{
    uint8_t bytes[LONGEST];

    to_bytes(value, bytes);
    return mp_obj_int_from_bytes_impl(true, size, bytes + LONGEST - size);
}

/* ---- Functions ---- */

/* (data, seed=0). TypeError, MemoryError. */
static mp_obj_t
one_shot(size_t count, const mp_obj_t *positional, mp_map_t *keywords, int kind, form_t *form)
{
    mp_arg_val_t arguments[COUNT];
    mp_buffer_info_t data;

    mp_arg_parse_all(count, positional, keywords, COUNT, with_data, arguments);
    uint64_t seed = get_seed(arguments[SEED].u_obj, kind);
    glue_get_bytes(arguments[DATA].u_obj, &data);
    return form(hash(kind, seed, &data), kinds[kind].digest_size);
}

#define ONE_SHOT(name, kind, form)                                                                                     \
    static mp_obj_t name##_##form(size_t count, const mp_obj_t *positional, mp_map_t *keywords)                        \
    {                                                                                                                  \
        return one_shot(count, positional, keywords, kind, form##_of);                                                 \
    }                                                                                                                  \
    static MP_DEFINE_CONST_FUN_OBJ_KW(name##_##form##_obj, 0, name##_##form);
#define ONE_SHOTS(name, kind)                                                                                          \
    ONE_SHOT(name, kind, digest)                                                                                       \
    ONE_SHOT(name, kind, hexdigest)                                                                                    \
    ONE_SHOT(name, kind, intdigest)

ONE_SHOTS(xxh32, XXH32)
ONE_SHOTS(xxh64, XXH64)
ONE_SHOTS(xxh3_64, XXH3_64)
ONE_SHOTS(xxh3_128, XXH3_128)

/* ---- Objects ---- */

struct hasher {
    mp_obj_base_t base;
    int32_t handle; /* 0: none */
    int kind;
    uint64_t seed;
};

static const mp_obj_type_t xxh32_type, xxh64_type, xxh3_64_type, xxh3_128_type;
static const mp_obj_type_t *const types[KINDS] = {
    [XXH32] = &xxh32_type,
    [XXH64] = &xxh64_type,
    [XXH3_64] = &xxh3_64_type,
    [XXH3_128] = &xxh3_128_type,
};

/* The kind of a type, the last for any other. */
static int
kind_of(const mp_obj_type_t *type)
{
    int kind = 0;
    while (kind < KINDS - 1 && types[kind] != type)
        kind++;
    return kind;
}

/* Raises TypeError for what is no hash. */
static struct hasher *
get_self(mp_obj_t object)
{
    return glue_get_self(object, types[kind_of(mp_obj_get_type(object))]);
}

/* A method's `self` and its hasher. One whose finaliser a program has called has none: raises ValueError. */
static borrow_hasher_t
get_hasher(mp_obj_t object)
{
    struct hasher *self = get_self(object);
    if (self->handle == 0)
        mp_raise_ValueError(MP_ERROR_TEXT("the hash is closed"));
    return xxhash_xxhash_api_borrow_hasher((own_hasher_t){self->handle});
}

/* Without a handle, and with memory for one: open() follows. Raises MemoryError. */
static struct hasher *
new_hasher(int kind, uint64_t seed)
{
    struct hasher *self = mp_obj_malloc_with_finaliser(struct hasher, types[kind]);
    self->handle = 0;
    self->kind = kind;
    self->seed = seed;
    glue_reserve(HASHER);
    glue_hold(HASHER);
    return self;
}

/* Gives a new object its handle, which its finaliser drops. Raises MemoryError if none was made. */
static mp_obj_t
open(struct hasher *self, bool made, own_hasher_t own)
{
    if (!made) {
        glue_release(HASHER);
        mp_raise_type(&mp_type_MemoryError);
    }
    self->handle = own.__handle;
    return MP_OBJ_FROM_PTR(self);
}

static void
take_in(mp_obj_t object, mp_obj_t argument)
{
    mp_buffer_info_t data;
    borrow_hasher_t hasher = get_hasher(object);

    glue_get_bytes(argument, &data);
    reserve(data.len);
    update(hasher, &data);
}

/* (data=b"", seed=0) */
static mp_obj_t
hasher_make_new(const mp_obj_type_t *type, size_t count, size_t keyword_count, const mp_obj_t *given)
{
    mp_arg_val_t arguments[COUNT];
    own_hasher_t own = {0};
    int kind = kind_of(type);

    mp_arg_parse_all_kw_array(count, keyword_count, given, COUNT, without_data, arguments);
    struct hasher *self = new_hasher(kind, get_seed(arguments[SEED].u_obj, kind));
    bool made = create(kind, self->seed, &own);
    mp_obj_t object = open(self, made, own);
    take_in(object, arguments[DATA].u_obj);
    return object;
}

/* update(data): takes in a bytes-like object. */
static mp_obj_t
hasher_update(mp_obj_t object, mp_obj_t argument)
{
    take_in(object, argument);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(hasher_update_obj, hasher_update);

static mp_obj_t
digest(mp_obj_t object, form_t *form)
{
    value_t value;

    xxhash_xxhash_api_method_hasher_digest(get_hasher(object), &value);
    return form(value, kinds[get_self(object)->kind].digest_size);
}

/* digest() -> bytes: the hash of all data so far, most significant byte first. */
static mp_obj_t
hasher_digest(mp_obj_t object)
{
    return digest(object, digest_of);
}
static MP_DEFINE_CONST_FUN_OBJ_1(hasher_digest_obj, hasher_digest);

/* hexdigest() -> str */
static mp_obj_t
hasher_hexdigest(mp_obj_t object)
{
    return digest(object, hexdigest_of);
}
static MP_DEFINE_CONST_FUN_OBJ_1(hasher_hexdigest_obj, hasher_hexdigest);

/* intdigest() -> int */
static mp_obj_t
hasher_intdigest(mp_obj_t object)
{
    return digest(object, intdigest_of);
}
static MP_DEFINE_CONST_FUN_OBJ_1(hasher_intdigest_obj, hasher_intdigest);

/* reset(): forgets all data, and keeps the seed. */
static mp_obj_t
hasher_reset(mp_obj_t object)
{
    xxhash_xxhash_api_method_hasher_reset(get_hasher(object));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(hasher_reset_obj, hasher_reset);

/* copy(): an independent object in the same state. MemoryError. */
static mp_obj_t
hasher_copy(mp_obj_t object)
{
    const struct hasher *self = get_self(object);
    borrow_hasher_t hasher = get_hasher(object);
    struct hasher *copy = new_hasher(self->kind, self->seed);
    own_hasher_t own = {0};
    bool made = xxhash_xxhash_api_method_hasher_copy(hasher, &own);
    return open(copy, made, own);
}
static MP_DEFINE_CONST_FUN_OBJ_1(hasher_copy_obj, hasher_copy);

/* __del__(): the collector's, or anybody's. */
static mp_obj_t
hasher_del(mp_obj_t object)
{
    struct hasher *self = get_self(object);

    if (self->handle != 0) {
        xxhash_xxhash_api_hasher_drop_own((own_hasher_t){self->handle});
        glue_release(HASHER);
    }
    self->handle = 0;
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(hasher_del_obj, hasher_del);

/* The read-only attributes. */
static void
hasher_attr(mp_obj_t object, qstr attribute, mp_obj_t *destination)
{
    const struct hasher *self = MP_OBJ_TO_PTR(object);

    if (destination[0] != MP_OBJ_NULL)
        return; /* not stored: AttributeError */
    if (attribute == MP_QSTR_name)
        destination[0] = MP_OBJ_NEW_QSTR(kinds[self->kind].name);
    else if (attribute == MP_QSTR_digest_size || attribute == MP_QSTR_digestsize)
        destination[0] = MP_OBJ_NEW_SMALL_INT(kinds[self->kind].digest_size);
    else if (attribute == MP_QSTR_block_size)
        destination[0] = MP_OBJ_NEW_SMALL_INT(kinds[self->kind].block_size);
    else if (attribute == MP_QSTR_seed)
        destination[0] = mp_obj_new_int_from_ull(self->seed);
    else
        destination[1] = MP_OBJ_SENTINEL; /* go on in the table */
}

static const mp_rom_map_elem_t hasher_table[] = {
    {MP_ROM_QSTR(MP_QSTR_update), MP_ROM_PTR(&hasher_update_obj)},
    {MP_ROM_QSTR(MP_QSTR_digest), MP_ROM_PTR(&hasher_digest_obj)},
    {MP_ROM_QSTR(MP_QSTR_hexdigest), MP_ROM_PTR(&hasher_hexdigest_obj)},
    {MP_ROM_QSTR(MP_QSTR_intdigest), MP_ROM_PTR(&hasher_intdigest_obj)},
    {MP_ROM_QSTR(MP_QSTR_reset), MP_ROM_PTR(&hasher_reset_obj)},
    {MP_ROM_QSTR(MP_QSTR_copy), MP_ROM_PTR(&hasher_copy_obj)},
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&hasher_del_obj)},
};
static MP_DEFINE_CONST_DICT(hasher_dict, hasher_table);

#define TYPE(name)                                                                                                     \
    static MP_DEFINE_CONST_OBJ_TYPE(name##_type, MP_QSTR_##name, MP_TYPE_FLAG_NONE, make_new, hasher_make_new, attr,   \
                                    hasher_attr, locals_dict, &hasher_dict);
TYPE(xxh32)
TYPE(xxh64)
TYPE(xxh3_64)
TYPE(xxh3_128)

/* ---- The module ---- */

/* Of the package whose interface this is. */
static const MP_DEFINE_STR_OBJ(version_obj, "4.1.0");

#define NAMES(name, of)                                                                                                \
    {MP_ROM_QSTR(MP_QSTR_##name), MP_ROM_PTR(&of##_type)},                                                             \
    {MP_ROM_QSTR(MP_QSTR_##name##_digest), MP_ROM_PTR(&of##_digest_obj)},                                              \
    {MP_ROM_QSTR(MP_QSTR_##name##_hexdigest), MP_ROM_PTR(&of##_hexdigest_obj)},                                        \
    {MP_ROM_QSTR(MP_QSTR_##name##_intdigest), MP_ROM_PTR(&of##_intdigest_obj)},

static const mp_rom_map_elem_t globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_xxhash)},
    {MP_ROM_QSTR(MP_QSTR_VERSION), MP_ROM_PTR(&version_obj)},
    NAMES(xxh32, xxh32)
    NAMES(xxh64, xxh64)
    NAMES(xxh3_64, xxh3_64)
    NAMES(xxh3_128, xxh3_128)
    NAMES(xxh128, xxh3_128)
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t mp_module_xxhash = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&globals,
};
MP_REGISTER_MODULE(MP_QSTR_xxhash, mp_module_xxhash);
