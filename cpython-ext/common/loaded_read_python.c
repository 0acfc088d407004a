/* Results of loaded functions as objects: see loaded_python.h. No code of Python's runs while one is read. */
#include "loaded_python.h"

/* Reads what follows once, in a block that gives `value`; NULL if it is something else. */
#define READ(reader, type, read, made)                                                                                 \
    {                                                                                                                  \
        type value;                                                                                                    \
        return read(reader, &value) ? made : NULL;                                                                     \
    }

static PyObject *
read_text(struct cbor_reader *reader)
{
    const char *text;
    size_t length;

    return cbor_view_text(reader, &text, &length) ? value_text((const uint8_t *)text, length) : NULL;
}

static PyObject *
read_bytes(struct cbor_reader *reader)
{
    const uint8_t *data;
    size_t length;

    return cbor_view_bytes(reader, &data, &length) ? value_bytes(data, length) : NULL;
}

/* The list of `count` numbers, which `item` makes objects of. */
#define LIST(reader, type, tag, item)                                                                                  \
    {                                                                                                                  \
        type *numbers;                                                                                                 \
        size_t count;                                                                                                  \
        if (!cbor_read_typed_array(reader, tag, sizeof(type), &numbers, &count))                                       \
            return NULL;                                                                                               \
        PyObject *list = PyList_New((Py_ssize_t)count);                                                                \
        for (size_t i = 0; list != NULL && i < count; i++) {                                                           \
            PyObject *number = item(numbers[i]);                                                                       \
            if (number == NULL)                                                                                        \
                Py_CLEAR(list);                                                                                        \
            else                                                                                                       \
                PyList_SET_ITEM(list, (Py_ssize_t)i, number);                                                          \
        }                                                                                                              \
        if (count > 0)                                                                                                 \
            free(numbers);                                                                                             \
        return list;                                                                                                   \
    }

static PyObject *
read_list(struct link_call *call, struct loaded_link *link, const struct loaded_type *item)
{
    struct cbor_reader *reader = &call->reply;
    size_t count;

    switch (item->kind) {
    case LOADED_U8:
        return read_bytes(reader);
    case LOADED_U16:
        LIST(reader, uint16_t, CBOR_U16, PyLong_FromLong)
    case LOADED_U32:
        LIST(reader, uint32_t, CBOR_U32, PyLong_FromUnsignedLong)
    case LOADED_U64:
        LIST(reader, uint64_t, CBOR_U64, PyLong_FromUnsignedLongLong)
    case LOADED_S8:
        LIST(reader, int8_t, CBOR_S8, PyLong_FromLong)
    case LOADED_S16:
        LIST(reader, int16_t, CBOR_S16, PyLong_FromLong)
    case LOADED_S32:
        LIST(reader, int32_t, CBOR_S32, PyLong_FromLong)
    case LOADED_S64:
        LIST(reader, int64_t, CBOR_S64, PyLong_FromLongLong)
    case LOADED_F32:
        LIST(reader, float, CBOR_F32, PyFloat_FromDouble)
    case LOADED_F64:
        LIST(reader, double, CBOR_F64, PyFloat_FromDouble)
    default:
        break;
    }
    /* At most as many as there are bytes. */
    if (!cbor_read_array(reader, &count))
        return NULL;
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *object = loaded_read(call, link, item);
        if (object == NULL) {
            cbor_in_item(reader, i);
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, (Py_ssize_t)i, object);
        }
    }
    return list;
}

static PyObject *
read_items(struct link_call *call, struct loaded_link *link, const struct loaded_type *type)
{
    Py_ssize_t count = PyTuple_GET_SIZE(type->items);
    bool record = type->kind == LOADED_RECORD;

    if (!cbor_read_tuple(&call->reply, (size_t)count))
        return NULL;
    PyObject *items = record ? PyStructSequence_New(type->class) : PyTuple_New(count);
    for (Py_ssize_t i = 0; items != NULL && i < count; i++) {
        if (value_set(items, i, loaded_read(call, link, loaded_item(type, i))))
            continue;
        if (record)
            cbor_in_field(&call->reply, type->texts[count + i]);
        else
            cbor_in_item(&call->reply, (size_t)i);
        Py_CLEAR(items);
    }
    return items;
}

static PyObject *
read_case(struct link_call *call, struct loaded_link *link, const struct loaded_type *type)
{
    Py_ssize_t count = PyTuple_GET_SIZE(type->items);
    uint32_t index;

    if (!cbor_read_variant(&call->reply, (uint32_t)count, type->payloads, &index))
        return NULL;
    if (!type->payloads[index])
        return value_variant(type->texts[index], Py_NewRef(Py_None));
    PyObject *payload = loaded_read(call, link, loaded_item(type, (Py_ssize_t)index));
    if (payload == NULL)
        cbor_in_field(&call->reply, type->texts[count + (Py_ssize_t)index]);
    return value_variant(type->texts[index], payload);
}

static PyObject *
read_own(struct link_call *call, struct loaded_link *link, PyTypeObject *class)
{
    int32_t handle;

    if (!link_read_own(call, &handle))
        return NULL;
    PyObject *object = resource_new(class, &handle);
    if (object == NULL)
        link_drop(&link->provider, handle);
    else
        ((struct loaded_resource *)object)->link = (struct loaded_link *)Py_NewRef(link);
    return object;
}

PyObject *
loaded_read(struct link_call *call, struct loaded_link *link, const struct loaded_type *type)
{
    struct cbor_reader *reader = &call->reply;
    uint64_t bits;
    uint32_t index;
    bool is_some;

    switch (type->kind) {
    case LOADED_BOOL:
        READ(reader, bool, cbor_read_bool, PyBool_FromLong(value))
    case LOADED_U8:
        READ(reader, uint8_t, cbor_read_u8, PyLong_FromLong(value))
    case LOADED_U16:
        READ(reader, uint16_t, cbor_read_u16, PyLong_FromLong(value))
    case LOADED_U32:
        READ(reader, uint32_t, cbor_read_u32, PyLong_FromUnsignedLong(value))
    case LOADED_U64:
        READ(reader, uint64_t, cbor_read_u64, PyLong_FromUnsignedLongLong(value))
    case LOADED_S8:
        READ(reader, int8_t, cbor_read_s8, PyLong_FromLong(value))
    case LOADED_S16:
        READ(reader, int16_t, cbor_read_s16, PyLong_FromLong(value))
    case LOADED_S32:
        READ(reader, int32_t, cbor_read_s32, PyLong_FromLong(value))
    case LOADED_S64:
        READ(reader, int64_t, cbor_read_s64, PyLong_FromLongLong(value))
    case LOADED_F32:
        READ(reader, float, cbor_read_f32, PyFloat_FromDouble(value))
    case LOADED_F64:
        READ(reader, double, cbor_read_f64, PyFloat_FromDouble(value))
    case LOADED_CHAR:
        READ(reader, uint32_t, cbor_read_char, PyUnicode_FromOrdinal((int)value))
    case LOADED_STRING:
        return read_text(reader);
    case LOADED_LIST:
        return read_list(call, link, loaded_item(type, 0));
    case LOADED_OPTION:
        if (!cbor_read_option(reader, &is_some))
            return NULL;
        return is_some ? loaded_read(call, link, loaded_item(type, 0)) : Py_NewRef(Py_None);
    case LOADED_TUPLE:
    case LOADED_RECORD:
        return read_items(call, link, type);
    case LOADED_VARIANT:
    case LOADED_RESULT:
        return read_case(call, link, type);
    case LOADED_ENUM:
        if (!cbor_read_enum(reader, (uint32_t)PyTuple_GET_SIZE(type->items), &index))
            return NULL;
        return Py_NewRef(PyTuple_GET_ITEM(type->items, (Py_ssize_t)index));
    case LOADED_FLAGS:
        if (!cbor_read_flags(reader, (unsigned)PyTuple_GET_SIZE(type->names), &bits))
            return NULL;
        return PyLong_FromUnsignedLongLong(bits);
    case LOADED_OWN:
        return read_own(call, link, type->class);
    case LOADED_BORROW:
        break;
    }
    /* A result has none. */
    cbor_reject(reader, reader->at, "no borrowed handle", 0, "one");
    return NULL;
}

static PyObject *
read_any_list(struct cbor_reader *reader)
{
    size_t count;

    if (!cbor_enter(reader) || !cbor_read_array(reader, &count))
        return NULL;
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *item = loaded_read_any(reader);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, item);
    }
    cbor_leave(reader);
    return list;
}

static PyObject *
read_any_dict(struct cbor_reader *reader)
{
    struct cbor_map map;
    const char *text;
    size_t length;

    if (!cbor_enter(reader) || !cbor_read_map(reader, &map))
        return NULL;
    PyObject *dict = PyDict_New();
    while (dict != NULL && cbor_more(&map)) {
        PyObject *key = NULL, *value = NULL;
        bool set = cbor_next_text_key(reader, &map, &text, &length) &&
                   (key = value_text((const uint8_t *)text, length)) != NULL &&
                   (value = loaded_read_any(reader)) != NULL && PyDict_SetItem(dict, key, value) == 0;
        Py_XDECREF(value);
        Py_XDECREF(key);
        if (!set)
            Py_CLEAR(dict);
    }
    cbor_leave(reader);
    return dict;
}

PyObject *
loaded_read_any(struct cbor_reader *reader)
{
    switch (cbor_peek(reader)) {
    case CBOR_NULL:
        return cbor_read_null(reader) ? Py_NewRef(Py_None) : NULL;
    case CBOR_BOOL:
        READ(reader, bool, cbor_read_bool, PyBool_FromLong(value))
    case CBOR_UNSIGNED:
        READ(reader, uint64_t, cbor_read_u64, PyLong_FromUnsignedLongLong(value))
    case CBOR_TEXT:
        return read_text(reader);
    case CBOR_BYTES:
        return read_bytes(reader);
    case CBOR_ARRAY:
        return read_any_list(reader);
    case CBOR_MAP:
        return read_any_dict(reader);
    default:
        cbor_reject(reader, reader->at, "another item", 0, "this");
        return NULL;
    }
}
