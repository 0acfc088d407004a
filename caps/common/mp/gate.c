/* See gate.h. A file of its own, so that no compiler makes another function of it. */
#include "gate.h"

#include <stdint.h>

#include "py/nlr.h"

/* How many indirect calls of caps are being executed below which nothing may raise: the passes count there. */
__asm__(".globaltype glue_gate_depth, i32\n"
        ".globl glue_gate_depth\n"
        "glue_gate_depth:\n");

static inline uint32_t
exchange_depth(uint32_t depth)
{
    uint32_t before;

    __asm__ volatile("global.get glue_gate_depth\n\tlocal.set %0" : "=r"(before));
    __asm__ volatile("local.get %0\n\tglobal.set glue_gate_depth" : : "r"(depth));
    return before;
}

mp_obj_t
glue_gate(glue_behind *behind, void *it, mp_obj_t object)
{
    nlr_buf_t jump;
    mp_obj_t raised = MP_OBJ_NULL;
    uint32_t depth = exchange_depth(0);

    if (nlr_push(&jump) == 0) {
        behind(it, object);
        nlr_pop();
    } else {
        raised = MP_OBJ_FROM_PTR(jump.ret_val);
    }
    exchange_depth(depth);
    return raised;
}
