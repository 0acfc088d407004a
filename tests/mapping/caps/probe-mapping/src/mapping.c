/* Values go back as they came; things have names and are counted. Arguments are the cap's own, so what is not returned is
 * freed or dropped. */
#include <stdlib.h>
#include <string.h>

#include "probe_mapping_cap.h"

#define VALUES(name) exports_probe_mapping_values_##name
#define THINGS(name) exports_probe_mapping_things_##name
#define SHELVES(name) exports_probe_mapping_shelves_##name

typedef probe_mapping_cap_string_t string;
typedef probe_mapping_cap_list_u8_t bytes;
typedef THINGS(own_thing_t) own_thing;

/* ---- Values ---- */

void
VALUES(nothing)(void)
{
}

double
VALUES(sum)(bool a, uint8_t b, int8_t c, uint16_t d, int16_t e, uint32_t f, int32_t g, uint64_t h, int64_t i, float j,
            double k)
{
    return k + a + b + c + d + e + f + g + (double)h + (double)i + j;
}

#define ECHO(function, type)                                                                                           \
    void function(type *v, type *ret)                                                                                  \
    {                                                                                                                  \
        *ret = *v;                                                                                                     \
    }
#define ECHO_VALUE(function, type)                                                                                     \
    type function(type v)                                                                                              \
    {                                                                                                                  \
        return v;                                                                                                      \
    }

ECHO(VALUES(echo_scalars), VALUES(scalars_t))
ECHO(VALUES(echo_lists), VALUES(lists_t))
ECHO(VALUES(echo_shape), VALUES(shape_t))
ECHO(VALUES(echo_place), VALUES(place_t))
ECHO(VALUES(echo_string), string)
ECHO(VALUES(echo_results), VALUES(tuple4_outcome_result_u8_void_result_void_string_result_void_void_t))
ECHO_VALUE(VALUES(echo_color), VALUES(color_t))
ECHO_VALUE(VALUES(echo_mode), VALUES(mode_t))
ECHO_VALUE(VALUES(echo_char), uint32_t)

bool
VALUES(perhaps)(uint8_t *maybe_first, uint8_t second, string *maybe_third, bytes *maybe_fourth, VALUES(point_t) *maybe_fifth,
                string *ret)
{
    char text[] = "-----";

    text[0] = maybe_first == NULL ? '-' : (char)('0' + *maybe_first);
    text[1] = (char)('0' + second);
    text[2] = maybe_third == NULL ? '-' : (char)('0' + maybe_third->len);
    text[3] = maybe_fourth == NULL ? '-' : (char)('0' + maybe_fourth->len);
    text[4] = maybe_fifth == NULL ? '-' : (char)('0' + maybe_fifth->x);
    if (maybe_third != NULL)
        probe_mapping_cap_string_free(maybe_third);
    if (maybe_fourth != NULL)
        probe_mapping_cap_list_u8_free(maybe_fourth);
    if (second == 9)
        return false;
    probe_mapping_cap_string_dup(ret, text);
    return true;
}

void
VALUES(join)(bytes *left, bytes *right, string *from, bytes *ret)
{
    ret->len = left->len + from->len + right->len;
    ret->ptr = malloc(ret->len + 1);
    memcpy(ret->ptr, left->ptr, left->len);
    memcpy(ret->ptr + left->len, from->ptr, from->len);
    memcpy(ret->ptr + left->len + from->len, right->ptr, right->len);
    if (ret->len == 0)
        free(ret->ptr);
    probe_mapping_cap_list_u8_free(left);
    probe_mapping_cap_list_u8_free(right);
    probe_mapping_cap_string_free(from);
}

bool
VALUES(refuse)(VALUES(shape_t) *how, string *ret, VALUES(shape_t) *err)
{
    if (how->tag != EXPORTS_PROBE_MAPPING_TYPES_SHAPE_NONE) {
        *err = *how;
        return false;
    }
    probe_mapping_cap_string_dup(ret, "fine");
    return true;
}

bool
VALUES(refuse_color)(VALUES(color_t) how, VALUES(color_t) *err)
{
    *err = how;
    return how == EXPORTS_PROBE_MAPPING_TYPES_COLOR_GREEN;
}

bool
VALUES(refuse_all)(void)
{
    return false;
}

bool
VALUES(try_outcome)(bool good, bytes *ret, VALUES(color_t) *err)
{
    if (good)
        probe_mapping_cap_string_dup((string *)ret, "good");
    else
        *err = EXPORTS_PROBE_MAPPING_TYPES_COLOR_DARK_BLUE;
    return good;
}

void
VALUES(zeros)(uint32_t count, bytes *ret)
{
    *ret = (bytes){calloc(count, 1), count};
}

uint32_t
VALUES(trap)(void)
{
    __builtin_trap();
}

/* ---- Things ---- */

struct THINGS(thing_t) {
    string name;
    uint32_t size;
};

static uint32_t live;

/* A new thing that takes the name over. */
static own_thing
make(string name, uint32_t size)
{
    THINGS(thing_t) *thing = malloc(sizeof *thing);

    *thing = (THINGS(thing_t)){name, size};
    live++;
    return THINGS(thing_new)(thing);
}

static string
copy(string from)
{
    string to;

    probe_mapping_cap_string_dup_n(&to, (const char *)from.ptr, from.len);
    return to;
}

own_thing
THINGS(constructor_thing)(string *name, uint32_t *maybe_size)
{
    return make(*name, maybe_size == NULL ? (uint32_t)name->len : *maybe_size);
}

void
THINGS(thing_destructor)(THINGS(thing_t) *rep)
{
    probe_mapping_cap_string_free(&rep->name);
    free(rep);
    live--;
}

void
THINGS(method_thing_name)(THINGS(borrow_thing_t) self, string *ret)
{
    *ret = copy(self->name);
}

uint32_t
THINGS(method_thing_size)(THINGS(borrow_thing_t) self)
{
    return self->size;
}

bool
THINGS(method_thing_rename)(THINGS(borrow_thing_t) self, string *name, string *ret, string *err)
{
    if (name->len == 0) {
        probe_mapping_cap_string_dup(err, "a name must not be empty");
        return false;
    }
    *ret = self->name;
    self->name = *name;
    return true;
}

bool
THINGS(method_thing_same_as)(THINGS(borrow_thing_t) self, THINGS(borrow_thing_t) other)
{
    return self == other;
}

own_thing
THINGS(method_thing_copy)(THINGS(borrow_thing_t) self)
{
    return make(copy(self->name), self->size);
}

uint32_t
THINGS(method_thing_add)(THINGS(borrow_thing_t) self, uint32_t value, uint32_t times)
{
    return self->size += value * times;
}

/* The first one, named after both; the second is dropped, or is the error where the first one has no name. */
bool
THINGS(static_thing_join)(own_thing a, own_thing b, own_thing *ret, own_thing *err)
{
    THINGS(thing_t) *first = THINGS(thing_rep)(a), *second = THINGS(thing_rep)(b);

    if (first->name.len == 0) {
        THINGS(thing_drop_own)(a);
        *err = b;
        return false;
    }
    first->name.ptr = realloc(first->name.ptr, first->name.len + second->name.len);
    memcpy(first->name.ptr + first->name.len, second->name.ptr, second->name.len);
    first->name.len += second->name.len;
    THINGS(thing_drop_own)(b);
    *ret = a;
    return true;
}

uint32_t
THINGS(static_thing_live)(void)
{
    return live;
}

ECHO(THINGS(echo_parcel), THINGS(parcel_t))
ECHO(THINGS(echo_found), THINGS(found_t))

bool
THINGS(echo_maybe)(own_thing *maybe_v, own_thing *ret)
{
    if (maybe_v != NULL)
        *ret = *maybe_v;
    return maybe_v != NULL;
}

void
THINGS(swap)(own_thing a, own_thing b, THINGS(tuple2_own_thing_own_thing_t) *ret)
{
    *ret = (THINGS(tuple2_own_thing_own_thing_t)){b, a};
}

bool
THINGS(longest)(THINGS(list_borrow_thing_t) *things, THINGS(borrow_thing_t) *maybe_otherwise, string *ret)
{
    THINGS(borrow_thing_t) longest = maybe_otherwise == NULL ? NULL : *maybe_otherwise;

    for (size_t i = 0; i < things->len; i++)
        if (longest == NULL || things->ptr[i]->name.len > longest->name.len)
            longest = things->ptr[i];
    if (longest != NULL)
        *ret = copy(longest->name);
    THINGS(list_borrow_thing_free)(things);
    return longest != NULL;
}

bool
THINGS(fail_with)(THINGS(list_own_thing_t) *v, THINGS(list_own_thing_t) *err)
{
    *err = *v;
    return v->len == 0;
}

/* ---- Shelves ---- */

struct SHELVES(shelf_t) {
    SHELVES(list_own_thing_t) things;
};

SHELVES(own_shelf_t)
SHELVES(static_shelf_of)(SHELVES(list_own_thing_t) *things)
{
    SHELVES(shelf_t) *shelf = malloc(sizeof *shelf);

    shelf->things = *things;
    return SHELVES(shelf_new)(shelf);
}

void
SHELVES(shelf_destructor)(SHELVES(shelf_t) *rep)
{
    for (size_t i = 0; i < rep->things.len; i++)
        THINGS(thing_drop_own)(rep->things.ptr[i]);
    SHELVES(list_own_thing_free)(&rep->things);
    free(rep);
}

bool
SHELVES(method_shelf_take)(SHELVES(borrow_shelf_t) self, SHELVES(own_thing_t) *ret)
{
    if (self->things.len == 0)
        return false;
    *ret = self->things.ptr[--self->things.len];
    if (self->things.len == 0)
        free(self->things.ptr);
    return true;
}
