// Link shim for dynlink: what records_import.h declares, served as methods. A handler decodes all of its arguments
// before it calls; what they hold is freed here, but for handles, which are passed on. Results are encoded and freed
// here.
#include "records_import.h"
#include <stdlib.h>
#include <string.h>
#include "endpoint.h"

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

// style
static bool
decode_shapes_style(struct cbor_reader *reader, golden_records_shapes_style_t *value)
{
    uint64_t bits = 0;

    if (!cbor_read_flags(reader, 2, &bits))
        return false;
    *value = (golden_records_shapes_style_t)bits;
    return true;
}

// point
static bool
decode_shapes_point(struct cbor_reader *reader, golden_records_shapes_point_t *value)
{
    return cbor_read_tuple(reader, 2) &&
           (cbor_read_s32(reader, &value->x) || cbor_in_field(reader, "x")) &&
           (cbor_read_s32(reader, &value->y) || cbor_in_field(reader, "y"));
}

// list<point>
static bool
decode_shapes_list_point(struct cbor_reader *reader, golden_records_shapes_list_point_t *value)
{
    if (!cbor_read_list(reader, sizeof *value->ptr, &value->ptr, &value->len))
        return false;
    for (size_t i = 0; i < value->len; i++) {
        if (!decode_shapes_point(reader, &value->ptr[i]))
            return cbor_in_item(reader, i);
    }
    return true;
}

// shape
static bool
decode_shapes_shape(struct cbor_reader *reader, golden_records_shapes_shape_t *value)
{
    static const bool has_payload[] = {false, true, true, true};
    uint32_t index = 0;

    if (!cbor_read_variant(reader, 4, has_payload, &index))
        return false;
    value->tag = (uint8_t)index;
    memset(&value->val, 0, sizeof value->val);
    switch (index) {
    case 1:
        return decode_shapes_point(reader, &value->val.dot) || cbor_in_field(reader, "dot");
    case 2:
        return decode_shapes_list_point(reader, &value->val.path) || cbor_in_field(reader, "path");
    case 3:
        return cbor_read_text(reader, &value->val.label.ptr, &value->val.label.len) || cbor_in_field(reader, "label");
    default:
        return true;
    }
}

// list<shape>
static bool
decode_drawing_list_shape(struct cbor_reader *reader, golden_records_drawing_list_shape_t *value)
{
    if (!cbor_read_list(reader, sizeof *value->ptr, &value->ptr, &value->len))
        return false;
    for (size_t i = 0; i < value->len; i++) {
        if (!decode_shapes_shape(reader, &value->ptr[i]))
            return cbor_in_item(reader, i);
    }
    return true;
}

// option<point>
static bool
decode_drawing_option_point(struct cbor_reader *reader, golden_records_drawing_option_point_t *value)
{
    bool is_some = false;

    if (!cbor_read_option(reader, &is_some))
        return false;
    value->is_some = is_some;
    return !is_some || decode_shapes_point(reader, &value->val);
}

// layer
static bool
decode_drawing_layer(struct cbor_reader *reader, golden_records_drawing_layer_t *value)
{
    return cbor_read_tuple(reader, 5) &&
           (cbor_read_text(reader, &value->name.ptr, &value->name.len) || cbor_in_field(reader, "name")) &&
           (decode_shapes_color(reader, &value->color) || cbor_in_field(reader, "color")) &&
           (decode_shapes_style(reader, &value->style) || cbor_in_field(reader, "style")) &&
           (decode_drawing_list_shape(reader, &value->shapes) || cbor_in_field(reader, "shapes")) &&
           (decode_drawing_option_point(reader, &value->origin) || cbor_in_field(reader, "origin"));
}

// tuple<u32, string>
static void
encode_tuple2_u32_string(struct cbor_writer *writer, const records_import_tuple2_u32_string_t *value)
{
    cbor_write_array(writer, 2);
    cbor_write_unsigned(writer, value->f0);
    cbor_write_text(writer, value->f1.ptr, value->f1.len);
}

// list<color>
static void
encode_drawing_list_color(struct cbor_writer *writer, const golden_records_drawing_list_color_t *value)
{
    cbor_write_array(writer, value->len);
    for (size_t i = 0; i < value->len; i++)
        cbor_write_unsigned(writer, value->ptr[i]);
}

// drawing.draw(layer: layer, at: point) -> tuple<u32, string>
static bool
handle_drawing_draw(struct endpoint_call *call)
{
    golden_records_drawing_layer_t layer = {0};
    golden_records_drawing_point_t at = {0};
    records_import_tuple2_u32_string_t ret;

    if (!(endpoint_begin(call, 2) &&
          (decode_drawing_layer(&call->arguments, &layer) || cbor_in_field(&call->arguments, "layer")) &&
          (decode_shapes_point(&call->arguments, &at) || cbor_in_field(&call->arguments, "at")) &&
          endpoint_accept(call))) {
        golden_records_drawing_layer_free(&layer);
        return false;
    }
    golden_records_drawing_draw(&layer, &at, &ret);
    encode_tuple2_u32_string(&call->reply, &ret);
    records_import_tuple2_u32_string_free(&ret);
    golden_records_drawing_layer_free(&layer);
    return true;
}

// drawing.colors() -> list<color>
static bool
handle_drawing_colors(struct endpoint_call *call)
{
    golden_records_drawing_list_color_t ret;

    if (!(endpoint_begin(call, 0) && endpoint_accept(call)))
        return false;
    golden_records_drawing_colors(&ret);
    encode_drawing_list_color(&call->reply, &ret);
    golden_records_drawing_list_color_free(&ret);
    return true;
}

static const char description[] =
    "\244etypes\212"
    "\204frecordepoint`\202\203axcs32`\203aycs32`"
    "\204denumecolor`\203\202cred`\202egreen`\202dblue`"
    "\204eflagsestyle`\202\202fdashed`\202ffilled`"
    "\202dlist\000"
    "\204gvarianteshape`\204\203dnone\366`\203cdot\000`\203dpath\003`\203elabelfstring`"
    "\202dlist\004"
    "\202foption\000"
    "\204frecordelayer`\205\203dnamefstring`\203ecolor\001`\203estyle\002`\203fshapes\005`\203forigin\006`"
    "\202etuple\202cu32fstring"
    "\202dlist\001"
    "gversion\001icallbacks\200jinterfaces\201"
    "\203x\034golden:records/drawing@0.1.0`\202"
    "\206hfunctionddraw\366`\202\202elayer\007\202bat\000\010"
    "\206hfunctionfcolors\366`\200\011";

const struct endpoint_description endpoint_description = {description, sizeof description - 1};

static const char *const interfaces[] = {"golden:records/drawing@0.1.0", NULL};

// Sorted by length, then by bytes.
static const struct endpoint_method methods[] = {
    ENDPOINT_METHOD("drawing.draw", handle_drawing_draw),
    ENDPOINT_METHOD("drawing.colors", handle_drawing_colors),
};

const struct endpoint_contract endpoint_contract = {"cap", "0.1.0", interfaces,
                                                    {methods, sizeof methods / sizeof *methods}};
