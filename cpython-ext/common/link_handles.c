/* The table behind handles of the other side's resources: see link_handles.h.
 *
 * A handle is an index into `slots` and the slot's generation above it, which starts at 1, so that no handle is 0. A
 * slot is free when its session is 0. */
#include "link_handles.h"

#include <stdlib.h>

#include "link.h"

enum { INDEX_BITS = 20, INDEX_MASK = (1 << INDEX_BITS) - 1, GENERATIONS = 1 << 11 };
_Static_assert(LINK_MAX_HANDLES == 1 << INDEX_BITS, "an index holds every handle");

static struct link_slot *slots;
static int32_t slot_count;
static int32_t first_free = -1;

/* Adds free slots. False without memory, or at the limit. */
static bool
grow_slots(void)
{
    int32_t count = slot_count == 0 ? 16 : 2 * slot_count;

    if (count > LINK_MAX_HANDLES)
        return false;
    struct link_slot *grown = realloc(slots, (size_t)count * sizeof(*slots));
    if (grown == NULL)
        return false;
    for (int32_t i = slot_count; i < count; i++)
        grown[i] = (struct link_slot){0, 0, 1, i + 1 < count ? i + 1 : -1};
    first_free = slot_count;
    slots = grown;
    slot_count = count;
    return true;
}

bool
link_add_handle(uint32_t session, uint64_t token, int32_t *handle)
{
    if (first_free < 0 && !grow_slots())
        return false;
    int32_t index = first_free;
    struct link_slot *slot = &slots[index];
    first_free = slot->next;
    slot->token = token;
    slot->session = session;
    *handle = (int32_t)slot->generation << INDEX_BITS | index;
    return true;
}

struct link_slot *
link_find_handle(uint32_t session, int32_t handle)
{
    int32_t index = handle & INDEX_MASK;

    if (handle <= 0 || index >= slot_count)
        return NULL;
    struct link_slot *slot = &slots[index];
    return session != 0 && slot->session == session && slot->generation == handle >> INDEX_BITS ? slot : NULL;
}

struct link_slot *
link_slot_at(int32_t index)
{
    return &slots[index];
}

int32_t
link_index_of(const struct link_slot *slot)
{
    return (int32_t)(slot - slots);
}

void
link_end_handle(struct link_slot *slot)
{
    slot->session = 0;
    slot->generation = slot->generation + 1 < GENERATIONS ? slot->generation + 1 : 1;
}

void
link_free_slot(struct link_slot *slot)
{
    slot->next = first_free;
    first_free = (int32_t)(slot - slots);
}

void
link_end_session(uint32_t session)
{
    for (int32_t i = 0; i < slot_count; i++) {
        if (slots[i].session == session) {
            link_end_handle(&slots[i]);
            link_free_slot(&slots[i]);
        }
    }
}
