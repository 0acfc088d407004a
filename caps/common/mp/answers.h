/* What a contract calls back in generated modules (xtask/python-modules), answered by methods of an object of the program's.
 *
 * A contract has no exceptions. So a question that raises is answered with an error or with zeros, what it raised is kept, and
 * the call in the middle of which that was raises it, whatever the cap made of the answer. */
#ifndef PYLON_GLUE_ANSWERS_H
#define PYLON_GLUE_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>

#include "py/nlr.h"
#include "py/obj.h"

#include "gate.h"

/* Questions inside of each other, of all caps together. Each has frames of the cap and of Python on the stacks. */
enum { GLUE_MAX_NESTED = 64 };

/* ---- Calls ---- */

/* A call in the middle of which questions may come. On the stack of who makes it, and the collector finds it there. */
struct glue_call {
    struct glue_call *outer;
    mp_obj_t raised; /* by the first question that raised; those of others are dropped. MP_OBJ_NULL: none */
};

/* Before the call. Nothing that raises stands between this and glue_call_end(). */
void glue_call_begin(struct glue_call *call);

/* After it: raises what was kept. What the call returned is ended by a struct glue_result. */
void glue_call_end(struct glue_call *call);

/* ---- Questions ---- */

/* Makes `object` what answers, by its methods of these names; None: nothing does. `answers` is a root of the collector's: the
 * object, and behind it its methods. Returns what answered before. AttributeError where it lacks a method, and all stays as it
 * was. */
mp_obj_t glue_answers_set(mp_obj_t *answers, mp_obj_t object, const qstr *names, size_t count);

/* Has `ask` ask a method, behind the gate. False if that raised, or nobody may be asked now: outside of a call, and while the
 * collector runs, whose finalisers may end what calls back. Raises nothing itself, and collects. */
bool glue_ask(glue_behind *ask, void *it, mp_obj_t method);

/* The same where the contract has errors. `*told`: `error` was raised, and `tell` has read its value; NULL reads nothing. */
bool glue_ask_or_tell(glue_behind *ask, void *it, mp_obj_t method, const mp_obj_type_t *error, glue_behind *tell,
                      bool *told);

/* Behind the gate: what the method returns. RuntimeError without a method; `called` is for that. */
mp_obj_t glue_answer_of(mp_obj_t method, const char *called, size_t count, const mp_obj_t *given);

/* ---- What an answer is made of: C's memory, which becomes the cap's ---- */

struct glue_answer {
    nlr_jump_callback_node_t node;
    void **pieces; /* in the collector's memory */
    size_t count;
    size_t room;
};

/* Between these, what raises frees the pieces; the second leaves them to the cap. */
void glue_answer_begin(struct glue_answer *answer);
static inline void
glue_answer_end(void)
{
    nlr_pop_jump_callback(false);
}

/* A piece, of zeros. Without `size` it is nobody's, and is not freed. Raises MemoryError. */
void *glue_answer_memory(struct glue_answer *answer, size_t size);

#endif
