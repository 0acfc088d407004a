/* Values on their way between Python and the contract. */
#include <string.h>

#include "py/objint.h"
#include "py/objtuple.h"
#include "py/unicode.h"
#include "sqlite_module.h"

/* ---- Parameters ---- */

/* Raises OverflowError for an int that SQLite cannot have. */
static int64_t
get_integer(mp_obj_t object)
{
    uint8_t bytes[sizeof(int64_t)];
    uint64_t value = 0;

    if (mp_obj_is_small_int(object))
        return MP_OBJ_SMALL_INT_VALUE(object);
    bool fits = mp_obj_int_to_bytes_impl(object, true, sizeof bytes, bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        value = value << 8 | bytes[i];
    if (!fits || (mp_obj_int_sign(object) < 0) != ((int64_t)value < 0))
        mp_raise_msg(&mp_type_OverflowError, MP_ERROR_TEXT("Python int too large to convert to SQLite INTEGER"));
    return (int64_t)value;
}

/* The value of parameter number `index`, counted from 1. */
static value_t
value_of(mp_obj_t object, size_t index)
{
    mp_buffer_info_t buffer;
    size_t length;

    if (object == mp_const_none)
        return (value_t){.tag = SQLITE_WASM_CALLBACKS_VALUE_NULL};
    if (mp_obj_is_bool(object))
        return (value_t){.tag = SQLITE_WASM_CALLBACKS_VALUE_INTEGER, .val.integer = object == mp_const_true};
    if (mp_obj_is_int(object))
        return (value_t){.tag = SQLITE_WASM_CALLBACKS_VALUE_INTEGER, .val.integer = get_integer(object)};
    if (mp_obj_is_float(object))
        return (value_t){.tag = SQLITE_WASM_CALLBACKS_VALUE_REAL, .val.real = mp_obj_get_float(object)};
    if (mp_obj_is_str(object)) {
        const char *text = mp_obj_str_get_data(object, &length);
        return (value_t){.tag = SQLITE_WASM_CALLBACKS_VALUE_TEXT, .val.text = {(uint8_t *)text, length}};
    }
    if (mp_get_buffer(object, &buffer, MP_BUFFER_READ))
        return (value_t){.tag = SQLITE_WASM_CALLBACKS_VALUE_BLOB, .val.blob = {buffer.buf, buffer.len}};
    mp_raise_msg_varg(&sqlite_ProgrammingError_type,
                      MP_ERROR_TEXT("Error binding parameter %u: type '%s' is not supported"), (unsigned)index,
                      mp_obj_get_type_str(object));
}

/* The value that a dict has for parameter number `index`. The dict may run Python, where its keys are no str. */
static mp_obj_t
named(const struct statement *statement, mp_obj_t dict, uint32_t index)
{
    const parameters_t *parameters = &statement->parameters;
    const bytes_t *name = NULL;

    for (size_t i = 0; i < parameters->len && name == NULL; i++) {
        if (parameters->ptr[i].index == index && parameters->ptr[i].name.len > 0)
            name = &parameters->ptr[i].name;
    }
    if (name == NULL)
        mp_raise_msg_varg(&sqlite_ProgrammingError_type,
                          MP_ERROR_TEXT("Binding %u has no name, but you supplied a dictionary (which has only names)."),
                          (unsigned)index);
    /* The first character is what marks a parameter. */
    mp_obj_t key = mp_obj_new_str((const char *)name->ptr + 1, name->len - 1);
    mp_map_elem_t *found = mp_map_lookup(mp_obj_dict_get_map(dict), key, MP_MAP_LOOKUP);
    if (found == NULL)
        mp_raise_msg_varg(&sqlite_ProgrammingError_type,
                          MP_ERROR_TEXT("You did not supply a value for binding parameter :%s."),
                          mp_obj_str_get_str(key));
    return found->value;
}

/* The items of a list or a tuple, a namedtuple, too. False: it is none. */
static bool
get_items(mp_obj_t object, size_t *count, mp_obj_t **items)
{
    if (mp_obj_is_exact_type(object, &mp_type_list))
        mp_obj_list_get(object, count, items);
    else if (MP_OBJ_TYPE_GET_SLOT_OR_NULL(mp_obj_get_type(object), iter) == mp_obj_tuple_getiter)
        mp_obj_tuple_get(object, count, items);
    else
        return false;
    return true;
}

mp_obj_t
sqlite_parameters_of(const struct statement *statement, mp_obj_t given)
{
    size_t needed = statement->parameter_count, count;
    mp_obj_t *items;

    if (mp_obj_is_dict_or_ordereddict(given)) {
        mp_obj_t all = mp_obj_new_list(0, NULL);
        for (uint32_t i = 1; i <= needed; i++)
            mp_obj_list_append(all, named(statement, given, i));
        return all;
    }
    if (!get_items(given, &count, &items))
        mp_raise_msg(&sqlite_ProgrammingError_type, MP_ERROR_TEXT("parameters are of unsupported type"));
    if (count != needed)
        mp_raise_msg_varg(&sqlite_ProgrammingError_type,
                          MP_ERROR_TEXT("Incorrect number of bindings supplied. The current statement uses %u, and there "
                                        "are %u supplied."),
                          (unsigned)needed, (unsigned)count);
    return given;
}

values_t
sqlite_values_of(mp_obj_t parameters, size_t *size)
{
    size_t count = 0;
    mp_obj_t *items = NULL;

    (void)get_items(parameters, &count, &items);
    values_t values = {count > 0 ? m_new(value_t, count) : NULL, count};
    *size = count * sizeof *values.ptr;
    for (size_t i = 0; i < count; i++) {
        values.ptr[i] = value_of(items[i], i + 1);
        if (values.ptr[i].tag >= SQLITE_WASM_CALLBACKS_VALUE_TEXT)
            *size += values.ptr[i].val.text.len;
    }
    return values;
}

/* ---- Rows ---- */

/* A name as a str, also where it is no UTF-8: a `?` stands for what is none. */
static mp_obj_t
name_of(const bytes_t *name)
{
    vstr_t text;

    if (utf8_check(name->ptr, name->len))
        return mp_obj_new_str((const char *)name->ptr, name->len);
    vstr_init(&text, name->len);
    for (size_t i = 0; i < name->len; i++)
        vstr_add_byte(&text, name->ptr[i] < 0x80 ? name->ptr[i] : '?');
    return mp_obj_new_str_from_vstr(&text);
}

static mp_obj_t
object_of(const struct statement *statement, size_t column)
{
    const value_t *value = &statement->row.ptr[column];

    switch (value->tag) {
    case SQLITE_WASM_CALLBACKS_VALUE_INTEGER:
        return mp_obj_new_int_from_ll(value->val.integer);
    case SQLITE_WASM_CALLBACKS_VALUE_REAL:
        return mp_obj_new_float(value->val.real);
    case SQLITE_WASM_CALLBACKS_VALUE_TEXT:
        if (!utf8_check(value->val.text.ptr, value->val.text.len)) {
            mp_obj_t name = column < statement->columns.len ? name_of(&statement->columns.ptr[column].name)
                                                            : MP_OBJ_NEW_QSTR(MP_QSTR_);
            mp_raise_msg_varg(&sqlite_OperationalError_type, MP_ERROR_TEXT("Could not decode to UTF-8 column '%s'"),
                              mp_obj_str_get_str(name));
        }
        return mp_obj_new_str((const char *)value->val.text.ptr, value->val.text.len);
    case SQLITE_WASM_CALLBACKS_VALUE_BLOB:
        return mp_obj_new_bytes(value->val.blob.ptr, value->val.blob.len);
    default:
        return mp_const_none;
    }
}

mp_obj_t
sqlite_row_of(const struct statement *statement)
{
    /* Filled with None first, since each object that is made may collect, which looks into it. */
    mp_obj_tuple_t *row = MP_OBJ_TO_PTR(mp_obj_new_tuple(statement->row.len, NULL));

    for (size_t i = 0; i < row->len; i++)
        row->items[i] = mp_const_none;
    for (size_t i = 0; i < row->len; i++)
        row->items[i] = object_of(statement, i);
    return MP_OBJ_FROM_PTR(row);
}

mp_obj_t
sqlite_description_of(const struct statement *statement)
{
    enum { NAME, ITEMS = 7 }; /* what the other six are for nobody fills */

    if (statement->columns.len == 0)
        return mp_const_none;
    mp_obj_t list = mp_obj_new_list(0, NULL);
    for (size_t i = 0; i < statement->columns.len; i++) {
        mp_obj_t items[ITEMS] = {name_of(&statement->columns.ptr[i].name)};
        for (size_t each = NAME + 1; each < ITEMS; each++)
            items[each] = mp_const_none;
        mp_obj_list_append(list, mp_obj_new_tuple(ITEMS, items));
    }
    size_t count;
    mp_obj_t *all;
    mp_obj_list_get(list, &count, &all);
    return mp_obj_new_tuple(count, all);
}
