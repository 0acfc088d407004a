/* What the consumer exports, and calls in the middle of which the cap asks for it. */
#include "check.h"

struct OWN(guest_t) {
    char name[32];
};

static int guests_alive;
static char remembered[32];

static bool
set_name(OWN(guest_t) * guest, string name)
{
    if (name.len >= sizeof guest->name)
        return false;
    memcpy(guest->name, name.ptr, name.len);
    guest->name[name.len] = '\0';
    return true;
}

static OWN(guest_t) *
new_guest(string name)
{
    OWN(guest_t) *guest = malloc(sizeof *guest);

    if (!set_name(guest, name))
        memcpy(guest->name, "long", 5);
    guests_alive++;
    return guest;
}

OWN(own_guest_t)
OWN(constructor_guest)(string *name)
{
    OWN(guest_t) *guest = new_guest(*name);

    everything_import_string_free(name);
    return OWN(guest_new)(guest);
}

bool
OWN(static_guest_named)(string *name, OWN(own_guest_t) * ret, string *err)
{
    bool fine = name->len > 0;

    if (fine)
        *ret = OWN(guest_new)(new_guest(*name));
    else
        everything_import_string_dup(err, "a guest has a name");
    everything_import_string_free(name);
    return fine;
}

void
OWN(guest_destructor)(OWN(guest_t) * guest)
{
    guests_alive--;
    free(guest);
}

bool
OWN(method_guest_name)(OWN(guest_t) * self, string *ret, OWN(problem_t) * err)
{
    if (strcmp(self->name, "nobody") != 0) {
        everything_import_string_dup(ret, self->name);
        return true;
    }
    err->tag = TEST_EVERYTHING_ASKING_PROBLEM_OTHER;
    err->val.other = 7;
    return false;
}

bool
OWN(static_guest_join)(OWN(own_guest_t) a, OWN(guest_t) * b, OWN(own_guest_t) * ret, OWN(reason_t) * err)
{
    OWN(guest_t) *joined = OWN(guest_rep)(a);

    if (strlen(joined->name) + strlen(b->name) < sizeof joined->name) {
        strcat(joined->name, b->name);
        *ret = a;
        return true;
    }
    OWN(guest_drop_own)(a);
    memset(err, 0, sizeof *err);
    everything_import_string_dup(&err->texts.f0, "too long");
    err->problem.tag = TEST_EVERYTHING_ASKING_PROBLEM_UNAVAILABLE;
    everything_import_string_dup(&err->problem.val.unavailable, "no room");
    return false;
}

uint32_t
OWN(next)(uint32_t n)
{
    return n + 1;
}

void
OWN(remember)(string *text)
{
    snprintf(remembered, sizeof remembered, "%.*s", (int)text->len, (const char *)text->ptr);
    everything_import_string_free(text);
}

/* Fails where there is a label, which is a part of the error. */
bool
OWN(echo)(OWN(page_t) * page, string *label, OWN(page_t) * ret, OWN(reason_t) * err)
{
    *ret = *page;
    if (label == NULL)
        return true;
    OWN(page_free)(page);
    memset(err, 0, sizeof *err);
    err->code = 5;
    everything_import_string_dup(&err->texts.f0, "labelled");
    err->texts.f1.is_some = true;
    err->texts.f1.val = *label;
    err->problem.val.other = 6;
    return false;
}

bool
OWN(bare)(bool fail)
{
    return !fail;
}

/* The others; who gives the party ends. */
bool
OWN(split)(OWN(party_t) * party, OWN(list_own_guest_t) * ret, string *err)
{
    OWN(guest_drop_own)(party->host);
    *ret = party->others;
    if (ret->len > 0)
        return true;
    everything_import_string_dup(err, "alone");
    return false;
}

bool
OWN(names)(OWN(list_borrow_guest_t) * guests, OWN(borrow_guest_t) * first, OWN(lent_t) * host,
           everything_import_list_string_t *ret, string *err)
{
    ret->len = guests->len;
    ret->ptr = calloc(guests->len + 1, sizeof *ret->ptr);
    for (size_t i = 0; i < guests->len; i++)
        everything_import_string_dup(&ret->ptr[i], guests->ptr[i]->name);
    CHECK(first != NULL && *first == guests->ptr[0] && host->host == *first && host->size == guests->len);
    OWN(list_borrow_guest_free)(guests);
    if (ret->len > 0)
        return true;
    free(ret->ptr);
    everything_import_string_dup(err, "none");
    return false;
}

bool
OWN(nest)(uint32_t levels, uint32_t *ret, string *err)
{
    if (levels > 20) {
        everything_import_string_dup(err, "too deep");
        return false;
    }
    *ret = 1;
    bool fine = levels == 0 || ASKER(nest)(levels - 1, ret, err);
    *ret += 1;
    return fine;
}

typedef ASKING(own_guest_t) guest;

/* Notes a failure that only a spoilt message can have. */
static void
unexpected(void)
{
    failures++;
    CHECK(!"nothing is spoilt");
}

static ASKING(page_t)
new_page(void)
{
    static ASKING(shape_t) shapes[] = {{.tag = TEST_EVERYTHING_ASKING_SHAPE_NONE},
                                       {.tag = TEST_EVERYTHING_ASKING_SHAPE_LABEL}};
    static uint32_t sizes[] = {1, 0x10000, 3};
    ASKING(page_t) page = {.number = UINT64_MAX, .text = TEXT("text"), .shapes = LIST(shapes), .color = 2, .small = 5};

    shapes[1].val.label = (string)TEXT("label");
    page.pair.is_some = true;
    page.pair.val.f0 = (string)TEXT("pair");
    page.pair.val.f1 = 9;
    page.outcome.val.ok = (bytes)TEXT("\1\2");
    page.sizes.ptr = sizes;
    page.sizes.len = LENGTH(sizes);
    return page;
}

void
questions(void)
{
    ASKER(page_t) page = new_page(), back;
    ASKER(reason_t) reason;
    string label = TEXT("label");

    if (ASKER(echo)(&page, NULL, &back, &reason)) {
        CHECK(back.number == UINT64_MAX && same(back.text, "text") && back.shapes.len == 2 && back.pair.val.f1 == 9);
        CHECK(same(back.shapes.ptr[1].val.label, "label") && back.sizes.ptr[1] == 0x10000 && back.small == 5);
        ASKER(page_free)(&back);
    } else {
        unexpected();
        ASKER(reason_free)(&reason);
    }
    if (!ASKER(echo)(&page, &label, &back, &reason)) {
        failures++;
        CHECK(reason.code == 5 && same(reason.texts.f1.val, "label") && reason.problem.val.other == 6);
        ASKER(reason_free)(&reason);
    } else {
        ASKER(page_free)(&back);
    }
    failures += ASKER(bare)(true);
    failures += !ASKER(bare)(false);
}

static guest
new_named(const char *name)
{
    string text = {(uint8_t *)name, strlen(name)}, err = {NULL, 0};
    guest made = {0};

    if (!ASKER(named)(&text, &made, &err)) {
        failures++;
        CHECK(text.len == 0 && same(err, "a guest has a name"));
        everything_import_string_free(&err);
    }
    return made;
}

static void
check_guest_name(guest it, const char *expected)
{
    string name;
    ASKER(problem_t) problem;

    if (ASKER(name)(ASKING(borrow_guest)(it), &name, &problem)) {
        CHECK(same(name, expected));
        everything_import_string_free(&name);
    } else {
        failures++;
        CHECK(expected == NULL && problem.val.other == 7);
        ASKER(problem_free)(&problem);
    }
}

void
guests(void)
{
    string name = TEXT("here");
    guest here = ASKING(constructor_guest)(&name), there = new_named("there"), joined = {0};
    ASKER(reason_t) reason;

    check_guest_name(here, "here");
    check_guest_name(there, "there");
    if (ASKER(join)(here, ASKING(borrow_guest)(there), &joined, &reason)) {
        check_guest_name(joined, "herethere");
        ASKING(guest_drop_own)(joined);
    } else {
        unexpected();
        ASKER(reason_free)(&reason);
    }
    ASKING(guest_drop_own)(there);
    CHECK(new_named("").__handle == 0);
    guest nobody = new_named("nobody");
    check_guest_name(nobody, NULL);
    if (!ASKER(join)(new_named("a name that is a bit too long"), ASKING(borrow_guest)(nobody), &joined, &reason)) {
        failures++;
        CHECK(same(reason.texts.f0, "too long") && same(reason.problem.val.unavailable, "no room"));
        ASKER(reason_free)(&reason);
    } else {
        ASKING(guest_drop_own)(joined);
    }
    ASKING(guest_drop_own)(nobody);
    CHECK(guests_alive == 0);
}

void
guests_in_values(void)
{
    guest some[] = {new_named("a"), new_named("b"), new_named("c")};
    ASKER(borrow_guest_t) borrows[] = {ASKING(borrow_guest)(some[1]), ASKING(borrow_guest)(some[2])};
    ASKER(list_borrow_guest_t) lent = LIST(borrows);
    ASKER(party_t) party = {some[0], {&some[1], 2}};
    ASKER(list_own_guest_t) split;
    everything_import_list_string_t names;
    string err;

    if (ASKER(names)(&lent, &names, &err)) {
        CHECK(names.len == 2 && same(names.ptr[0], "b") && same(names.ptr[1], "c"));
        everything_import_list_string_free(&names);
    } else {
        unexpected();
        everything_import_string_free(&err);
    }
    if (ASKER(split)(&party, &split, &err)) {
        CHECK(split.len == 2);
        for (size_t i = 0; i < split.len; i++) {
            check_guest_name(split.ptr[i], i == 0 ? "b" : "c");
            ASKING(guest_drop_own)(split.ptr[i]);
        }
        ASKER(list_own_guest_free)(&split);
    } else {
        unexpected();
        everything_import_string_free(&err);
    }
    party = (ASKER(party_t)){new_named("alone"), {NULL, 0}};
    if (!ASKER(split)(&party, &split, &err)) {
        failures++;
        CHECK(same(err, "alone"));
        everything_import_string_free(&err);
    } else {
        for (size_t i = 0; i < split.len; i++)
            ASKING(guest_drop_own)(split.ptr[i]);
        ASKER(list_own_guest_free)(&split);
    }
    CHECK(guests_alive == 0);
}

void
kept_guests(void)
{
    guest first = new_named("first"), second = new_named("second"), back = {0};
    string name;
    ASKER(problem_t) problem;

    ASKER(keep)(&first);
    ASKER(keep)(&second);
    CHECK(guests_alive == 1);
    if (ASKER(kept)(&name, &problem)) {
        CHECK(same(name, "second"));
        everything_import_string_free(&name);
    } else {
        unexpected();
        ASKER(problem_free)(&problem);
    }
    if (ASKER(leave)(&back))
        check_guest_name(back, "second");
    ASKER(keep)(NULL);
    ASKER(keep)(&back);
    ASKER(keep)(NULL);
    CHECK(guests_alive == 0);
}

void
nested(void)
{
    uint32_t levels = 0;
    string err;

    if (ASKER(nest)(5, &levels, &err)) {
        CHECK(levels == 7);
    } else {
        unexpected();
        everything_import_string_free(&err);
    }
}

void
plain_questions(void)
{
    string text = TEXT("to remember");

    CHECK(ASKER(next)(41) == 42);
    ASKER(remember)(&text);
    CHECK(strcmp(remembered, "to remember") == 0);
}

/* What the cap's functions can say of that, they say. */
void
silence(void)
{
    ASKER(page_t) page = new_page(), back;
    ASKER(reason_t) reason;
    ASKER(problem_t) problem;
    string name = TEXT("kept"), err;
    guest kept = ASKING(constructor_guest)(&name);

    loopback.silent = true;
    CHECK(!ASKER(echo)(&page, NULL, &back, &reason));
    CHECK(same(reason.texts.f0, "not-today: nobody answers") && !reason.texts.f1.is_some && reason.inner.is_err);
    CHECK(reason.problem.tag == TEST_EVERYTHING_ASKING_PROBLEM_UNAVAILABLE);
    CHECK(same(reason.problem.val.unavailable, "not-today: nobody answers") && reason.code == 0 && reason.kind == 2);
    ASKER(reason_free)(&reason);
    CHECK(!ASKER(bare)(false));
    CHECK(!ASKER(nest)(0, &(uint32_t){0}, &err) && same(err, "not-today: nobody answers"));
    everything_import_string_free(&err);
    ASKER(keep)(&kept);
    CHECK(!ASKER(kept)(&err, &problem) && problem.tag == TEST_EVERYTHING_ASKING_PROBLEM_UNAVAILABLE);
    ASKER(problem_free)(&problem);
    loopback.silent = false;
    ASKER(keep)(NULL);
    CHECK(guests_alive == 0);
}
