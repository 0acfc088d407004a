/* See answers.h. */
#include "answers.h"

#include <stdlib.h>
#include <string.h>

#include "py/gc.h"
#include "py/runtime.h"

#include "glue.h"

/* ---- Calls ---- */

/* One thread, and nothing jumps past a call: they end in the order in which they began, backwards. */
static struct glue_call *innermost;
static int nested;

void
glue_call_begin(struct glue_call *call)
{
    *call = (struct glue_call){.outer = innermost};
    innermost = call;
}

void
glue_call_end(struct glue_call *call)
{
    innermost = call->outer;
    if (call->raised != MP_OBJ_NULL)
        nlr_raise(call->raised);
}

/* ---- Questions ---- */

mp_obj_t
glue_answers_set(mp_obj_t *answers, mp_obj_t object, const qstr *names, size_t count)
{
    mp_obj_t *found = m_new0(mp_obj_t, count);

    for (size_t i = 0; i < count && object != mp_const_none; i++)
        found[i] = mp_load_attr(object, names[i]);
    mp_obj_t before = answers[0] == MP_OBJ_NULL ? mp_const_none : answers[0];
    answers[0] = object;
    memcpy(answers + 1, found, count * sizeof *found);
    return before;
}

static void
refuse(void *it, mp_obj_t object)
{
    (void)it;
    (void)object;
    mp_raise_recursion_depth();
}

static mp_obj_t
ask_method(glue_behind *ask, void *it, mp_obj_t method)
{
    nested++;
    mp_obj_t raised = glue_gate(nested > GLUE_MAX_NESTED ? refuse : ask, it, method);
    nested--;
    return raised;
}

static bool
may_ask(void)
{
    return innermost != NULL && !gc_is_locked();
}

static void
keep(mp_obj_t raised)
{
    if (innermost->raised == MP_OBJ_NULL)
        innermost->raised = raised;
}

bool
glue_ask(glue_behind *ask, void *it, mp_obj_t method)
{
    if (!may_ask())
        return false;
    mp_obj_t raised = ask_method(ask, it, method);
    if (raised != MP_OBJ_NULL)
        keep(raised);
    return raised == MP_OBJ_NULL;
}

static void
tell_nothing(void *it, mp_obj_t object)
{
    (void)it;
    (void)object;
}

bool
glue_ask_or_tell(glue_behind *ask, void *it, mp_obj_t method, const mp_obj_type_t *error, glue_behind *tell,
                 bool *told)
{
    *told = false;
    if (!may_ask())
        return false;
    mp_obj_t raised = ask_method(ask, it, method);
    if (raised == MP_OBJ_NULL)
        return true;
    if (mp_obj_is_subclass_fast(MP_OBJ_FROM_PTR(mp_obj_get_type(raised)), MP_OBJ_FROM_PTR(error))) {
        raised = glue_gate(tell == NULL ? tell_nothing : tell, it, mp_obj_exception_get_value(raised));
        *told = raised == MP_OBJ_NULL;
    }
    if (raised != MP_OBJ_NULL)
        keep(raised);
    return false;
}

mp_obj_t
glue_answer_of(mp_obj_t method, const char *called, size_t count, const mp_obj_t *given)
{
    if (method == MP_OBJ_NULL)
        mp_raise_msg_varg(&mp_type_RuntimeError, MP_ERROR_TEXT("nothing answers %s()"), called);
    return mp_call_function_n_kw(method, count, 0, given);
}

/* ---- What an answer is made of ---- */

static void
drop_answer(void *node)
{
    const struct glue_answer *answer = node;

    for (size_t i = 0; i < answer->count; i++)
        free(answer->pieces[i]);
}

void
glue_answer_begin(struct glue_answer *answer)
{
    memset(answer, 0, sizeof *answer);
    nlr_push_jump_callback(&answer->node, drop_answer);
}

void *
glue_answer_memory(struct glue_answer *answer, size_t size)
{
    static max_align_t nothing;

    if (size == 0)
        return &nothing;
    if (answer->count == answer->room) {
        size_t room = answer->room == 0 ? 4 : 2 * answer->room;
        answer->pieces = m_renew(void *, answer->pieces, answer->room, room);
        answer->room = room;
    }
    void *piece = malloc(size);
    if (piece == NULL) {
        glue_reserve(size);
        piece = malloc(size);
    }
    if (piece == NULL)
        m_malloc_fail(size);
    answer->pieces[answer->count++] = piece;
    return memset(piece, 0, size);
}
