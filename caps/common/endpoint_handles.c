/* The handles of an endpoint, and the session tokens that the consumer sees of them: see endpoint.h. */
#include "endpoint_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- Tokens ---- */

static struct {
    uint64_t key[2];
    uint64_t counter; /* of the tokens made */
    bool seeded;
} session;

static inline uint64_t
rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

/* `rounds` rounds of SipHash (J.-P. Aumasson, D. J. Bernstein: SipHash: a fast short-input PRF, 2012). */
static void
sip_rounds(uint64_t v[4], int rounds)
{
    while (rounds-- > 0) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

/* SipHash-2-4 of the eight bytes of a number, little endian. */
static uint64_t
siphash(const uint64_t key[2], uint64_t number)
{
    uint64_t v[4] = {
        key[0] ^ UINT64_C(0x736f6d6570736575),
        key[1] ^ UINT64_C(0x646f72616e646f6d),
        key[0] ^ UINT64_C(0x6c7967656e657261),
        key[1] ^ UINT64_C(0x7465646279746573),
    };
    uint64_t blocks[2] = {number, UINT64_C(8) << 56};

    for (int i = 0; i < 2; i++) {
        v[3] ^= blocks[i];
        sip_rounds(v, 2);
        v[0] ^= blocks[i];
    }
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

bool
endpoint_seed(const uint8_t seed[16])
{
    if (session.seeded || session.counter > 0)
        return false;
    memcpy(session.key, seed, 16);
    session.seeded = true;
    return true;
}

/* ---- Handles ----
 *
 * A handle is an index into `slots` and the slot's generation above it, which starts at 1. Lists of slots (free ones,
 * those that a call takes or gives) run through `next` by index. */

enum { INDEX_BITS = 20, INDEX_MASK = (1 << INDEX_BITS) - 1, GENERATIONS = 1 << 11 };
_Static_assert(ENDPOINT_MAX_HANDLES < 1 << INDEX_BITS, "an index holds every handle");

enum owner {
    NOBODY,   /* the slot is free */
    PROVIDER, /* the handle is the provider's; nobody outside knows a token of it */
    CONSUMER, /* the token is the consumer's */
    PASSING   /* the consumer gave it away in arguments that are still being read */
};

struct endpoint_slot {
    const struct endpoint_resource *type;
    void *representation;
    uint64_t token;
    uint64_t borrowed; /* the number of the outermost call that borrows it, or of one that has ended */
    int32_t next;
    uint16_t generation;
    uint8_t owner;
};

static struct endpoint_slot *slots;
static int32_t slot_count;
static int32_t first_free = -1;
static uint32_t held;  /* slots whose owner is CONSUMER or PASSING */
static uint64_t calls; /* that there were */
static struct endpoint_call *innermost; /* the current call; around it are those that wait for an answer */

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

int32_t
endpoint_new(const struct endpoint_resource *type, void *representation)
{
    if (first_free < 0 && !grow_slots())
        __builtin_trap();
    int32_t index = first_free;
    struct endpoint_slot *slot = &slots[index];
    first_free = slot->next;
    slot->type = type;
    slot->representation = representation;
    slot->owner = PROVIDER;
    return (int32_t)slot->generation << INDEX_BITS | index;
}

/* The slot of a handle that the provider owns. Any other handle is a bug of the provider's: traps. */
static struct endpoint_slot *
own_slot(const struct endpoint_resource *type, int32_t handle)
{
    int32_t index = handle & INDEX_MASK;

    if (handle <= 0 || index >= slot_count || slots[index].generation != handle >> INDEX_BITS ||
        slots[index].owner != PROVIDER || slots[index].type != type)
        __builtin_trap();
    return &slots[index];
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

    slot->type = NULL;
    slot->owner = NOBODY;
    slot->generation = slot->generation + 1 < GENERATIONS ? slot->generation + 1 : 1;
    slot->next = first_free;
    first_free = (int32_t)(slot - slots);
    if (type->destructor != NULL)
        type->destructor(representation);
}

void
endpoint_drop(const struct endpoint_resource *type, int32_t handle)
{
    destroy(own_slot(type, handle));
}

struct endpoint_slot *
endpoint_read_token(struct endpoint_call *call, const struct endpoint_resource *type)
{
    const uint8_t *at = call->arguments.at;
    const char *expected = type == NULL ? "a handle" : type->name;
    const char *found = "a token that is no live handle";
    uint64_t token;

    if (!cbor_read_u64(&call->arguments, &token))
        return NULL;
    int32_t index = (int32_t)(token & INDEX_MASK);
    if (index < slot_count && slots[index].token == token) {
        struct endpoint_slot *slot = &slots[index];
        if (slot->owner == CONSUMER && (type == NULL || slot->type == type))
            return slot;
        if (slot->owner == CONSUMER)
            found = "a handle of another type";
        else if (slot->owner == PASSING)
            found = "a handle that these arguments give away";
    }
    cbor_reject(&call->arguments, at, expected, 0, found);
    return NULL;
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
    struct endpoint_slot *slot = endpoint_read_token(call, type);

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
    *handle = (int32_t)slot->generation << INDEX_BITS | call->taken;
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
    held++;
    slot->owner = CONSUMER;
    slot->borrowed = 0;
    slot->token = (siphash(session.key, session.counter++) & ~(uint64_t)INDEX_MASK) | (uint64_t)(slot - slots);
    slot->next = call->given;
    call->given = (int32_t)(slot - slots);
    cbor_write_unsigned(&call->reply, slot->token);
}

void
endpoint_end(struct endpoint_slot *slot)
{
    held--;
    destroy(slot);
}

/* ---- Calls ---- */

void
endpoint_begin_handles(struct endpoint_call *call)
{
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
        if (owner == PROVIDER)
            held--;
    }
}

void
endpoint_take_over(struct endpoint_call *call)
{
    settle_taken(call, PROVIDER);
}

void
endpoint_undo(struct endpoint_call *call)
{
    settle_taken(call, CONSUMER);
    while (call->given >= 0) {
        struct endpoint_slot *slot = &slots[call->given];
        call->given = slot->next;
        endpoint_end(slot);
    }
}
