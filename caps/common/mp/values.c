/* See values.h. */
#include "values.h"

#include <string.h>

#include "py/objint.h"
#include "py/runtime.h"

#include "arguments.h"
#include "glue.h"

/* ---- Results ---- */

static void
end_result(void *node)
{
    struct glue_result *result = node;
    result->end(result->value);
}

void
glue_result_begin(struct glue_result *result, void (*end)(void *value), void *value)
{
    result->end = end;
    result->value = value;
    nlr_push_jump_callback(&result->node, end_result);
}

size_t
glue_character(const uint8_t *text, size_t length, uint32_t *character)
{
    /* Of each length in bytes: what marks the first, and the least character. */
    static const struct {
        uint8_t mask, mark;
        uint32_t least;
    } kinds[] = {{0x80, 0, 0}, {0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000}};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && i < length; i++) {
        if ((text[0] & kinds[i].mask) != kinds[i].mark)
            continue;
        uint32_t found = text[0] & (uint8_t)~kinds[i].mask;
        for (size_t at = 1; at <= i; at++) {
            if ((text[at] & 0xC0) != 0x80)
                return 0;
            found = found << 6 | (text[at] & 0x3F);
        }
        if (found < kinds[i].least || found > 0x10FFFF || (found >= 0xD800 && found < 0xE000))
            return 0;
        *character = found;
        return i + 1;
    }
    return 0;
}

bool
glue_is_utf8(const uint8_t *text, size_t length)
{
    for (size_t at = 0; at < length;) {
        uint32_t character;
        size_t taken = text[at] < 0x80 ? 1 : glue_character(text + at, length - at, &character);
        if (taken == 0)
            return false;
        at += taken;
    }
    return true;
}

mp_obj_t
glue_text(const uint8_t *data, size_t length)
{
    if (!glue_is_utf8(data, length))
        mp_raise_msg(&mp_type_UnicodeError, MP_ERROR_TEXT("a cap has returned a text that is no UTF-8"));
    return mp_obj_new_str((const char *)data, length);
}

mp_obj_t
glue_char(uint32_t character)
{
    vstr_t text;

    if (character > 0x10FFFF)
        glue_raise_unknown();
    vstr_init(&text, 5);
    vstr_add_char(&text, character);
    return glue_text((const uint8_t *)text.buf, text.len);
}

mp_obj_t
glue_variant(qstr tag, mp_obj_t payload)
{
    mp_obj_t items[] = {MP_OBJ_NEW_QSTR(tag), payload};
    return mp_obj_new_tuple(2, items);
}

_Noreturn void
glue_raise_unknown(void)
{
    mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("a cap has returned a case that its contract does not have"));
}

_Noreturn void
glue_raise(const mp_obj_type_t *type, mp_obj_t value)
{
    nlr_raise(value == mp_const_none ? mp_obj_new_exception(type) : mp_obj_new_exception_arg1(type, value));
}

/* ---- Resources ---- */

static const struct glue_class *
class_of(const struct glue_resource *resource)
{
    return MP_OBJ_TYPE_GET_SLOT(resource->base.type, protocol);
}

void
glue_resource_print(const mp_print_t *print, mp_obj_t object, mp_print_kind_t kind)
{
    (void)kind;
    mp_printf(print, "<%q object>", (qstr)mp_obj_get_type(object)->name);
}

/* The collector's, or anybody's. */
static mp_obj_t
resource_del(mp_obj_t object)
{
    if (MP_OBJ_TYPE_GET_SLOT_OR_NULL(mp_obj_get_type(object), print) != glue_resource_print)
        mp_raise_TypeError(MP_ERROR_TEXT("a handle's object is required"));
    struct glue_resource *resource = MP_OBJ_TO_PTR(object);
    int32_t handle = resource->handle;

    resource->handle = 0;
    if (handle != 0) {
        class_of(resource)->drop(handle);
        glue_resource_given(resource);
    }
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_1(glue_resource_del_obj, resource_del);

mp_obj_t
glue_resource_new(const mp_obj_type_t *type, int32_t *handle)
{
    if (*handle == 0)
        mp_raise_type(&mp_type_MemoryError);
    struct glue_resource *resource = mp_obj_malloc_with_finaliser(struct glue_resource, type);
    resource->handle = 0;
    glue_hold(class_of(resource)->size);
    resource->handle = *handle;
    *handle = 0;
    return MP_OBJ_FROM_PTR(resource);
}

int32_t
glue_resource_self(mp_obj_t object, const mp_obj_type_t *type)
{
    const struct glue_resource *resource = glue_get_self(object, type);

    if (resource->handle == 0)
        glue_raise_given_away(resource);
    return resource->handle;
}

_Noreturn void
glue_raise_given_away(const struct glue_resource *resource)
{
    mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("the %q was given away"), (qstr)resource->base.type->name);
}

void
glue_resource_given(const struct glue_resource *resource)
{
    glue_release(class_of(resource)->size);
}

/* ---- Enums ---- */

static const struct glue_cases *
cases_of(const mp_obj_type_t *type)
{
    return MP_OBJ_TYPE_GET_SLOT(type, protocol);
}

mp_obj_t
glue_case_make_new(const mp_obj_type_t *type, size_t count, size_t keywords, const mp_obj_t *given)
{
    const char *name = qstr_str(type->name);

    mp_arg_check_num(count, keywords, 1, 1, false);
    return glue_case(cases_of(type), glue_read_case(given[0], "the argument", name, cases_of(type)->count));
}

void
glue_case_print(const mp_print_t *print, mp_obj_t object, mp_print_kind_t kind)
{
    const struct glue_case *self = MP_OBJ_TO_PTR(object);

    if (MICROPY_PY_JSON && kind == PRINT_JSON)
        mp_printf(print, "%d", (int)self->number);
    else
        mp_printf(print, "%q.%q", (qstr)self->base.type->name, self->name);
}

static mp_obj_t
number_of(mp_obj_t object)
{
    return MP_OBJ_NEW_SMALL_INT(((const struct glue_case *)MP_OBJ_TO_PTR(object))->number);
}

mp_obj_t
glue_case_unary_op(mp_unary_op_t op, mp_obj_t object)
{
    mp_obj_t number = number_of(object);

    switch (op) {
    case MP_UNARY_OP_POSITIVE:
    case MP_UNARY_OP_NEGATIVE:
    case MP_UNARY_OP_INVERT:
    case MP_UNARY_OP_BOOL:
    case MP_UNARY_OP_HASH:
    case MP_UNARY_OP_ABS:
    case MP_UNARY_OP_INT_MAYBE:
        return mp_unary_op(op, number);
    case MP_UNARY_OP_FLOAT_MAYBE:
        return mp_obj_new_float(MP_OBJ_SMALL_INT_VALUE(number));
    default:
        return MP_OBJ_NULL;
    }
}

mp_obj_t
glue_case_binary_op(mp_binary_op_t op, mp_obj_t left, mp_obj_t right)
{
    const mp_obj_type_t *other = mp_obj_get_type(right);

    left = number_of(left);
    if (MP_OBJ_TYPE_GET_SLOT_OR_NULL(other, binary_op) == glue_case_binary_op)
        right = number_of(right);
    else if (op == MP_BINARY_OP_EQUAL && !mp_obj_is_int(right) && !mp_obj_is_bool(right) && !mp_obj_is_float(right))
        return MP_OBJ_NULL;
    if (op >= MP_BINARY_OP_REVERSE_OR && op <= MP_BINARY_OP_REVERSE_POWER)
        return mp_binary_op(op - MP_BINARY_OP_REVERSE_OR + MP_BINARY_OP_OR, right, left);
    return op == MP_BINARY_OP_CONTAINS ? MP_OBJ_NULL : mp_binary_op(op, left, right);
}

/* ---- Records ---- */

static const struct glue_record *
record_of(const mp_obj_type_t *type)
{
    return MP_OBJ_TYPE_GET_SLOT(type, protocol);
}

mp_obj_t
glue_record_new(const mp_obj_type_t *type, const mp_obj_t *items)
{
    size_t count = record_of(type)->count;
    mp_obj_tuple_t *record = mp_obj_malloc_var(mp_obj_tuple_t, items, mp_obj_t, count, type);

    record->len = count;
    memcpy(record->items, items, count * sizeof *items);
    return MP_OBJ_FROM_PTR(record);
}

/* Of an iterable, as CPython's struct sequences. */
mp_obj_t
glue_record_make_new(const mp_obj_type_t *type, size_t count, size_t keywords, const mp_obj_t *given)
{
    struct glue_held held = {0};
    size_t length;

    mp_arg_check_num(count, keywords, 1, 1, false);
    const mp_obj_t *items = glue_held_items(&held, given[0], qstr_str(type->name), &length);
    if (length != record_of(type)->count)
        mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("%q has %d items, not %d"), (qstr)type->name,
                          (int)record_of(type)->count, (int)length);
    return glue_record_new(type, items);
}

void
glue_record_print(const mp_print_t *print, mp_obj_t object, mp_print_kind_t kind)
{
    mp_obj_tuple_t *self = MP_OBJ_TO_PTR(object);

    if (MICROPY_PY_JSON && kind == PRINT_JSON) {
        mp_obj_tuple_print(print, object, kind);
        return;
    }
    mp_printf(print, "%q", (qstr)self->base.type->name);
    mp_obj_attrtuple_print_helper(print, record_of(self->base.type)->names, self);
}

void
glue_record_attr(mp_obj_t object, qstr attribute, mp_obj_t *destination)
{
    const mp_obj_tuple_t *self = MP_OBJ_TO_PTR(object);
    const struct glue_record *record = record_of(self->base.type);

    if (destination[0] != MP_OBJ_NULL)
        return; /* not stored: AttributeError */
    for (size_t i = 0; i < record->count; i++) {
        if (record->names[i] == attribute)
            destination[0] = self->items[i];
    }
}
