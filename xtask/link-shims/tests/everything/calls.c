/* Calls everything that the cap exports and compares what comes back. */
#include <math.h>

#include "check.h"

/* The echoed value was encoded as the argument was: the reply is the only item of the request's array. */
static void
check_echo(void)
{
    CHECK(loopback.request_length == loopback.answer_length + 1);
    CHECK(memcmp(loopback.request + 1, loopback.answer, loopback.answer_length) == 0);
}

/* ---- Scalars ---- */

void
scalars(void)
{
    CHECK(VALUES(not)(false) && !VALUES(not)(true));
    CHECK(VALUES(next_u8)(254) == 255);
    CHECK(VALUES(next_s8)(-128) == -127);
    CHECK(VALUES(next_u16)(65534) == 65535);
    CHECK(VALUES(next_s16)(-32768) == -32767);
    CHECK(VALUES(next_u32)(4294967294u) == 4294967295u);
    CHECK(VALUES(next_s32)(-2147483647 - 1) == -2147483647);
    CHECK(VALUES(next_u64)(UINT64_MAX - 1) == UINT64_MAX);
    CHECK(VALUES(next_s64)(INT64_MIN) == INT64_MIN + 1);
    CHECK(VALUES(half_f32)(3) == 1.5f);
    CHECK(VALUES(half_f64)(INFINITY) == INFINITY);
    CHECK(isnan(VALUES(half_f64)(NAN)));
    CHECK(VALUES(next_char)(0x10fffe) == 0x10ffff);
    CHECK(VALUES(next_color)(TEST_EVERYTHING_TYPES_COLOR_GREEN) == TEST_EVERYTHING_TYPES_COLOR_DARK_BLUE);
    CHECK(VALUES(echo_small)(TEST_EVERYTHING_TYPES_SMALL_A | TEST_EVERYTHING_TYPES_SMALL_C) == 5);
    CHECK(VALUES(echo_large)(0x80000001) == 0x80000001);
    VALUES(nothing)();
    CHECK(VALUES(sum)(true, 2, -3, 4, -5, 6, -7, 8, -9, 0.5f, 0.25, 'A') == 62.75);
}

void
record_of_scalars(void)
{
    VALUES(scalars_t) in = {true, 255, -128, 65535, -32768, 4294967295u, -1, UINT64_MAX, INT64_MIN, -0.5f, 1e300, 0xd7ff};
    VALUES(scalars_t) out;

    VALUES(echo_scalars)(&in, &out);
    check_echo();
    CHECK(out.a && out.b == 255 && out.c == -128 && out.d == 65535 && out.e == -32768 && out.f == 4294967295u);
    CHECK(out.g == -1 && out.h == UINT64_MAX && out.i == INT64_MIN && out.j == -0.5f && out.k == 1e300);
    CHECK(out.l == 0xd7ff);
}

/* ---- Memory ---- */

void
strings(void)
{
    string in = TEXT("h\xc3\xa9llo"), empty = {NULL, 0}, out;
    uint8_t many[300];
    bytes long_in = LIST(many), long_out;

    VALUES(echo_string)(&in, &out);
    CHECK(same(out, "h\xc3\xa9llo"));
    everything_import_string_free(&out);
    VALUES(echo_string)(&empty, &out);
    CHECK(out.len == 0 && out.ptr != NULL);
    everything_import_string_free(&out);
    memset(many, 0xa5, sizeof many);
    VALUES(echo_bytes)(&long_in, &long_out);
    CHECK(long_out.len == 300 && memcmp(long_out.ptr, many, 300) == 0);
    everything_import_list_u8_free(&long_out);
}

void
lists(void)
{
    uint8_t u8s[] = {0, 1, 255};
    int8_t s8s[] = {-128, 127};
    uint16_t u16s[] = {0, 65535};
    int16_t s16s[] = {-32768};
    uint32_t u32s[] = {4294967295u};
    int32_t s32s[] = {-1, 0};
    uint64_t u64s[] = {UINT64_MAX};
    int64_t s64s[] = {INT64_MIN};
    float f32s[] = {0.5f, INFINITY};
    double f64s[] = {-1e-300};
    bool bools[] = {true, false};
    uint32_t chars[] = {0, 0x10ffff};
    string texts[] = {TEXT("a"), TEXT(""), TEXT("ccc")};
    bytes nested[] = {{u8s, 3}, {u8s, 0}, {u8s + 1, 1}};
    test_everything_types_point_t points[] = {{1, -2}, {3, 4}};
    test_everything_types_color_t colors[] = {2, 0};
    test_everything_types_medium_t modes[] = {0x1ff, 0};
    everything_import_option_u32_t options[] = {{false, 0}, {true, 7}};
    everything_import_tuple2_string_u8_t pairs[] = {{TEXT("x"), 9}};
    test_everything_types_shape_t shapes[4] = {{.tag = TEST_EVERYTHING_TYPES_SHAPE_NONE}};
    VALUES(lists_t) in = {LIST(u8s),  LIST(s8s),    LIST(u16s),   LIST(s16s),    LIST(u32s),  LIST(s32s),   LIST(u64s),
                          LIST(s64s), LIST(f32s),   LIST(f64s),   LIST(bools),   LIST(chars), {u8s, 2},     LIST(texts),
                          LIST(nested), LIST(points), LIST(colors), LIST(modes), LIST(options), LIST(pairs), LIST(shapes)};
    VALUES(lists_t) out, again;

    shapes[1].tag = TEST_EVERYTHING_TYPES_SHAPE_LABEL;
    shapes[1].val.label = texts[2];
    shapes[2].tag = TEST_EVERYTHING_TYPES_SHAPE_PATH;
    shapes[2].val.path.ptr = points;
    shapes[2].val.path.len = 2;
    shapes[3].tag = TEST_EVERYTHING_TYPES_SHAPE_INT;
    shapes[3].val.int_ = 200;
    VALUES(echo_lists)(&in, &out);
    check_echo();
    CHECK(out.u8s.len == 3 && memcmp(out.u8s.ptr, u8s, 3) == 0);
    CHECK(out.s16s.ptr[0] == -32768 && out.u64s.ptr[0] == UINT64_MAX && out.f32s.ptr[1] == INFINITY);
    CHECK(same(out.strings.ptr[2], "ccc") && out.nested.ptr[1].len == 0 && out.nested.ptr[0].ptr[2] == 255);
    CHECK(out.points.ptr[1].y == 4 && out.options.ptr[1].val == 7 && same(out.pairs.ptr[0].f0, "x"));
    CHECK(same(out.shapes.ptr[1].val.label, "ccc") && out.shapes.ptr[2].val.path.ptr[0].y == -2);
    CHECK(out.shapes.ptr[3].val.int_ == 200 && out.modes.ptr[0] == 0x1ff);
    /* What was decoded here encodes to the same again. */
    VALUES(echo_lists)(&out, &again);
    check_echo();
    VALUES(lists_free)(&out);
    VALUES(lists_free)(&again);
}

void
choices(void)
{
    test_everything_types_name_t names[] = {TEXT("n1"), TEXT("n2")};
    string words[] = {TEXT("w")};
    VALUES(choices_t) in, out;

    memset(&in, 0, sizeof in);
    in.shape.tag = TEST_EVERYTHING_TYPES_SHAPE_DOT;
    in.shape.val.dot.y = -9;
    in.bare.tag = TEST_EVERYTHING_TYPES_BARE_SECOND;
    in.lone.tag = TEST_EVERYTHING_TYPES_LONE_SOMETHING;
    in.lone.val.something = words[0];
    in.full.tag = TEST_EVERYTHING_TYPES_FULL_WORDS;
    in.full.val.words.ptr = words;
    in.full.val.words.len = 1;
    in.color = TEST_EVERYTHING_TYPES_COLOR_DARK_BLUE;
    in.small = TEST_EVERYTHING_TYPES_SMALL_B;
    in.medium = TEST_EVERYTHING_TYPES_MEDIUM_B8;
    in.large = 0x80000000;
    in.maybe.is_some = in.maybe.val.is_some = true;
    in.maybe.val.val = words[0];
    in.both.is_err = true;
    in.both.val.err = words[0];
    in.good.val.ok = 77;
    in.bad.is_err = true;
    in.bad.val.err = names[0];
    in.neither.is_err = true;
    in.deep.is_some = in.deep.val.is_err = true;
    in.deep.val.val.err.f0 = true;
    in.deep.val.val.err.f1.ptr = names;
    in.deep.val.val.err.f1.len = 2;
    VALUES(echo_choices)(&in, &out);
    check_echo();
    CHECK(out.shape.val.dot.y == -9 && out.bare.tag == 1 && same(out.lone.val.something, "w"));
    CHECK(same(out.full.val.words.ptr[0], "w") && out.color == 2 && out.medium == 0x100 && out.large == 0x80000000);
    CHECK(same(out.maybe.val.val, "w") && same(out.both.val.err, "w") && out.good.val.ok == 77);
    CHECK(same(out.bad.val.err, "n1") && out.neither.is_err && same(out.deep.val.val.err.f1.ptr[1], "n2"));
    VALUES(choices_free)(&out);

    memset(&in, 0, sizeof in);
    in.maybe.is_some = true;
    in.deep.is_some = true;
    in.deep.val.val.ok.is_some = true;
    in.deep.val.val.ok.val.tag = TEST_EVERYTHING_TYPES_SHAPE_LABEL;
    in.deep.val.val.ok.val.val.label = words[0];
    VALUES(echo_choices)(&in, &out);
    check_echo();
    CHECK(out.maybe.is_some && !out.maybe.val.is_some && !out.neither.is_err);
    CHECK(same(out.deep.val.val.ok.val.val.label, "w"));
    VALUES(choices_free)(&out);
}

void
named(void)
{
    VALUES(words_t) words = {.int_ = 1, .default_ = TEXT("d"), .ret_ = true, .err_ = 2, .struct_ = TEXT("s")}, words_out;
    VALUES(pair_t) pair = {TEXT("p"), {5, 6}}, pair_out;
    VALUES(alias_shape_t) shape = {.tag = TEST_EVERYTHING_TYPES_SHAPE_LABEL, .val.label = TEXT("alias")}, shape_out;
    test_everything_types_full_t full = {.tag = TEST_EVERYTHING_TYPES_FULL_NUMBER, .val.number = 99}, full_out;
    string list[] = {TEXT("x"), TEXT("y")};
    everything_import_tuple3_u8_string_list_string_t tuple = {3, TEXT("t"), LIST(list)}, tuple_out;

    VALUES(echo_words)(&words, &words_out);
    check_echo();
    CHECK(words_out.int_ == 1 && same(words_out.default_, "d") && words_out.ret_ && words_out.struct_.len == 1);
    VALUES(words_free)(&words_out);
    VALUES(echo_pair)(&pair, &pair_out);
    CHECK(same(pair_out.f0, "p") && pair_out.f1.x == 5);
    VALUES(pair_free)(&pair_out);
    VALUES(echo_alias)(&shape, &shape_out);
    CHECK(same(shape_out.val.label, "alias"));
    VALUES(alias_shape_free)(&shape_out);
    VALUES(echo_full)(&full, &full_out);
    CHECK(full_out.val.number == 99);
    test_everything_types_full_free(&full_out);
    VALUES(echo_tuple)(&tuple, &tuple_out);
    check_echo();
    CHECK(tuple_out.f0 == 3 && same(tuple_out.f2.ptr[1], "y"));
    everything_import_tuple3_u8_string_list_string_free(&tuple_out);
}

/* ---- Flattened options and results ---- */

void
options(void)
{
    string text = TEXT("some"), out;
    uint32_t number = 5, number_out = 0;
    test_everything_types_bytes_t perhaps = TEXT("\1\2"), perhaps_out;
    everything_import_option_u8_t nested = {true, 8}, nested_out;

    CHECK(!VALUES(echo_option)(NULL, &out));
    if (VALUES(echo_option)(&text, &out)) {
        CHECK(same(out, "some"));
        everything_import_string_free(&out);
    } else {
        CHECK(false);
    }
    CHECK(VALUES(echo_number)(&number, &number_out) && number_out == 5);
    CHECK(!VALUES(echo_number)(NULL, &number_out));
    if (VALUES(echo_perhaps)(&perhaps, &perhaps_out)) {
        CHECK(perhaps_out.len == 2);
        test_everything_types_bytes_free(&perhaps_out);
    } else {
        CHECK(false);
    }
    CHECK(VALUES(echo_nested)(&nested, &nested_out) && nested_out.is_some && nested_out.val == 8);
    nested.is_some = false;
    CHECK(VALUES(echo_nested)(&nested, &nested_out) && !nested_out.is_some);
    CHECK(!VALUES(echo_nested)(NULL, &nested_out));
}

void
results(void)
{
    VALUES(result_string_list_u8_t) in = {.val.ok = TEXT("good")};
    VALUES(outcome_t) outcome = {.is_err = true, .val.err = TEST_EVERYTHING_TYPES_COLOR_GREEN};
    string ok;
    bytes err;
    test_everything_types_bytes_t outcome_ok;
    test_everything_types_color_t outcome_err = 0;

    for (int i = 0; i < 2; i++) {
        memset(&ok, 0, sizeof ok);
        memset(&err, 0, sizeof err);
        bool is_ok = VALUES(echo_result)(&in, &ok, &err);
        CHECK(is_ok == !in.is_err && (is_ok ? same(ok, "good") : err.len == 3));
        everything_import_string_free(&ok);
        everything_import_list_u8_free(&err);
        in = (VALUES(result_string_list_u8_t)){.is_err = true, .val.err = TEXT("bad")};
    }
    CHECK(!VALUES(echo_outcome)(&outcome, &outcome_ok, &outcome_err) && outcome_err == 1);
    outcome = (VALUES(outcome_t)){.val.ok = TEXT("bytes")};
    if (VALUES(echo_outcome)(&outcome, &outcome_ok, &outcome_err)) {
        CHECK(outcome_ok.len == 5);
        test_everything_types_bytes_free(&outcome_ok);
    } else {
        CHECK(false);
    }
    if (VALUES(only_ok)(false, &ok))
        everything_import_string_free(&ok);
    CHECK(!VALUES(only_ok)(true, &ok) && VALUES(only_err)(false, &ok));
    memset(&ok, 0, sizeof ok);
    CHECK(!VALUES(only_err)(true, &ok) && same(ok, "broken"));
    everything_import_string_free(&ok);
    CHECK(VALUES(bare_result)(false) && !VALUES(bare_result)(true));
}

void
parameter_names(void)
{
    string first = TEXT("f"), second = TEXT("s"), third = TEXT("t"), out;

    VALUES(names)(1, &first, &second, 2, 3, 4, 5, &third, &out);
    CHECK(same(out, "12345fst"));
    everything_import_string_free(&out);
    VALUES(names)(1, &first, NULL, 2, 3, 4, 5, &third, &out);
    CHECK(same(out, "12345ft"));
    everything_import_string_free(&out);
}

/* ---- Resources ---- */

static thing
make(const char *name)
{
    string text = {(uint8_t *)name, strlen(name)};
    return THINGS(constructor_thing)(&text);
}

static void
check_name(thing value, const char *name)
{
    string out;

    THINGS(method_thing_name)(THINGS(borrow_thing)(value), &out);
    CHECK(same(out, name));
    everything_import_string_free(&out);
}

void
methods(void)
{
    string text = TEXT("longer"), ok = {NULL, 0}, err = {NULL, 0};
    thing a = make("a"), b = make("b"), c, d = {0};

    check_name(a, "a");
    CHECK(THINGS(method_thing_rename)(THINGS(borrow_thing)(a), &text, &ok, &err) && same(ok, "a"));
    everything_import_string_free(&ok);
    everything_import_string_free(&err);
    memset(&ok, 0, sizeof ok);
    memset(&err, 0, sizeof err);
    text.len = 0;
    CHECK(!THINGS(method_thing_rename)(THINGS(borrow_thing)(a), &text, &ok, &err) && err.len > 0);
    everything_import_string_free(&ok);
    everything_import_string_free(&err);
    CHECK(THINGS(method_thing_compare)(THINGS(borrow_thing)(a), THINGS(borrow_thing)(b)) == 5);
    c = THINGS(method_thing_copy)(THINGS(borrow_thing)(a));
    check_name(c, "longer");
    CHECK(!THINGS(method_thing_try_copy)(THINGS(borrow_thing)(b), true, &d, &d));
    check_name(d, "b");
    c = THINGS(static_thing_join)(c, d);
    check_name(c, "longerb");
    CHECK(THINGS(static_thing_live)() == 3 && THINGS(thing_live)() == 3);
    THINGS(thing_drop_own)(a);
    THINGS(thing_drop_own)(b);
    THINGS(thing_drop_borrow)(THINGS(borrow_thing)(c));
    THINGS(thing_drop_own)(c);
    CHECK(THINGS(static_thing_live)() == 0);
    THINGS(other_drop_own)(THINGS(constructor_other)());
}

void
handles_in_values(void)
{
    thing items[] = {make("one"), make("three"), make("two")}, single = make("single"), back = {0}, none;
    THINGS(borrow_thing_t) borrows[] = {THINGS(borrow_thing)(items[0]), THINGS(borrow_thing)(items[1])};
    THINGS(list_borrow_thing_t) borrow_list = LIST(borrows);
    THINGS(list_own_thing_t) own_list = LIST(items);
    THINGS(tuple2_borrow_thing_u32_t) pair = {THINGS(borrow_thing)(single), 3};
    THINGS(tuple2_list_own_thing_option_own_thing_t) unpacked;
    THINGS(parcel_t) parcel;
    string label = TEXT("label"), out;

    if (THINGS(longest)(&borrow_list, &out)) {
        CHECK(same(out, "three"));
        everything_import_string_free(&out);
    }
    borrow_list.len = 0;
    CHECK(!THINGS(longest)(&borrow_list, &out));
    THINGS(peek)(&pair, &out);
    CHECK(same(out, "sin"));
    everything_import_string_free(&out);
    THINGS(pack)(&label, &own_list, &parcel);
    CHECK(same(parcel.label, "label") && parcel.items.len == 2 && parcel.first.is_some);
    THINGS(unpack)(&parcel, &unpacked);
    CHECK(unpacked.f0.len == 2 && unpacked.f1.is_some);
    THINGS(parcel_free)(&parcel);
    if (unpacked.f1.is_some)
        check_name(unpacked.f1.val, "one");
    for (size_t i = 0; i < unpacked.f0.len; i++)
        THINGS(thing_drop_own)(unpacked.f0.ptr[i]);
    THINGS(tuple2_list_own_thing_option_own_thing_free)(&unpacked);
    if (unpacked.f1.is_some)
        THINGS(thing_drop_own)(unpacked.f1.val);
    CHECK(THINGS(maybe)(&single, &back) && !THINGS(maybe)(NULL, &none));
    THINGS(thing_drop_own)(back);
}

void
shelves(void)
{
    thing items[] = {make("left"), make("right")}, taken = {0};
    SHELVES(list_own_thing_t) list = LIST(items);
    SHELVES(own_shelf_t) shelf = SHELVES(constructor_shelf)(&list);
    SHELVES(borrow_shelf_t) borrow = SHELVES(borrow_shelf)(shelf);
    SHELVES(parcel_t) parcel = {.label = TEXT("p")};
    test_everything_types_shape_t shape;
    string out;

    for (uint32_t i = 0; i < 3; i++) {
        memset(&out, 0, sizeof out);
        memset(&shape, 0, sizeof shape);
        bool found = SHELVES(method_shelf_look)(borrow, i, &out, &shape);
        CHECK(found ? same(out, i == 0 ? "left" : "right") : same(shape.val.label, "no such thing"));
        everything_import_string_free(&out);
        test_everything_types_shape_free(&shape);
    }
    CHECK(SHELVES(method_shelf_take)(borrow, &taken));
    SHELVES(name_of)(THINGS(borrow_thing)(taken), &out);
    CHECK(same(out, "right"));
    everything_import_string_free(&out);
    parcel.first.is_some = true;
    parcel.first.val = taken;
    CHECK(SHELVES(count)(&parcel) == 1);
    CHECK(THINGS(static_thing_live)() == 1);
    SHELVES(shelf_drop_own)(shelf);
    CHECK(THINGS(static_thing_live)() == 0);
}

void
tools(void)
{
    TOOLS(tool_t) tools[] = {{TEXT("\1\2"), {true, TEXT("m")}}, {TEXT(""), {0}}}, found;
    TOOLS(list_tool_t) in = LIST(tools), out;
    bytes edge = TEXT("\7"), err = {NULL, 0};

    TOOLS(sharpen)(&in, &out);
    CHECK(out.len == 2 && out.ptr[0].edge.ptr[1] == 3 && same(out.ptr[0].mark.val, "m"));
    TOOLS(list_tool_free)(&out);
    /* wit-bindgen-c declares no `tool_free`: types that it named for another package do not count there. */
    memset(&found, 0, sizeof found);
    CHECK(TOOLS(find)(&edge, &found, &err) && same(found.mark.val, "found"));
    everything_import_list_u8_free(&found.edge);
    everything_import_option_string_free(&found.mark);
    everything_import_list_u8_free(&err);
    memset(&err, 0, sizeof err);
    memset(&found, 0, sizeof found);
    edge.len = 0;
    CHECK(!TOOLS(find)(&edge, &found, &err) && err.len == 0);
    everything_import_list_u8_free(&found.edge);
    everything_import_option_string_free(&found.mark);
    everything_import_list_u8_free(&err);
}

/* ---- Errors ---- */

static void
expect_error(const char *code, const char *context)
{
    struct link_error error;

    if (!link_take_error(&error)) {
        fprintf(stderr, "no error, but %s at %s was expected\n", code, context);
        exit(1);
    }
    if (!link_error_is(&error, code) || strncmp(error.context.text, context, strlen(context)) != 0) {
        fprintf(stderr, "error %s at %s (%s); expected %s at %s\n", error.code.text, error.context.text,
                error.message.text, code, context);
        exit(1);
    }
    link_error_free(&error);
}

/* Values that the consumer should not send, handles that are not alive. */
void
errors(void)
{
    VALUES(lists_t) wrong;
    VALUES(lists_t) out;
    uint32_t no_char[] = {'a', 0xd800};
    string text = TEXT("\xff"), result;
    thing a = make("a"), gone = make("gone");

    CHECK(VALUES(next_color)(3) == 0);
    expect_error("invalid-input", "values.next-color: arguments.v");
    VALUES(echo_string)(&text, &result);
    CHECK(result.len == 0 && result.ptr == NULL);
    expect_error("invalid-input", "values.echo-string: arguments.v");
    memset(&wrong, 0, sizeof wrong);
    wrong.chars.ptr = no_char;
    wrong.chars.len = 2;
    VALUES(echo_lists)(&wrong, &out);
    CHECK(out.u8s.len == 0 && out.chars.len == 0);
    expect_error("invalid-input", "values.echo-lists: arguments.v.chars[1]");

    THINGS(thing_drop_own)(gone);
    THINGS(method_thing_name)(THINGS(borrow_thing)(gone), &result);
    expect_error("invalid-input", "things.thing.name");
    THINGS(thing_drop_own)(gone);
    CHECK(!link_failed());
    /* Given away twice: the first use ends the handle here. */
    CHECK(THINGS(static_thing_join)(a, a).__handle == 0);
    expect_error("invalid-input", "things.thing.join");
    /* Borrowed and given away by one call: the provider refuses, and keeps the handle for the consumer. */
    CHECK(THINGS(constructor_other)().__handle != 0);
}
