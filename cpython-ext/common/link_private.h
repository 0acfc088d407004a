/* What link.c, link_call.c and link_answer.c share, and nobody else includes. */
#ifndef PYLON_LINK_PRIVATE_H
#define PYLON_LINK_PRIVATE_H

#include "dynlink_import.h"
#include "link.h"

/* Turns the linker's error into ours and frees it. */
void link_take_failure(struct link_error *error, compose_dynlink_linker_error_t *from);

/* Asks the provider for memory for a payload or an answer, without which the host could only end it. One that does not
 * know the question is taken to have some. */
bool link_ask_for_room(struct link_instance instance, size_t length, struct link_error *error);

/* Makes the call fail with an error of ours about `method: where`. */
void link_fail_here(struct link_call *call, const char *code, const char *message, const char *where);

#endif
