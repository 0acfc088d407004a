/* The way from a cap back into Python. */
#ifndef PYLON_GLUE_GATE_H
#define PYLON_GLUE_GATE_H

#include "py/obj.h"

/* What is done behind the gate: `it` is C's, `object` what it is about. It may raise and collect. */
typedef void glue_behind(void *it, mp_obj_t object);

/* Does that, and returns what it raised, or MP_OBJ_NULL. The passes over the linked module know this function by its name: of all
 * that functions reach which a cap calls back, only what is behind it may raise or collect, since the cap's frames are of C
 * (xtask/src/wasm/flat/leaves.rs). It is for answers.c. */
mp_obj_t glue_gate(glue_behind *behind, void *it, mp_obj_t object);

#endif
