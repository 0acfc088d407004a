// Link shim for dynlink: what records_import.h declares, as calls of a provider. A call that fails leaves an error
// pending (link_failed()) and returns zeros. Arguments stay the caller's; results are the caller's, from malloc.
#include "records_import.h"
#include <stdlib.h>
#include <string.h>
#include "link.h"

void *cabi_realloc(void *ptr, size_t old_size, size_t align, size_t new_size);

__attribute__((weak)) void *
cabi_realloc(void *ptr, size_t old_size, size_t align, size_t new_size)
{
    (void)old_size;
    if (new_size == 0)
        return (void *)align;
    void *memory = realloc(ptr, new_size);
    if (memory == NULL)
        abort();
    return memory;
}

static const char *const provider_cap_interfaces[] = {"golden:records/drawing@0.1.0", NULL};
static struct link_provider provider_cap = {.id = "cap", .interfaces = provider_cap_interfaces};

// Resolves what this world imports. Idempotent. False: the caller frees the error.
bool records_import_open(struct link_error *error);

bool
records_import_open(struct link_error *error)
{
    return link_open(&provider_cap, error);
}

// point
static void
encode_shapes_point(struct cbor_writer *writer, const golden_records_shapes_point_t *value)
{
    cbor_write_array(writer, 2);
    cbor_write_signed(writer, value->x);
    cbor_write_signed(writer, value->y);
}

// list<point>
static void
encode_shapes_list_point(struct cbor_writer *writer, const golden_records_shapes_list_point_t *value)
{
    cbor_write_array(writer, value->len);
    for (size_t i = 0; i < value->len; i++)
        encode_shapes_point(writer, &value->ptr[i]);
}

// shape
static void
encode_shapes_shape(struct cbor_writer *writer, const golden_records_shapes_shape_t *value)
{
    static const bool has_payload[] = {false, true, true, true};

    cbor_write_array(writer, value->tag < 4 && has_payload[value->tag] ? 2 : 1);
    cbor_write_unsigned(writer, value->tag);
    switch (value->tag) {
    case 1:
        encode_shapes_point(writer, &value->val.dot);
        break;
    case 2:
        encode_shapes_list_point(writer, &value->val.path);
        break;
    case 3:
        cbor_write_text(writer, value->val.label.ptr, value->val.label.len);
        break;
    default:
        break;
    }
}

// list<shape>
static void
encode_drawing_list_shape(struct cbor_writer *writer, const golden_records_drawing_list_shape_t *value)
{
    cbor_write_array(writer, value->len);
    for (size_t i = 0; i < value->len; i++)
        encode_shapes_shape(writer, &value->ptr[i]);
}

// option<point>
static void
encode_drawing_option_point(struct cbor_writer *writer, const golden_records_drawing_option_point_t *value)
{
    cbor_write_array(writer, value->is_some ? 1 : 0);
    if (value->is_some)
        encode_shapes_point(writer, &value->val);
}

// layer
static void
encode_drawing_layer(struct cbor_writer *writer, const golden_records_drawing_layer_t *value)
{
    cbor_write_array(writer, 5);
    cbor_write_text(writer, value->name.ptr, value->name.len);
    cbor_write_unsigned(writer, value->color);
    cbor_write_unsigned(writer, value->style);
    encode_drawing_list_shape(writer, &value->shapes);
    encode_drawing_option_point(writer, &value->origin);
}

// tuple<u32, string>
static bool
decode_tuple2_u32_string(struct cbor_reader *reader, records_import_tuple2_u32_string_t *value)
{
    return cbor_read_tuple(reader, 2) &&
           (cbor_read_u32(reader, &value->f0) || cbor_in_item(reader, 0)) &&
           (cbor_read_text(reader, &value->f1.ptr, &value->f1.len) || cbor_in_item(reader, 1));
}

// color
static bool
decode_shapes_color(struct cbor_reader *reader, golden_records_shapes_color_t *value)
{
    uint32_t index = 0;

    if (!cbor_read_enum(reader, 3, &index))
        return false;
    *value = (golden_records_shapes_color_t)index;
    return true;
}

// list<color>
static bool
decode_drawing_list_color(struct cbor_reader *reader, golden_records_drawing_list_color_t *value)
{
    if (!cbor_read_list(reader, sizeof *value->ptr, &value->ptr, &value->len))
        return false;
    for (size_t i = 0; i < value->len; i++) {
        if (!decode_shapes_color(reader, &value->ptr[i]))
            return cbor_in_item(reader, i);
    }
    return true;
}

// drawing.draw(layer: layer, at: point) -> tuple<u32, string>
void
golden_records_drawing_draw(golden_records_drawing_layer_t *layer, golden_records_drawing_point_t *at,
                            records_import_tuple2_u32_string_t *ret)
{
    struct link_call call;

    memset(ret, 0, sizeof *ret);
    link_begin(&call, &provider_cap, LINK_METHOD("drawing.draw"), 2);
    encode_drawing_layer(&call.arguments, layer);
    encode_shapes_point(&call.arguments, at);
    if (link_send(&call))
        decode_tuple2_u32_string(&call.reply, ret);
    if (!link_end(&call)) {
        records_import_tuple2_u32_string_free(ret);
        memset(ret, 0, sizeof *ret);
    }
}

// drawing.colors() -> list<color>
void
golden_records_drawing_colors(golden_records_drawing_list_color_t *ret)
{
    struct link_call call;

    memset(ret, 0, sizeof *ret);
    link_begin(&call, &provider_cap, LINK_METHOD("drawing.colors"), 0);
    if (link_send(&call))
        decode_drawing_list_color(&call.reply, ret);
    if (!link_end(&call)) {
        golden_records_drawing_list_color_free(ret);
        memset(ret, 0, sizeof *ret);
    }
}

void
records_import_string_set(records_import_string_t *ret, const char *s)
{
    ret->ptr = (uint8_t *)s;
    ret->len = strlen(s);
}

void
records_import_string_dup(records_import_string_t *ret, const char *s)
{
    records_import_string_dup_n(ret, s, strlen(s));
}

void
records_import_string_dup_n(records_import_string_t *ret, const char *s, size_t len)
{
    // An empty string has a pointer that is not NULL and not to be freed.
    ret->ptr = cabi_realloc(NULL, 0, 1, len);
    ret->len = len;
    memcpy(ret->ptr, s, len);
}

void
records_import_string_free(records_import_string_t *ret)
{
    if (ret->len > 0)
        free(ret->ptr);
    ret->ptr = NULL;
    ret->len = 0;
}

void
golden_records_shapes_list_point_free(golden_records_shapes_list_point_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
golden_records_shapes_shape_free(golden_records_shapes_shape_t *ptr)
{
    switch (ptr->tag) {
    case 2:
        golden_records_shapes_list_point_free(&ptr->val.path);
        break;
    case 3:
        records_import_string_free(&ptr->val.label);
        break;
    default:
        break;
    }
}

void
golden_records_drawing_shape_free(golden_records_drawing_shape_t *ptr)
{
    golden_records_shapes_shape_free(ptr);
}

void
golden_records_drawing_list_shape_free(golden_records_drawing_list_shape_t *ptr)
{
    for (size_t i = 0; i < ptr->len; i++)
        golden_records_drawing_shape_free(&ptr->ptr[i]);
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
golden_records_drawing_option_point_free(golden_records_drawing_option_point_t *ptr)
{
    (void)ptr; // holds nothing
}

void
golden_records_drawing_layer_free(golden_records_drawing_layer_t *ptr)
{
    records_import_string_free(&ptr->name);
    golden_records_drawing_list_shape_free(&ptr->shapes);
}

void
records_import_tuple2_u32_string_free(records_import_tuple2_u32_string_t *ptr)
{
    records_import_string_free(&ptr->f1);
}

void
golden_records_drawing_list_color_free(golden_records_drawing_list_color_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}
