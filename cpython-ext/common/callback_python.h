/* Callbacks: what a cap calls in Python in the middle of a call from Python. Needs the GIL.
 *
 *     struct callback_scope scope;
 *     callback_begin(&scope);
 *     bool fine = demo_sort_sort(&items, &sorted);      // the cap calls exports_demo_order_less()
 *     if (!callback_end(&scope))
 *         return NULL;                                  // what a callback raised is raised here
 *
 *     bool exports_demo_order_less(...) {
 *         if (!callback_enter())
 *             return false;                             // the contract's error: the cap is to stop
 *         PyObject *answer = PyObject_Call...
 *         if (answer == NULL)
 *             callback_raise();
 *         callback_leave();
 *
 * A contract has no exceptions. So a callback that raises answers with an error value, its exception is kept, and the call
 * in the middle of which it was raised raises it, whatever the cap has made of the error. */
#ifndef PYLON_CALLBACK_PYTHON_H
#define PYLON_CALLBACK_PYTHON_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

/* Callbacks inside of each other, of all caps together. Each has frames of the cap and of Python on the stacks. */
enum { CALLBACK_MAX_NESTED = 64 };

/* A call in the middle of which callbacks may come. On the stack of who makes it. */
struct callback_scope {
    struct callback_scope *outer;
    PyObject *raised; /* by the first callback that raised; NULL: none */
};

/* Before the call. */
void callback_begin(struct callback_scope *scope);

/* After it. False: a callback raised, and its exception is set. */
bool callback_end(struct callback_scope *scope);

/* Begins a callback. False: it would be too deep, or nobody has begun a scope that could raise what it raises; the call
 * raises RecursionError or SystemError, and the callback answers with an error. */
bool callback_enter(void);

/* Keeps the exception that is set for the scope. One is kept, the first; sys.unraisablehook gets another. */
void callback_raise(void);

/* Ends a callback that was entered. */
void callback_leave(void);

#endif
