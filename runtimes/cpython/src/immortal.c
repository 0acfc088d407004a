// Makes the snapshot's objects immortal (PEP 683): their reference counts are never written again.
// A page of the snapshot that is only read is shared by all processes; the first write to one costs
// the kernel a copy. Nothing is lost: what the snapshot holds would live to the end anyway.
#include "pylon.h"

#include "pycore_code.h"
#include "pycore_gc.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pystate.h"

struct stack {
    PyObject **items;
    size_t count, capacity;
    bool failed;
};

// Marks `object` and remembers it for its own references, once. A visitproc: `arg` is the stack.
static int visit(PyObject *object, void *arg)
{
    struct stack *stack = arg;
    if (object == NULL || _Py_IsImmortal(object)) {
        return 0;
    }
    if (stack->count == stack->capacity) {
        size_t capacity = stack->capacity != 0 ? 2 * stack->capacity : 1024;
        PyObject **items = PyMem_RawRealloc(stack->items, capacity * sizeof *items);
        if (items == NULL) {
            stack->failed = true;
            return -1;
        }
        stack->items = items;
        stack->capacity = capacity;
    }
    _Py_SetImmortalUntracked(object);
    stack->items[stack->count++] = object;
    return 0;
}

// A code object refers to others but takes no part in garbage collection.
static void visit_code(PyCodeObject *code, struct stack *stack)
{
    PyObject *const references[] = {
        code->co_consts,         code->co_names,           code->co_exceptiontable,
        code->co_localsplusnames, code->co_localspluskinds, code->co_filename,
        code->co_name,           code->co_qualname,        code->co_linetable,
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(references); i++) {
        visit(references[i], stack);
    }
}

static void visit_references(struct stack *stack)
{
    while (stack->count > 0 && !stack->failed) {
        PyObject *object = stack->items[--stack->count];
        traverseproc traverse = Py_TYPE(object)->tp_traverse;
        if (PyCode_Check(object)) {
            visit_code((PyCodeObject *)object, stack);
        } else if (PyObject_IS_GC(object) && traverse != NULL) {
            traverse(object, visit, stack);
        }
    }
}

// Marks all that gc.freeze() has set aside, and what it refers to. Returns 0, or -1 for want of
// memory. Call it when no Python code is running.
int pylon_immortalize(void)
{
    struct stack stack = {0};
    PyGC_Head *list = &_PyInterpreterState_GET()->gc.permanent_generation.head;
    for (PyGC_Head *at = _PyGCHead_NEXT(list); at != list; at = _PyGCHead_NEXT(at)) {
        visit(_Py_FROM_GC(at), &stack);
        visit_references(&stack);
    }
    PyMem_RawFree(stack.items);
    return stack.failed ? -1 : 0;
}
