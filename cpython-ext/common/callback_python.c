/* Callbacks into Python: see callback_python.h. */
#include "callback_python.h"

/* One thread, as in all of pylon: scopes end in the order in which they began, backwards. */
static struct callback_scope *innermost;
static int nested;

void
callback_begin(struct callback_scope *scope)
{
    *scope = (struct callback_scope){.outer = innermost};
    innermost = scope;
}

bool
callback_end(struct callback_scope *scope)
{
    innermost = scope->outer;
    if (scope->raised == NULL)
        return true;
    PyErr_SetRaisedException(scope->raised);
    return false;
}

void
callback_raise(void)
{
    if (innermost == NULL || innermost->raised != NULL)
        PyErr_WriteUnraisable(NULL);
    else
        innermost->raised = PyErr_GetRaisedException();
}

bool
callback_enter(void)
{
    if (innermost != NULL && nested < CALLBACK_MAX_NESTED) {
        nested++;
        return true;
    }
    if (innermost == NULL)
        PyErr_SetString(PyExc_SystemError, "a callback outside of a call that takes callbacks");
    else
        PyErr_Format(PyExc_RecursionError, "more than %d callbacks inside of each other", CALLBACK_MAX_NESTED);
    callback_raise();
    return false;
}

void
callback_leave(void)
{
    nested--;
}
