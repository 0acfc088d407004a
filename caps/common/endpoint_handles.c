/* The handles of an endpoint, and the session tokens that the other side sees of them: see endpoint.h. A provider has one
 * other side, its consumer; a consumer that is asked has one for each of its sessions. */
#include "endpoint_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- Handles ----
 *
 * A handle is an index into `slots` and the slot's generation above it, which starts at 1. Lists of slots (free ones,
 * those that a call takes or gives) run through `next` by index. */

enum { INDEX_BITS = 20, INDEX_MASK = (1 << INDEX_BITS) - 1, GENERATIONS = 1 << 11 };
_Static_assert(ENDPOINT_MAX_HANDLES < 1 << INDEX_BITS, "an index holds every handle");

enum owner {
    NOBODY,  /* the slot is free */
    HERE,    /* the handle is ours; nobody outside knows a token of it */
    THERE,   /* the token is the other side's */
    PASSING, /* the other side gave it away in what is still being read */
    LENT     /* no handle, but a token that the other side has of one that is ours, for one call */
};

struct endpoint_slot {
    const struct endpoint_resource *type;
    void *representation;
    uint64_t token;
    uint64_t borrowed; /* the number of the outermost call that borrows it, or of one that has ended */
    uint32_t session;  /* THERE, LENT: of the other side */
    uint32_t giver;    /* THERE: the number of our call that gave it, 0: a reply did */
    int32_t loans;     /* HERE: how many tokens are LENT of it. LENT: the slot of the handle */
    int32_t next;
    uint16_t generation;
    uint8_t owner;
    bool passed_on; /* while it is PASSING: who takes it takes its representation, and the handle ends */
};

static struct endpoint_slot *slots;
static int32_t slot_count;
static int32_t first_free = -1;
static uint32_t held;  /* slots whose owner is THERE or PASSING */
static uint64_t calls; /* that there were */
static struct endpoint_call *innermost; /* the current call; around it are those that wait for an answer */

static uint64_t
new_token(const struct endpoint_slot *slot)
{
    return (endpoint_token() & ~(uint64_t)INDEX_MASK) | (uint64_t)(slot - slots);
}

/* Adds free slots; the first ones need no memory. False without memory, or at the limit. */
static bool
grow_slots(void)
{
    static struct endpoint_slot first[16];
    const int32_t first_count = sizeof(first) / sizeof(first[0]);
    int32_t count = slot_count == 0 ? first_count : 2 * slot_count;
    struct endpoint_slot *grown = first;

    if (count > INDEX_MASK + 1)
        return false;
    if (slot_count > 0) {
        grown = realloc(slots == first ? NULL : slots, (size_t)count * sizeof(*slots));
        if (grown == NULL)
            return false;
        if (slots == first)
            memcpy(grown, first, sizeof(first));
    }
    for (int32_t i = slot_count; i < count; i++)
        grown[i] = (struct endpoint_slot){.generation = 1, .next = i + 1 < count ? i + 1 : -1};
    first_free = slot_count;
    slots = grown;
    slot_count = count;
    return true;
}

static int32_t
handle_of(const struct endpoint_slot *slot)
{
    return (int32_t)slot->generation << INDEX_BITS | (int32_t)(slot - slots);
}

/* A slot that was free; NULL without memory. */
static struct endpoint_slot *
take_slot(const struct endpoint_resource *type, void *representation, enum owner owner)
{
    if (first_free < 0 && !grow_slots())
        return NULL;
    struct endpoint_slot *slot = &slots[first_free];
    first_free = slot->next;
    slot->type = type;
    slot->representation = representation;
    slot->owner = (uint8_t)owner;
    slot->loans = 0;
    return slot;
}

static void
free_slot(struct endpoint_slot *slot)
{
    slot->type = NULL;
    slot->owner = NOBODY;
    slot->generation = slot->generation + 1 < GENERATIONS ? slot->generation + 1 : 1;
    slot->next = first_free;
    first_free = (int32_t)(slot - slots);
}

int32_t
endpoint_new(const struct endpoint_resource *type, void *representation)
{
    struct endpoint_slot *slot = take_slot(type, representation, HERE);

    if (slot == NULL)
        __builtin_trap();
    return handle_of(slot);
}

/* The slot of a handle that is ours, or NULL. */
static struct endpoint_slot *
find_slot(const struct endpoint_resource *type, int32_t handle)
{
    int32_t index = handle & INDEX_MASK;

    if (handle <= 0 || index >= slot_count || slots[index].generation != handle >> INDEX_BITS ||
        slots[index].owner != HERE || slots[index].type != type)
        return NULL;
    return &slots[index];
}

/* The same. Any other handle is a bug of ours: traps. */
static struct endpoint_slot *
own_slot(const struct endpoint_resource *type, int32_t handle)
{
    struct endpoint_slot *slot = find_slot(type, handle);

    if (slot == NULL)
        __builtin_trap();
    return slot;
}

void *
endpoint_rep(const struct endpoint_resource *type, int32_t handle)
{
    return own_slot(type, handle)->representation;
}

/* Ends a handle, then the resource: the destructor may make and drop handles itself. */
static void
destroy(struct endpoint_slot *slot)
{
    const struct endpoint_resource *type = slot->type;
    void *representation = slot->representation;

    free_slot(slot);
    if (type->destructor != NULL)
        type->destructor(representation);
}

void
endpoint_drop(const struct endpoint_resource *type, int32_t handle)
{
    struct endpoint_slot *slot = own_slot(type, handle);

    if (slot->loans > 0)
        __builtin_trap();
    destroy(slot);
}

/* Makes the handle the other side's, and returns the token. */
static uint64_t
hand_over(struct endpoint_slot *slot, uint32_t session, uint32_t giver)
{
    held++;
    slot->owner = THERE;
    slot->borrowed = 0;
    slot->session = session;
    slot->giver = giver;
    slot->token = new_token(slot);
    return slot->token;
}

/* Reads a token that the other side may have: the slot, or NULL and a problem. `lent`: whether that of a loan will do. */
static struct endpoint_slot *
read_token(struct cbor_reader *reader, uint32_t session, const struct endpoint_resource *type, bool lent)
{
    const uint8_t *at = reader->at;
    const char *expected = type == NULL ? "a handle" : type->name;
    const char *found = "a token that is no live handle";
    uint64_t token;

    if (!cbor_read_u64(reader, &token))
        return NULL;
    int32_t index = (int32_t)(token & INDEX_MASK);
    if (index < slot_count && slots[index].token == token && slots[index].session == session) {
        struct endpoint_slot *slot = &slots[index];
        bool its = slot->owner == THERE || (slot->owner == LENT && lent);
        if (its && (type == NULL || slot->type == type))
            return slot;
        if (its)
            found = "a handle of another type";
        else if (slot->owner == PASSING)
            found = "a handle that these arguments give away";
        else if (slot->owner == LENT)
            found = "a handle that is only lent";
    }
    cbor_reject(reader, at, expected, 0, found);
    return NULL;
}

struct endpoint_slot *
endpoint_read_token(struct endpoint_call *call, const struct endpoint_resource *type)
{
    return read_token(&call->arguments, call->session, type, false);
}

/* Whether a call with this number is open. */
static bool
is_open(uint64_t number)
{
    const struct endpoint_call *call = innermost;

    while (call != NULL && call->number > number)
        call = call->outer;
    return call != NULL && call->number == number;
}

bool
endpoint_is_borrowed(const struct endpoint_slot *slot)
{
    return is_open(slot->borrowed);
}

bool
endpoint_read_borrow(struct endpoint_call *call, const struct endpoint_resource *type, void **representation)
{
    struct endpoint_slot *slot = read_token(&call->arguments, call->session, type, true);

    if (slot == NULL)
        return false;
    if (!is_open(slot->borrowed))
        slot->borrowed = call->number;
    *representation = slot->representation;
    return true;
}

bool
endpoint_read_own(struct endpoint_call *call, const struct endpoint_resource *type, int32_t *handle)
{
    const uint8_t *at = call->arguments.at;
    struct endpoint_slot *slot = endpoint_read_token(call, type);

    if (slot == NULL)
        return false;
    if (slot->borrowed == call->number)
        return cbor_reject(&call->arguments, at, type->name, 0, "a handle that these arguments also borrow");
    if (is_open(slot->borrowed))
        return cbor_reject(&call->arguments, at, type->name, 0, "a handle that an open call borrows");
    slot->owner = PASSING;
    slot->next = call->taken;
    call->taken = (int32_t)(slot - slots);
    *handle = handle_of(slot);
    return true;
}

bool
endpoint_read_passed_on(struct endpoint_call *call, const struct endpoint_resource *type, int32_t *representation)
{
    int32_t handle;

    if (!endpoint_read_own(call, type, &handle))
        return false;
    struct endpoint_slot *slot = &slots[call->taken];
    slot->passed_on = true;
    *representation = (int32_t)(intptr_t)slot->representation;
    return true;
}

void
endpoint_write_own(struct endpoint_call *call, const struct endpoint_resource *type, int32_t handle)
{
    /* Whatever is given away, a slot is left for the next call: endpoint_new() cannot fail. */
    if (held >= ENDPOINT_MAX_HANDLES)
        endpoint_fail(call, ENDPOINT_NO_MEMORY, "the consumer holds as many handles as it may", type->name);
    else if (first_free < 0 && !grow_slots())
        endpoint_fail(call, ENDPOINT_NO_MEMORY, "no memory for another handle", type->name);
    struct endpoint_slot *slot = own_slot(type, handle);
    cbor_write_unsigned(&call->reply, hand_over(slot, call->session, 0));
    slot->next = call->given;
    call->given = (int32_t)(slot - slots);
}

void
endpoint_end(struct endpoint_slot *slot)
{
    held--;
    destroy(slot);
}

/* ---- Calls ---- */

void
endpoint_begin_handles(struct endpoint_call *call, uint32_t session)
{
    call->session = session;
    call->number = ++calls;
    call->outer = innermost;
    innermost = call;
    call->taken = call->given = -1;
}

void
endpoint_end_handles(const struct endpoint_call *call)
{
    innermost = call->outer;
}

/* What the arguments gave away belongs to `owner` now. */
static void
settle_taken(struct endpoint_call *call, enum owner owner)
{
    while (call->taken >= 0) {
        struct endpoint_slot *slot = &slots[call->taken];
        call->taken = slot->next;
        slot->owner = (uint8_t)owner;
        if (owner == HERE)
            held--;
        if (owner == HERE && slot->passed_on)
            free_slot(slot);
        slot->passed_on = false;
    }
}

void
endpoint_take_over(struct endpoint_call *call)
{
    settle_taken(call, HERE);
}

void
endpoint_undo(struct endpoint_call *call)
{
    settle_taken(call, THERE);
    while (call->given >= 0) {
        struct endpoint_slot *slot = &slots[call->given];
        call->given = slot->next;
        endpoint_end(slot);
    }
}

/* ---- In what a consumer calls ---- */

enum endpoint_passed
endpoint_give(const struct endpoint_resource *type, int32_t handle, uint32_t session, uint32_t giver,
              uint64_t *token)
{
    struct endpoint_slot *slot = find_slot(type, handle);

    if (slot == NULL)
        return ENDPOINT_DEAD;
    if (slot->loans > 0)
        return ENDPOINT_BORROWED;
    if (held >= ENDPOINT_MAX_HANDLES)
        return ENDPOINT_NO_ROOM;
    *token = hand_over(slot, session, giver);
    return ENDPOINT_PASSED;
}

enum endpoint_passed
endpoint_lend(const struct endpoint_resource *type, int32_t handle, uint32_t session, int32_t *loans,
              uint64_t *token)
{
    int32_t lender = handle & INDEX_MASK;

    if (find_slot(type, handle) == NULL)
        return ENDPOINT_DEAD;
    struct endpoint_slot *loan = take_slot(type, slots[lender].representation, LENT);
    if (loan == NULL)
        return ENDPOINT_NO_ROOM;
    slots[lender].loans++;
    loan->session = session;
    loan->borrowed = 0;
    loan->loans = lender;
    loan->token = *token = new_token(loan);
    loan->next = *loans;
    *loans = (int32_t)(loan - slots);
    return ENDPOINT_PASSED;
}

void
endpoint_end_loans(int32_t *loans)
{
    while (*loans >= 0) {
        struct endpoint_slot *loan = &slots[*loans];
        *loans = loan->next;
        slots[loan->loans].loans--;
        free_slot(loan);
    }
}

bool
endpoint_take_back(struct cbor_reader *reader, const struct endpoint_resource *type, uint32_t session,
                   int32_t *taken, int32_t *handle)
{
    const uint8_t *at = reader->at;
    struct endpoint_slot *slot = read_token(reader, session, type, false);

    if (slot == NULL)
        return false;
    if (is_open(slot->borrowed))
        return cbor_reject(reader, at, type->name, 0, "a handle that an open call borrows");
    slot->owner = PASSING;
    slot->next = *taken;
    *taken = (int32_t)(slot - slots);
    *handle = handle_of(slot);
    return true;
}

void
endpoint_settle_taken_back(int32_t *taken, bool kept)
{
    while (*taken >= 0) {
        struct endpoint_slot *slot = &slots[*taken];
        *taken = slot->next;
        slot->owner = HERE;
        held--;
        if (!kept)
            destroy(slot);
    }
}

void
endpoint_reclaim(uint32_t session, uint32_t giver)
{
    for (int32_t i = 0; i < slot_count; i++) {
        struct endpoint_slot *slot = &slots[i];
        if (slot->owner == THERE && slot->session == session && (giver == 0 || slot->giver == giver))
            endpoint_end(slot);
    }
}
