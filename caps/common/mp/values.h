/* Values of generated modules (xtask/python-modules): results, and the classes of resources, records, enums and flags. What
 * makes an object raises MemoryError. */
#ifndef PYLON_GLUE_VALUES_H
#define PYLON_GLUE_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "py/nlr.h"
#include "py/obj.h"
#include "py/objexcept.h"
#include "py/objtuple.h"

/* ---- Results ---- */

/* C memory and handles that a result still has while objects are made of it. On the stack of who makes them. */
struct glue_result {
    nlr_jump_callback_node_t node;
    void (*end)(void *value);
    void *value;
};

/* Between these, what raises ends the value, and the second does. `end` drops and frees what did not become an object, and
 * allocates nothing. */
void glue_result_begin(struct glue_result *result, void (*end)(void *value), void *value);
static inline void
glue_result_end(void)
{
    nlr_pop_jump_callback(true);
}

/* How many bytes the character at the beginning of a text takes, and which it is; 0: it is none, or a surrogate. */
size_t glue_character(const uint8_t *text, size_t length, uint32_t *character);

/* Whether a text is UTF-8 as contracts have it. */
bool glue_is_utf8(const uint8_t *text, size_t length);

/* A str. UnicodeError for what is no UTF-8: from a folded cap that is wrong. */
mp_obj_t glue_text(const uint8_t *data, size_t length);
mp_obj_t glue_char(uint32_t character);

/* The tuple of a tag and a payload. */
mp_obj_t glue_variant(qstr tag, mp_obj_t payload);

/* RuntimeError for a case that the contract does not have: from a folded cap that is wrong. */
_Noreturn void glue_raise_unknown(void);

/* ---- Errors ---- */

/* The class of a module's errors, whose `value` is what it was made with. */
#define GLUE_ERROR(type, name)                                                                                         \
    MP_DEFINE_CONST_OBJ_TYPE(type, name, MP_TYPE_FLAG_NONE, make_new, mp_obj_exception_make_new, print,                \
                             mp_obj_exception_print, attr, mp_obj_exception_attr, parent, &mp_type_Exception)

/* Raises one with a value. */
_Noreturn void glue_raise(const mp_obj_type_t *type, mp_obj_t value);

/* ---- Resources ---- */

/* What the methods of all resources' classes need to know of one. */
struct glue_class {
    void (*drop)(int32_t handle);
    size_t size; /* bytes of the cap's memory that a handle stands for, some */
};

/* An object that has a handle. */
struct glue_resource {
    mp_obj_base_t base;
    int32_t handle; /* 0: it was given away, or its finaliser was called */
};

/* A class: its objects know by `print` that they are resources. */
#define GLUE_RESOURCE(type, name, class, dict)                                                                         \
    MP_DEFINE_CONST_OBJ_TYPE(type, name, MP_TYPE_FLAG_NONE, print, glue_resource_print, protocol, class, locals_dict,  \
                             dict)
#define GLUE_RESOURCE_WITH_CONSTRUCTOR(type, name, class, dict, constructor)                                           \
    MP_DEFINE_CONST_OBJ_TYPE(type, name, MP_TYPE_FLAG_NONE, print, glue_resource_print, protocol, class, locals_dict,  \
                             dict, make_new, constructor)
void glue_resource_print(const mp_print_t *print, mp_obj_t object, mp_print_kind_t kind);

/* `__del__` of all classes: drops the handle, once. */
MP_DECLARE_CONST_FUN_OBJ_1(glue_resource_del_obj);

/* A new object with `*handle`, which is set to 0. MemoryError where it is 0 already: there was no room for it. */
mp_obj_t glue_resource_new(const mp_obj_type_t *type, int32_t *handle);

/* The handle of a method's `self`. TypeError for an object of another class, ValueError if it was given away. */
int32_t glue_resource_self(mp_obj_t object, const mp_obj_type_t *type);

_Noreturn void glue_raise_given_away(const struct glue_resource *resource);

/* The handle was given to the cap. */
void glue_resource_given(const struct glue_resource *resource);

/* ---- Enums: one object for each case, which is as good as an int ---- */

struct glue_case {
    mp_obj_base_t base;
    uint32_t number;
    qstr name;
};

struct glue_cases {
    const struct glue_case *cases;
    uint32_t count;
};

#define GLUE_ENUM(type, name, cases, dict)                                                                             \
    MP_DEFINE_CONST_OBJ_TYPE(type, name, MP_TYPE_FLAG_EQ_CHECKS_OTHER_TYPE, make_new, glue_case_make_new, print,       \
                             glue_case_print, unary_op, glue_case_unary_op, binary_op, glue_case_binary_op, protocol,  \
                             cases, locals_dict, dict)
mp_obj_t glue_case_make_new(const mp_obj_type_t *type, size_t count, size_t keywords, const mp_obj_t *given);
void glue_case_print(const mp_print_t *print, mp_obj_t object, mp_print_kind_t kind);
mp_obj_t glue_case_unary_op(mp_unary_op_t op, mp_obj_t object);
mp_obj_t glue_case_binary_op(mp_binary_op_t op, mp_obj_t left, mp_obj_t right);

/* The object of a case. */
static inline mp_obj_t
glue_case(const struct glue_cases *cases, uint32_t number)
{
    if (number >= cases->count)
        glue_raise_unknown();
    return MP_OBJ_FROM_PTR(&cases->cases[number]);
}

/* ---- Flags: a class without objects, with an int for each flag ---- */

#define GLUE_FLAGS(type, name, dict) MP_DEFINE_CONST_OBJ_TYPE(type, name, MP_TYPE_FLAG_NONE, locals_dict, dict)

/* ---- Records: tuples whose items are attributes, too ---- */

struct glue_record {
    size_t count;
    const qstr *names;
};

#define GLUE_RECORD(type, name, record)                                                                                \
    MP_DEFINE_CONST_OBJ_TYPE(type, name, MP_TYPE_FLAG_EQ_CHECKS_OTHER_TYPE | MP_TYPE_FLAG_ITER_IS_GETITER, make_new,   \
                             glue_record_make_new, print, glue_record_print, unary_op, mp_obj_tuple_unary_op,          \
                             binary_op, mp_obj_tuple_binary_op, attr, glue_record_attr, subscr, mp_obj_tuple_subscr,   \
                             iter, mp_obj_tuple_getiter, protocol, record, parent, &mp_type_tuple)
mp_obj_t glue_record_make_new(const mp_obj_type_t *type, size_t count, size_t keywords, const mp_obj_t *given);
void glue_record_print(const mp_print_t *print, mp_obj_t object, mp_print_kind_t kind);
void glue_record_attr(mp_obj_t object, qstr attribute, mp_obj_t *destination);

/* A record of items, as many as its type has. */
mp_obj_t glue_record_new(const mp_obj_type_t *type, const mp_obj_t *items);

#endif
