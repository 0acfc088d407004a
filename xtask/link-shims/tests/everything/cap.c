/* The cap behind everything_cap.h: values go back as they came, things have names. Arguments are the cap's own, so what
 * is not returned is freed. */
#include <stdlib.h>
#include <string.h>

#include "everything_cap.h"

#define VALUES(name) exports_test_everything_values_##name
#define THINGS(name) exports_test_everything_things_##name
#define SHELVES(name) exports_test_everything_shelves_##name
#define TOOLS(name) exports_test_kit_tools_##name

typedef everything_cap_string_t string;
typedef THINGS(own_thing_t) own_thing;

/* ---- Values ---- */

#define MAP(function, type, expression)                                                                                \
    type VALUES(function)(type v)                                                                                      \
    {                                                                                                                  \
        return (type)(expression);                                                                                     \
    }

MAP(not, bool, !v)
MAP(next_u8, uint8_t, v + 1)
MAP(next_s8, int8_t, v + 1)
MAP(next_u16, uint16_t, v + 1)
MAP(next_s16, int16_t, v + 1)
MAP(next_u32, uint32_t, v + 1)
MAP(next_s32, int32_t, v + 1)
MAP(next_u64, uint64_t, v + 1)
MAP(next_s64, int64_t, v + 1)
MAP(half_f32, float, v / 2)
MAP(half_f64, double, v / 2)
MAP(next_char, uint32_t, v + 1)
MAP(next_color, VALUES(color_t), (v + 1) % 3)
MAP(echo_small, VALUES(small_t), v)
MAP(echo_large, VALUES(large_t), v)

void
VALUES(nothing)(void)
{
}

double
VALUES(sum)(bool a, uint8_t b, int8_t c, uint16_t d, int16_t e, uint32_t f, int32_t g, uint64_t h, int64_t i, float j,
            double k, uint32_t l)
{
    return k + a + b + c + d + e + f + g + (double)h + (double)i + j + l;
}

#define ECHO(function, type)                                                                                           \
    void VALUES(function)(type * v, type * ret)                                                                        \
    {                                                                                                                  \
        *ret = *v;                                                                                                     \
    }

ECHO(echo_string, string)
ECHO(echo_bytes, everything_cap_list_u8_t)
ECHO(echo_scalars, VALUES(scalars_t))
ECHO(echo_lists, VALUES(lists_t))
ECHO(echo_choices, VALUES(choices_t))
ECHO(echo_words, VALUES(words_t))
ECHO(echo_pair, VALUES(pair_t))
ECHO(echo_alias, VALUES(alias_shape_t))
ECHO(echo_full, VALUES(full_t))
ECHO(echo_tuple, everything_cap_tuple3_u8_string_list_string_t)

#define ECHO_OPTION(function, type)                                                                                    \
    bool VALUES(function)(type * maybe_v, type * ret)                                                                  \
    {                                                                                                                  \
        if (maybe_v != NULL)                                                                                           \
            *ret = *maybe_v;                                                                                           \
        return maybe_v != NULL;                                                                                        \
    }

ECHO_OPTION(echo_option, string)
ECHO_OPTION(echo_number, uint32_t)
ECHO_OPTION(echo_perhaps, VALUES(bytes_t))
ECHO_OPTION(echo_nested, everything_cap_option_u8_t)

#define ECHO_RESULT(function, type, ok_type, err_type)                                                                 \
    bool VALUES(function)(type * v, ok_type * ret, err_type * err)                                                     \
    {                                                                                                                  \
        if (v->is_err)                                                                                                 \
            *err = v->val.err;                                                                                         \
        else                                                                                                           \
            *ret = v->val.ok;                                                                                          \
        return !v->is_err;                                                                                             \
    }

ECHO_RESULT(echo_result, VALUES(result_string_list_u8_t), string, everything_cap_list_u8_t)
ECHO_RESULT(echo_outcome, VALUES(outcome_t), VALUES(bytes_t), VALUES(color_t))

bool
VALUES(only_ok)(bool fail, string *ret)
{
    if (!fail)
        everything_cap_string_dup(ret, "fine");
    return !fail;
}

bool
VALUES(only_err)(bool fail, string *err)
{
    if (fail)
        everything_cap_string_dup(err, "broken");
    return !fail;
}

bool
VALUES(bare_result)(bool fail)
{
    return !fail;
}

void
VALUES(names)(uint32_t call, string *ret_, string *maybe_err_, uint32_t memset, uint32_t provider, uint32_t link_call,
              uint32_t int_, string *result, string *ret)
{
    uint32_t numbers[] = {call, memset, provider, link_call, int_};
    size_t err_length = maybe_err_ != NULL ? maybe_err_->len : 0;

    ret->len = 5 + ret_->len + err_length + result->len;
    ret->ptr = malloc(ret->len);
    for (int i = 0; i < 5; i++)
        ret->ptr[i] = (uint8_t)('0' + numbers[i]);
    memcpy(ret->ptr + 5, ret_->ptr, ret_->len);
    if (maybe_err_ != NULL)
        memcpy(ret->ptr + 5 + ret_->len, maybe_err_->ptr, err_length);
    memcpy(ret->ptr + 5 + ret_->len + err_length, result->ptr, result->len);
    everything_cap_string_free(ret_);
    if (maybe_err_ != NULL)
        everything_cap_string_free(maybe_err_);
    everything_cap_string_free(result);
}

/* ---- Things ---- */

struct THINGS(thing_t) {
    string name;
};

struct THINGS(other_t) {
    int nothing;
};

static uint32_t live;

/* A new thing that takes the name over. */
static own_thing
make(string name)
{
    THINGS(thing_t) *thing = malloc(sizeof *thing);

    thing->name = name;
    live++;
    return THINGS(thing_new)(thing);
}

static void
copy_string(string *to, const string *from)
{
    everything_cap_string_dup_n(to, (const char *)from->ptr, from->len);
}

own_thing
THINGS(constructor_thing)(string *name)
{
    return make(*name);
}

void
THINGS(thing_destructor)(THINGS(thing_t) * rep)
{
    everything_cap_string_free(&rep->name);
    free(rep);
    live--;
}

void
THINGS(method_thing_name)(THINGS(borrow_thing_t) self, string *ret)
{
    copy_string(ret, &self->name);
}

/* Gives the old name back, or an empty new one as the error. */
bool
THINGS(method_thing_rename)(THINGS(borrow_thing_t) self, string *name, string *ret, string *err)
{
    if (name->len == 0) {
        everything_cap_string_dup(err, "a name must not be empty");
        return false;
    }
    *ret = self->name;
    self->name = *name;
    return true;
}

int32_t
THINGS(method_thing_compare)(THINGS(borrow_thing_t) self, THINGS(borrow_thing_t) other)
{
    return (int32_t)self->name.len - (int32_t)other->name.len;
}

own_thing
THINGS(method_thing_copy)(THINGS(borrow_thing_t) self)
{
    string name;

    copy_string(&name, &self->name);
    return make(name);
}

bool
THINGS(method_thing_try_copy)(THINGS(borrow_thing_t) self, bool fail, own_thing *ret, own_thing *err)
{
    *(fail ? err : ret) = THINGS(method_thing_copy)(self);
    return !fail;
}

own_thing
THINGS(static_thing_join)(own_thing a, own_thing b)
{
    const string *left = &THINGS(thing_rep)(a)->name;
    const string *right = &THINGS(thing_rep)(b)->name;
    string name = {malloc(left->len + right->len + 1), left->len + right->len};

    memcpy(name.ptr, left->ptr, left->len);
    memcpy(name.ptr + left->len, right->ptr, right->len);
    THINGS(thing_drop_own)(a);
    THINGS(thing_drop_own)(b);
    return make(name);
}

uint32_t
THINGS(static_thing_live)(void)
{
    return live;
}

THINGS(own_other_t)
THINGS(constructor_other)(void)
{
    return THINGS(other_new)(calloc(1, sizeof(THINGS(other_t))));
}

void
THINGS(other_destructor)(THINGS(other_t) * rep)
{
    free(rep);
}

bool
THINGS(longest)(THINGS(list_borrow_thing_t) * things, string *ret)
{
    const string *longest = NULL;

    for (size_t i = 0; i < things->len; i++) {
        if (longest == NULL || things->ptr[i]->name.len > longest->len)
            longest = &things->ptr[i]->name;
    }
    if (longest != NULL)
        copy_string(ret, longest);
    THINGS(list_borrow_thing_free)(things);
    return longest != NULL;
}

/* The first item goes into `first`, the others into `items`. */
void
THINGS(pack)(string *label, THINGS(list_own_thing_t) * items, THINGS(parcel_t) * ret)
{
    ret->label = *label;
    ret->items = *items;
    ret->first.is_some = items->len > 0;
    if (items->len > 0) {
        ret->first.val = items->ptr[0];
        memmove(items->ptr, items->ptr + 1, (items->len - 1) * sizeof *items->ptr);
        if (--ret->items.len == 0)
            free(items->ptr);
    }
}

void
THINGS(unpack)(THINGS(parcel_t) * parcel, THINGS(tuple2_list_own_thing_option_own_thing_t) * ret)
{
    ret->f0 = parcel->items;
    ret->f1 = parcel->first;
    everything_cap_string_free(&parcel->label);
}

bool
THINGS(maybe)(own_thing *maybe_thing, own_thing *ret)
{
    if (maybe_thing != NULL)
        *ret = *maybe_thing;
    return maybe_thing != NULL;
}

void
THINGS(peek)(THINGS(tuple2_borrow_thing_u32_t) * pair, string *ret)
{
    copy_string(ret, &pair->f0->name);
    if (pair->f1 < ret->len) /* a string that is not empty stays so */
        ret->len = pair->f1 > 0 ? pair->f1 : 1;
}

uint32_t
THINGS(thing_live)(void)
{
    return live;
}

/* ---- Shelves ---- */

struct SHELVES(shelf_t) {
    SHELVES(list_own_thing_t) things;
};

SHELVES(own_shelf_t)
SHELVES(constructor_shelf)(SHELVES(list_own_thing_t) * things)
{
    SHELVES(shelf_t) *shelf = malloc(sizeof *shelf);

    shelf->things = *things;
    return SHELVES(shelf_new)(shelf);
}

void
SHELVES(shelf_destructor)(SHELVES(shelf_t) * rep)
{
    for (size_t i = 0; i < rep->things.len; i++)
        THINGS(thing_drop_own)(rep->things.ptr[i]);
    SHELVES(list_own_thing_free)(&rep->things);
    free(rep);
}

bool
SHELVES(method_shelf_take)(SHELVES(borrow_shelf_t) self, SHELVES(own_thing_t) * ret)
{
    if (self->things.len == 0)
        return false;
    *ret = self->things.ptr[self->things.len - 1];
    if (--self->things.len == 0)
        free(self->things.ptr);
    return true;
}

bool
SHELVES(method_shelf_look)(SHELVES(borrow_shelf_t) self, uint32_t index, string *ret, SHELVES(shape_t) * err)
{
    if (index < self->things.len) {
        copy_string(ret, &THINGS(thing_rep)(self->things.ptr[index])->name);
        return true;
    }
    err->tag = EXPORTS_TEST_EVERYTHING_TYPES_SHAPE_LABEL;
    everything_cap_string_dup(&err->val.label, "no such thing");
    return false;
}

void
SHELVES(name_of)(SHELVES(borrow_thing_t) thing, string *ret)
{
    copy_string(ret, &thing->name);
}

uint32_t
SHELVES(count)(SHELVES(parcel_t) * parcel)
{
    uint32_t count = (uint32_t)parcel->items.len + parcel->first.is_some;

    for (size_t i = 0; i < parcel->items.len; i++)
        THINGS(thing_drop_own)(parcel->items.ptr[i]);
    if (parcel->first.is_some)
        THINGS(thing_drop_own)(parcel->first.val);
    SHELVES(parcel_free)(parcel);
    return count;
}

/* ---- Tools ---- */

void
TOOLS(sharpen)(TOOLS(list_tool_t) * tools, TOOLS(list_tool_t) * ret)
{
    for (size_t i = 0; i < tools->len; i++) {
        for (size_t j = 0; j < tools->ptr[i].edge.len; j++)
            tools->ptr[i].edge.ptr[j]++;
    }
    *ret = *tools;
}

/* An edge of one byte is found; any other comes back. */
bool
TOOLS(find)(everything_cap_list_u8_t *edge, TOOLS(tool_t) * ret, everything_cap_list_u8_t *err)
{
    if (edge->len != 1) {
        *err = *edge;
        return false;
    }
    ret->edge = *edge;
    ret->mark.is_some = true;
    everything_cap_string_dup(&ret->mark.val, "found");
    return true;
}

/* ---- Questions ---- */

#define ASKER(name) exports_test_everything_asker_##name
#define ASKING(name) test_everything_asking_##name

uint32_t
ASKER(next)(uint32_t n)
{
    return ASKING(next)(n);
}

void
ASKER(remember)(string *text)
{
    ASKING(remember)(text);
    everything_cap_string_free(text);
}

bool
ASKER(echo)(ASKER(page_t) * page, string *label, ASKER(page_t) * ret, ASKER(reason_t) * err)
{
    bool fine = ASKING(echo)(page, label, ret, err);
    ASKER(page_free)(page);
    if (label != NULL)
        everything_cap_string_free(label);
    return fine;
}

bool
ASKER(bare)(bool fail)
{
    return ASKING(bare)(fail);
}

bool
ASKER(named)(string *name, ASKER(own_guest_t) * ret, string *err)
{
    bool fine = ASKING(static_guest_named)(name, ret, err);
    everything_cap_string_free(name);
    return fine;
}

bool
ASKER(name)(ASKER(borrow_guest_t) guest, string *ret, ASKER(problem_t) * err)
{
    bool fine = ASKING(method_guest_name)(guest, ret, err);
    ASKING(guest_drop_borrow)(guest);
    return fine;
}

bool
ASKER(join)(ASKER(own_guest_t) a, ASKER(borrow_guest_t) b, ASKER(own_guest_t) * ret, ASKER(reason_t) * err)
{
    bool fine = ASKING(static_guest_join)(a, b, ret, err);
    ASKING(guest_drop_borrow)(b);
    return fine;
}

bool
ASKER(split)(ASKER(party_t) * party, ASKER(list_own_guest_t) * ret, string *err)
{
    ASKING(list_own_guest_t) guests;
    bool fine = ASKING(split)(party, &guests, err);
    *ret = (ASKER(list_own_guest_t)){guests.ptr, guests.len};
    ASKER(party_free)(party);
    return fine;
}

/* The first one of them is lent in every way, and is the host. */
bool
ASKER(names)(ASKER(list_borrow_guest_t) * guests, everything_cap_list_string_t *ret, string *err)
{
    ASKING(list_borrow_guest_t) all = {guests->ptr, guests->len};
    bool fine = true;

    *ret = (everything_cap_list_string_t){NULL, 0};
    if (guests->len > 0) {
        ASKING(lent_t) host = {guests->ptr[0], (uint8_t)guests->len};
        fine = ASKING(names)(&all, &guests->ptr[0], &host, ret, err);
    }
    ASKER(list_borrow_guest_free)(guests);
    return fine;
}

bool
ASKER(nest)(uint32_t levels, uint32_t *ret, string *err)
{
    return ASKING(nest)(levels, ret, err);
}

static ASKER(own_guest_t) kept;

void
ASKER(keep)(ASKER(own_guest_t) * guest)
{
    if (kept.__handle != 0)
        ASKING(guest_drop_own)(kept);
    kept.__handle = guest != NULL ? guest->__handle : 0;
}

bool
ASKER(kept)(string *ret, ASKER(problem_t) * err)
{
    if (kept.__handle != 0)
        return ASKING(method_guest_name)(ASKING(borrow_guest)(kept), ret, err);
    err->tag = TEST_EVERYTHING_ASKING_PROBLEM_OTHER;
    err->val.other = 404;
    return false;
}

bool
ASKER(leave)(ASKER(own_guest_t) * ret)
{
    *ret = kept;
    kept.__handle = 0;
    return ret->__handle != 0;
}
