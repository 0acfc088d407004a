/* What link.c and link_call.c share, and nobody else includes. */
#ifndef PYLON_LINK_PRIVATE_H
#define PYLON_LINK_PRIVATE_H

#include "dynlink_import.h"
#include "link.h"

/* Turns the linker's error into ours and frees it. */
void link_take_failure(struct link_error *error, compose_dynlink_linker_error_t *from);

/* Asks the provider for memory for a payload or an answer, without which the host could only end it. One that does not
 * know the question is taken to have some. */
bool link_ask_for_room(struct link_instance instance, size_t length, struct link_error *error);

#endif
