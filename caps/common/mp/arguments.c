/* See arguments.h. */
#include "arguments.h"

#include <math.h>
#include <string.h>

#include "py/objint.h"
#include "py/objtuple.h"
#include "py/runtime.h"

#include "answers.h"
#include "glue.h"
#include "values.h"

/* TypeError: `name` must be `what`, and the object is something else. */
static _Noreturn void
raise_type(mp_obj_t object, const char *name, const char *what)
{
    mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("%s must be %s, not %s"), name, what,
                      mp_obj_get_type_str(object));
}

/* ---- Numbers ---- */

/* The int that an object stands for. TypeError for one that stands for none. */
static mp_obj_t
integer(mp_obj_t object, const char *name)
{
    mp_obj_t number = mp_unary_op(MP_UNARY_OP_INT_MAYBE, object);

    if (number == MP_OBJ_NULL || !mp_obj_is_int(number))
        raise_type(object, name, "an integer");
    return number;
}

/* Whether an int is in the bounds, and its bits. */
static bool
fits(mp_obj_t number, int64_t least, uint64_t most, uint64_t *bits)
{
    uint8_t bytes[sizeof(uint64_t)];

    if (mp_obj_is_small_int(number)) {
        *bits = (uint64_t)(int64_t)MP_OBJ_SMALL_INT_VALUE(number);
    } else {
        if (!mp_obj_int_to_bytes_impl(number, true, sizeof bytes, bytes))
            return false;
        *bits = 0;
        for (size_t i = 0; i < sizeof bytes; i++)
            *bits = *bits << 8 | bytes[i];
    }
    return mp_obj_int_sign(number) < 0 ? (int64_t)*bits < 0 && (int64_t)*bits >= least : *bits <= most;
}

static _Noreturn void
raise_bounds(const char *name, int64_t least, uint64_t most)
{
    vstr_t text;
    mp_print_t print;

    vstr_init_print(&text, 64, &print);
    mp_printf(&print, "%s must be between ", name);
    mp_obj_print_helper(&print, mp_obj_new_int_from_ll(least), PRINT_STR);
    mp_print_str(&print, " and ");
    mp_obj_print_helper(&print, mp_obj_new_int_from_ull(most), PRINT_STR);
    nlr_raise(mp_obj_new_exception_arg1(&mp_type_OverflowError, mp_obj_new_str_from_vstr(&text)));
}

uint64_t
glue_read_integer(mp_obj_t object, const char *name, int64_t least, uint64_t most)
{
    uint64_t bits;

    if (!fits(integer(object, name), least, most, &bits))
        raise_bounds(name, least, most);
    return bits;
}

void
glue_read_f64(mp_obj_t object, const char *name, double *value)
{
    if (!mp_obj_get_float_maybe(object, value))
        raise_type(object, name, "a number");
}

void
glue_read_f32(mp_obj_t object, const char *name, float *value)
{
    double wide;

    glue_read_f64(object, name, &wide);
    *value = (float)wide;
    if (isinf(*value) && !isinf(wide))
        mp_raise_msg_varg(&mp_type_OverflowError, MP_ERROR_TEXT("%s is too large for 32 bits"), name);
}

/* ---- Text ---- */

static _Noreturn void
raise_surrogate(const mp_obj_type_t *type, const char *name)
{
    mp_raise_msg_varg(type, MP_ERROR_TEXT("%s must not have surrogates"), name);
}

void
glue_read_char(mp_obj_t object, const char *name, uint32_t *value)
{
    size_t length, taken;

    if (!mp_obj_is_str(object))
        raise_type(object, name, "a str of one character");
    const char *text = mp_obj_str_get_data(object, &length);
    taken = glue_character((const uint8_t *)text, length, value);
    if (length == 0 || (taken > 0 && taken < length))
        raise_type(object, name, "a str of one character");
    if (taken == 0)
        raise_surrogate(&mp_type_ValueError, name);
}

/* Makes memory of the call's own of bytes that are an object's. */
static void
copy(struct glue_held *held, uint8_t **data, size_t length)
{
    uint8_t *copied = held->answer != NULL ? glue_answer_memory(held->answer, length) : m_malloc(length == 0 ? 1 : length);

    memcpy(copied, *data, length);
    *data = copied;
}

void
glue_held_text(struct glue_held *held, mp_obj_t object, const char *name, uint8_t **data, size_t *length)
{
    if (!mp_obj_is_str(object))
        raise_type(object, name, "str");
    *data = (uint8_t *)mp_obj_str_get_data(object, length);
    if (!glue_is_utf8(*data, *length))
        raise_surrogate(&mp_type_UnicodeError, name);
    held->size += *length;
    if (held->answer != NULL)
        copy(held, data, *length);
}

/* ---- Values of several parts ---- */

const mp_obj_t *
glue_read_tuple(mp_obj_t object, const char *name, const char *class, size_t count)
{
    const mp_obj_type_t *type = mp_obj_get_type(object);
    const char *colon = *class == '\0' ? "" : ": ";
    size_t length;
    mp_obj_t *items;

    if (type->flags & MP_TYPE_FLAG_INSTANCE_TYPE)
        object = mp_obj_cast_to_native_base(object, MP_OBJ_FROM_PTR(&mp_type_tuple));
    else if (MP_OBJ_TYPE_GET_SLOT_OR_NULL(type, iter) != (const void *)mp_obj_tuple_getiter)
        object = MP_OBJ_NULL;
    if (object == MP_OBJ_NULL)
        mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("%s must be a tuple of %d%s%s, not %q"), name, (int)count,
                          colon, class, (qstr)type->name);
    mp_obj_tuple_get(object, &length, &items);
    if (length != count)
        mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("%s must be a tuple of %d%s%s, not of %d"), name,
                          (int)count, colon, class, (int)length);
    return items;
}

/* ValueError: `name` is no `class`. */
static _Noreturn void
raise_value(mp_obj_t object, const char *name, const char *class)
{
    vstr_t text;
    mp_print_t print;

    vstr_init_print(&text, 64, &print);
    mp_printf(&print, "%s is no %s: ", name, class);
    mp_obj_print_helper(&print, object, PRINT_REPR);
    nlr_raise(mp_obj_new_exception_arg1(&mp_type_ValueError, mp_obj_new_str_from_vstr(&text)));
}

uint32_t
glue_read_case(mp_obj_t object, const char *name, const char *class, uint32_t count)
{
    uint64_t number;

    if (!fits(integer(object, name), 0, UINT32_MAX, &number) || number >= count)
        raise_value(object, name, class);
    return (uint32_t)number;
}

uint32_t
glue_read_flags(mp_obj_t object, const char *name, const char *class, uint32_t mask)
{
    uint64_t bits;

    if (!fits(integer(object, name), 0, UINT32_MAX, &bits) || (bits & ~(uint64_t)mask) != 0)
        raise_value(object, name, class);
    return (uint32_t)bits;
}

uint8_t
glue_read_variant(mp_obj_t object, const char *name, const char *const *tags, uint8_t count, mp_obj_t *payload)
{
    const mp_obj_t *items = glue_read_tuple(object, name, "", 2);
    size_t length;

    if (!mp_obj_is_str(items[0]))
        raise_type(items[0], name, "a tuple whose first item is a str");
    const char *said = mp_obj_str_get_data(items[0], &length);
    *payload = items[1];
    for (uint8_t tag = 0; tag < count; tag++) {
        if (strlen(tags[tag]) == length && memcmp(tags[tag], said, length) == 0)
            return tag;
    }
    raise_value(items[0], name, "tag of the contract");
}

void
glue_read_nothing(mp_obj_t payload, const char *tag)
{
    if (payload != mp_const_none)
        raise_type(payload, tag, "None");
}

/* ---- What a call holds ---- */

/* Where a handle goes. */
struct glue_handle {
    struct glue_resource *resource;
    const char *name; /* NULL: a method's self */
    int32_t *handle;
    bool given;
};

void *
glue_held_memory(struct glue_held *held, size_t count, size_t size)
{
    held->size = mp_size_add(held->size, mp_size_mul(count, size));
    if (held->answer != NULL)
        return glue_answer_memory(held->answer, mp_size_mul(count, size));
    return m_malloc0(count == 0 ? 1 : mp_size_mul(count, size));
}

const mp_obj_t *
glue_held_items(struct glue_held *held, mp_obj_t object, const char *name, size_t *count)
{
    mp_obj_t *items;

    if (mp_obj_is_str(object))
        raise_type(object, name, "an iterable of items");
    mp_obj_t pair[] = {MP_OBJ_TYPE_GET_SLOT(&mp_type_tuple, make_new)(&mp_type_tuple, 1, 0, &object), held->kept};
    held->kept = mp_obj_new_tuple(pair[1] == MP_OBJ_NULL ? 1 : 2, pair);
    mp_obj_tuple_get(pair[0], count, &items);
    return items;
}

void
glue_held_bytes_in_place(struct glue_held *held, mp_obj_t object, uint8_t **data, size_t *length)
{
    mp_buffer_info_t buffer;

    glue_get_bytes(object, &buffer);
    *data = buffer.buf;
    *length = buffer.len;
    held->size = mp_size_add(held->size, buffer.len);
}

void
glue_held_bytes(struct glue_held *held, mp_obj_t object, uint8_t **data, size_t *length)
{
    glue_held_bytes_in_place(held, object, data, length);
    if (held->answer != NULL || !mp_obj_is_exact_type(object, &mp_type_bytes))
        copy(held, data, *length);
}

static void
add(struct glue_held *held, struct glue_handle handle)
{
    if (held->count == held->room) {
        size_t room = held->room == 0 ? 4 : 2 * held->room;
        held->handles = m_renew(struct glue_handle, held->handles, held->room, room);
        held->room = room;
    }
    held->handles[held->count++] = handle;
}

static struct glue_resource *
resource(mp_obj_t object, const char *name, const mp_obj_type_t *type)
{
    if (!mp_obj_is_exact_type(object, type))
        raise_type(object, name, qstr_str(type->name));
    return MP_OBJ_TO_PTR(object);
}

void
glue_held_borrow(struct glue_held *held, mp_obj_t object, const char *name, const mp_obj_type_t *type, int32_t *handle)
{
    add(held, (struct glue_handle){resource(object, name, type), name, handle, false});
}

void
glue_held_own(struct glue_held *held, mp_obj_t object, const char *name, const mp_obj_type_t *type, int32_t *handle)
{
    add(held, (struct glue_handle){resource(object, name, type), name, handle, true});
}

void
glue_held_self(struct glue_held *held, mp_obj_t object, const mp_obj_type_t *type, int32_t *handle)
{
    add(held, (struct glue_handle){glue_get_self(object, type), NULL, handle, false});
}

/* ValueError for a handle that its object does not have any more, when the first `count` that were given are taken. */
static _Noreturn void
raise_given(const struct glue_held *held, size_t count, const struct glue_handle *missing)
{
    for (size_t i = 0; i < count; i++) {
        if (held->handles[i].given)
            held->handles[i].resource->handle = *held->handles[i].handle;
    }
    glue_raise_given_away(missing->resource);
}

void
glue_held_give(struct glue_held *held)
{
    glue_reserve(held->size);
    for (size_t i = 0; i < held->count; i++) {
        struct glue_handle *handle = &held->handles[i];
        if (!handle->given)
            continue;
        *handle->handle = handle->resource->handle;
        if (*handle->handle == 0)
            raise_given(held, i, handle);
        handle->resource->handle = 0;
    }
    for (size_t i = 0; i < held->count; i++) {
        struct glue_handle *handle = &held->handles[i];
        if (handle->given)
            continue;
        *handle->handle = handle->resource->handle;
        if (*handle->handle == 0)
            raise_given(held, held->count, handle);
    }
    for (size_t i = 0; i < held->count; i++) {
        if (held->handles[i].given)
            glue_resource_given(held->handles[i].resource);
    }
}
