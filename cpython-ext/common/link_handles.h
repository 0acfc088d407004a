/* Handles of resources that are the other side's: what this side has in the place of each token. For link.c, and for
 * providers that ask (endpoint_question.c); nobody else includes it. */
#ifndef PYLON_LINK_HANDLES_H
#define PYLON_LINK_HANDLES_H

#include <stdbool.h>
#include <stdint.h>

/* A place in the table. A pointer to one is valid until the next link_add_handle(). */
struct link_slot {
    uint64_t token;
    uint32_t session; /* 0: the handle is dead */
    uint16_t generation;
    int32_t next; /* the next slot that is free, or in the list that its user keeps; -1: none */
};

/* Makes a handle, never 0, of a session, never 0, for a token. False without memory, or where there are LINK_MAX_HANDLES. */
bool link_add_handle(uint32_t session, uint64_t token, int32_t *handle);

/* The slot of a handle that is alive in the session, or NULL. */
struct link_slot *link_find_handle(uint32_t session, int32_t handle);

/* Slots and their indices, of which lists are made. */
struct link_slot *link_slot_at(int32_t index);
int32_t link_index_of(const struct link_slot *slot);

/* Makes a handle dead. Its slot is not free yet. */
void link_end_handle(struct link_slot *slot);

/* Frees the slot of a dead handle. */
void link_free_slot(struct link_slot *slot);

/* Ends and frees all handles of a session. */
void link_end_session(uint32_t session);

#endif
