/* probe_sort: sorting by a cap that calls back. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "callback_python.h"
#include "link_python.h"
#include "probe_sort_import.h"

/* The sort that runs, innermost. */
static struct sort {
    PyObject *items; /* a list */
    PyObject *precedes;
} sort;

bool
exports_probe_sort_order_precedes(uint32_t a, uint32_t b, bool *ret)
{
    if (!callback_enter())
        return false;
    PyObject *first = PyList_GetItemRef(sort.items, a), *second = PyList_GetItemRef(sort.items, b), *answer = NULL;
    if (first != NULL && second != NULL)
        answer = PyObject_CallFunctionObjArgs(sort.precedes, first, second, NULL);
    int truth = answer == NULL ? -1 : PyObject_IsTrue(answer);
    Py_XDECREF(answer);
    Py_XDECREF(second);
    Py_XDECREF(first);
    if (truth < 0)
        callback_raise();
    callback_leave();
    *ret = truth > 0;
    return truth >= 0;
}

/* A new list: the items in the order of the numbers. */
static PyObject *
pick(PyObject *items, const probe_sort_import_list_u32_t *order)
{
    PyObject *list = PyList_New((Py_ssize_t)order->len);

    for (size_t i = 0; list != NULL && i < order->len; i++) {
        PyObject *item = PyList_GetItemRef(items, order->ptr[i]);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, item);
    }
    return list;
}

PyDoc_STRVAR(sorted_doc,
"sorted(items, precedes, /)\n--\n\n"
"A new list of the items, in an order in which precedes(a, b) is true for a before b.");

static PyObject *
probe_sort_sorted(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *iterable, *precedes, *result = NULL;

    if (!PyArg_ParseTuple(args, "OO:sorted", &iterable, &precedes))
        return NULL;
    PyObject *items = PySequence_List(iterable);
    if (items == NULL)
        return NULL;
    struct sort outer = sort;
    struct callback_scope scope;
    probe_sort_import_list_u32_t order = {0};

    sort = (struct sort){items, precedes};
    callback_begin(&scope);
    bool sorted = probe_sort_sorting_arrange((uint32_t)PyList_GET_SIZE(items), &order);
    sort = outer;
    if (callback_end(&scope)) {
        if (link_failed())
            link_raise();
        else if (!sorted)
            PyErr_SetString(PyExc_RuntimeError, "the sort was given up");
        else
            result = pick(items, &order);
    }
    if (sorted)
        probe_sort_import_list_u32_free(&order);
    Py_DECREF(items);
    return result;
}

PyDoc_STRVAR(pages_doc, "pages()\n--\n\nThe size of the cap's memory in pages of 64 KiB.");

static PyObject *
probe_sort_pages(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(nothing))
{
    uint32_t pages = probe_sort_sorting_pages();

    return link_failed() ? link_raise() : PyLong_FromUnsignedLong(pages);
}

static PyMethodDef methods[] = {
    {"sorted", probe_sort_sorted, METH_VARARGS, sorted_doc},
    {"pages", probe_sort_pages, METH_NOARGS, pages_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "probe_sort",
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_probe_sort(void)
{
    return PyModuleDef_Init(&definition);
}
