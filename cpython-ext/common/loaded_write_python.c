/* Objects as arguments of loaded functions: see loaded_python.h. */
#include "loaded_python.h"

/* The element types that travel as typed arrays: `tag` is 0 for those that do not. */
static const struct element {
    enum cbor_typed_array tag;
    size_t size;
} elements[] = {
    [LOADED_U16] = {CBOR_U16, 2}, [LOADED_U32] = {CBOR_U32, 4}, [LOADED_U64] = {CBOR_U64, 8},
    [LOADED_S8] = {CBOR_S8, 1},   [LOADED_S16] = {CBOR_S16, 2}, [LOADED_S32] = {CBOR_S32, 4},
    [LOADED_S64] = {CBOR_S64, 8}, [LOADED_F32] = {CBOR_F32, 4}, [LOADED_F64] = {CBOR_F64, 8},
    [LOADED_BORROW] = {0, 0},
};

/* A number of a kind in elements[] into `place`. */
static bool
number(enum loaded_kind kind, PyObject *object, const char *name, void *place)
{
    switch (kind) {
    case LOADED_U16:
        return argument_u16(object, name, place);
    case LOADED_U32:
        return argument_u32(object, name, place);
    case LOADED_U64:
        return argument_u64(object, name, place);
    case LOADED_S8:
        return argument_s8(object, name, place);
    case LOADED_S16:
        return argument_s16(object, name, place);
    case LOADED_S32:
        return argument_s32(object, name, place);
    case LOADED_S64:
        return argument_s64(object, name, place);
    case LOADED_F32:
        return argument_f32(object, name, place);
    default:
        return argument_f64(object, name, place);
    }
}

static bool
write_bytes(struct cbor_writer *writer, PyObject *object)
{
    Py_buffer buffer = {0};
    uint8_t *data;
    size_t length;
    bool read = argument_bytes(object, &buffer, &data, &length);

    if (read)
        cbor_write_bytes(writer, data, length);
    PyBuffer_Release(&buffer);
    return read;
}

static bool
write_numbers(struct loaded_arguments *arguments, enum loaded_kind kind, PyObject *items, const char *name)
{
    const struct element *element = &elements[kind];
    size_t count = (size_t)PyTuple_GET_SIZE(items);
    char *numbers = held_memory(&arguments->held, count, element->size);
    bool read = numbers != NULL;

    for (size_t i = 0; read && i < count; i++)
        read = number(kind, PyTuple_GET_ITEM(items, (Py_ssize_t)i), name, numbers + i * element->size);
    if (read)
        cbor_write_typed_array(&arguments->writer, element->tag, numbers, count, element->size);
    return read;
}

static bool
write_list(struct loaded_arguments *arguments, const struct loaded_type *item, PyObject *object, const char *name)
{
    if (item->kind == LOADED_U8)
        return write_bytes(&arguments->writer, object);
    PyObject *items = held_items(&arguments->held, object, name);
    if (items == NULL)
        return false;
    if (item->kind < LOADED_CHAR && elements[item->kind].tag != 0)
        return write_numbers(arguments, item->kind, items, name);
    Py_ssize_t count = PyTuple_GET_SIZE(items);
    bool read = true;
    cbor_write_array(&arguments->writer, (uint64_t)count);
    for (Py_ssize_t i = 0; read && i < count; i++)
        read = loaded_write(arguments, item, PyTuple_GET_ITEM(items, i), name);
    return read;
}

void
loaded_write_empty(struct cbor_writer *writer, const struct loaded_type *item)
{
    if (item->kind == LOADED_U8)
        cbor_write_bytes(writer, "", 0);
    else if (item->kind < LOADED_CHAR && elements[item->kind].tag != 0)
        cbor_write_typed_array(writer, elements[item->kind].tag, "", 0, elements[item->kind].size);
    else
        cbor_write_array(writer, 0);
}

/* A tuple, or a record, of which `type->texts` has names of fields. */
static bool
write_items(struct loaded_arguments *arguments, const struct loaded_type *type, PyObject *object, const char *name)
{
    Py_ssize_t count = PyTuple_GET_SIZE(type->items);
    bool record = type->kind == LOADED_RECORD;

    if (!argument_tuple(object, name, record ? type->called : "", count))
        return false;
    cbor_write_array(&arguments->writer, (uint64_t)count);
    bool read = true;
    for (Py_ssize_t i = 0; read && i < count; i++)
        read = loaded_write(arguments, loaded_item(type, i), PyTuple_GET_ITEM(object, i),
                            record ? type->texts[i] : name);
    return read;
}

static bool
write_case(struct loaded_arguments *arguments, const struct loaded_type *type, PyObject *object, const char *name)
{
    uint8_t count = (uint8_t)PyTuple_GET_SIZE(type->items), tag;
    PyObject *payload;

    if (!argument_variant(object, name, type->texts, count, &tag, &payload))
        return false;
    cbor_write_array(&arguments->writer, type->payloads[tag] ? 2 : 1);
    cbor_write_unsigned(&arguments->writer, tag);
    if (!type->payloads[tag])
        return argument_nothing(payload, type->texts[tag]);
    return loaded_write(arguments, loaded_item(type, tag), payload, type->texts[tag]);
}

/* A new place at the present end; NULL without memory. */
static struct loaded_place *
place_here(struct loaded_arguments *arguments)
{
    if (arguments->count == arguments->capacity) {
        size_t capacity = 2 * arguments->capacity + 4;
        struct loaded_place *places = PyMem_Resize(arguments->places, struct loaded_place, capacity);
        if (places == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        arguments->places = places;
        arguments->capacity = capacity;
    }
    struct loaded_place *place = &arguments->places[arguments->count++];
    *place = (struct loaded_place){.at = arguments->writer.length};
    return place;
}

/* A handle inside of a value, which is held from now on. */
static bool
write_handle(struct loaded_arguments *arguments, const struct loaded_type *type, PyObject *object, const char *name)
{
    bool own = type->kind == LOADED_OWN;
    int32_t handle;
    bool read = own ? held_own(&arguments->held, object, name, type->class, &handle)
                    : held_borrow(&arguments->held, object, name, type->class, &handle);
    struct loaded_place *place = read ? place_here(arguments) : NULL;

    if (place == NULL)
        return false;
    place->own = own;
    place->handle = handle;
    return true;
}

bool
loaded_write_later(struct loaded_arguments *arguments, const struct loaded_type *type, PyObject *object,
                   const char *name)
{
    struct loaded_place *place = place_here(arguments);

    if (place == NULL)
        return false;
    place->object = object;
    place->name = name;
    place->class = type->class;
    place->own = type->kind == LOADED_OWN;
    return true;
}

static bool
write_unsigned(struct cbor_writer *writer, uint64_t most, PyObject *object, const char *name)
{
    uint64_t bits;

    if (!argument_integer(object, name, 0, most, &bits))
        return false;
    cbor_write_unsigned(writer, bits);
    return true;
}

static bool
write_signed(struct cbor_writer *writer, int64_t most, PyObject *object, const char *name)
{
    uint64_t bits;

    if (!argument_integer(object, name, -most - 1, (uint64_t)most, &bits))
        return false;
    cbor_write_signed(writer, (int64_t)bits);
    return true;
}

static bool
write_float(struct cbor_writer *writer, enum loaded_kind kind, PyObject *object, const char *name)
{
    double value;
    float narrow;

    if (kind == LOADED_F64) {
        if (!argument_f64(object, name, &value))
            return false;
    } else {
        if (!argument_f32(object, name, &narrow))
            return false;
        value = narrow;
    }
    cbor_write_float(writer, value);
    return true;
}

static bool
write_text(struct cbor_writer *writer, PyObject *object, const char *name)
{
    uint8_t *data;
    size_t length;

    if (!argument_text(object, name, &data, &length))
        return false;
    cbor_write_text(writer, data, length);
    return true;
}

bool
loaded_write(struct loaded_arguments *arguments, const struct loaded_type *type, PyObject *object, const char *name)
{
    struct cbor_writer *writer = &arguments->writer;
    uint32_t number;
    bool truth;

    switch (type->kind) {
    case LOADED_BOOL:
        if (!argument_bool(object, name, &truth))
            return false;
        cbor_write_bool(writer, truth);
        return true;
    case LOADED_U8:
        return write_unsigned(writer, UINT8_MAX, object, name);
    case LOADED_U16:
        return write_unsigned(writer, UINT16_MAX, object, name);
    case LOADED_U32:
        return write_unsigned(writer, UINT32_MAX, object, name);
    case LOADED_U64:
        return write_unsigned(writer, UINT64_MAX, object, name);
    case LOADED_S8:
        return write_signed(writer, INT8_MAX, object, name);
    case LOADED_S16:
        return write_signed(writer, INT16_MAX, object, name);
    case LOADED_S32:
        return write_signed(writer, INT32_MAX, object, name);
    case LOADED_S64:
        return write_signed(writer, INT64_MAX, object, name);
    case LOADED_F32:
    case LOADED_F64:
        return write_float(writer, type->kind, object, name);
    case LOADED_STRING:
        return write_text(writer, object, name);
    case LOADED_LIST:
        return write_list(arguments, loaded_item(type, 0), object, name);
    case LOADED_OPTION:
        cbor_write_array(writer, object == Py_None ? 0 : 1);
        return object == Py_None || loaded_write(arguments, loaded_item(type, 0), object, name);
    case LOADED_TUPLE:
    case LOADED_RECORD:
        return write_items(arguments, type, object, name);
    case LOADED_VARIANT:
    case LOADED_RESULT:
        return write_case(arguments, type, object, name);
    case LOADED_OWN:
    case LOADED_BORROW:
        return write_handle(arguments, type, object, name);
    case LOADED_CHAR:
        if (!argument_char(object, name, &number))
            return false;
        break;
    case LOADED_ENUM:
        if (!argument_case(object, name, type->called, (uint32_t)PyTuple_GET_SIZE(type->items), &number))
            return false;
        break;
    case LOADED_FLAGS:
        if (!argument_flags(object, name, type->called, UINT32_MAX >> (32 - PyTuple_GET_SIZE(type->names)), &number))
            return false;
        break;
    }
    cbor_write_unsigned(writer, number);
    return true;
}
