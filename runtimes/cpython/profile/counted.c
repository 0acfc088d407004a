// The module _pylon_profile: what was counted, for write.py.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "counting.h"

// The linker makes them of the sections' names.
extern struct record __start___llvm_prf_data[], __stop___llvm_prf_data[];
extern const char __start___llvm_prf_names[], __stop___llvm_prf_names[];
extern char __start___llvm_prf_cnts[], __stop___llvm_prf_cnts[];
extern const uint64_t __llvm_profile_raw_version;

static PyObject *bytes_between(const char *begin, const char *end)
{
    return PyBytes_FromStringAndSize(begin, end - begin);
}

// One site as a list of (value, count).
static PyObject *seen_at(const struct site *site)
{
    PyObject *list = PyList_New(site->used);
    for (uint32_t i = 0; list != NULL && i < site->used; i++) {
        const unsigned long long value = site->seen[i].value, count = site->seen[i].count;
        PyObject *pair = Py_BuildValue("(KK)", value, count);
        if (pair == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, i, pair);
        }
    }
    return list;
}

// All sites of a function, kind after kind; None if none was reached.
static PyObject *sites_of(const struct record *record)
{
    if (record->sites == NULL) {
        Py_RETURN_NONE;
    }
    const uint32_t count = site_count(record);
    PyObject *list = PyList_New(count);
    for (uint32_t i = 0; list != NULL && i < count; i++) {
        PyObject *site = seen_at(&record->sites[i]);
        if (site == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, i, site);
        }
    }
    return list;
}

// (name, hash, address, counters, (sites of kind 0, 1, 2), sites). `counters` is the copy of all functions' counters.
static PyObject *function_of(const struct record *record, const char *counters)
{
    const char *begin = (const char *)record + record->counters;
    PyObject *own = PyBytes_FromStringAndSize(counters + (begin - __start___llvm_prf_cnts),
                                              (Py_ssize_t)record->counter_count * 8);
    PyObject *sites = sites_of(record);
    if (own == NULL || sites == NULL) {
        Py_XDECREF(own);
        Py_XDECREF(sites);
        return NULL;
    }
    const uint16_t *counts = record->site_counts;
    return Py_BuildValue("(KKIN(iii)N)", (unsigned long long)record->name,
                         (unsigned long long)record->hash, record->address, own, counts[0],
                         counts[1], counts[2], sites);
}

// take() -> (version, names, functions): everything that was counted before this call.
static PyObject *take(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    // What follows is counted, too.
    counting_stop();
    PyObject *counters = bytes_between(__start___llvm_prf_cnts, __stop___llvm_prf_cnts);
    PyObject *names = bytes_between(__start___llvm_prf_names, __stop___llvm_prf_names);
    PyObject *functions = PyList_New(0);
    if (counters == NULL || names == NULL || functions == NULL) {
        goto failed;
    }
    const struct record *record = __start___llvm_prf_data;
    for (; record < __stop___llvm_prf_data; record++) {
        PyObject *function = function_of(record, PyBytes_AS_STRING(counters));
        if (function == NULL || PyList_Append(functions, function) < 0) {
            Py_XDECREF(function);
            goto failed;
        }
        Py_DECREF(function);
    }
    Py_DECREF(counters);
    const unsigned long long version = __llvm_profile_raw_version;
    return Py_BuildValue("(KNN)", version, names, functions);
failed:
    Py_XDECREF(counters);
    Py_XDECREF(names);
    Py_XDECREF(functions);
    return NULL;
}

// forget(): what was counted before this call does not matter.
static PyObject *forget(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    struct record *record = __start___llvm_prf_data;
    for (; record < __stop___llvm_prf_data; record++) {
        if (record->sites != NULL) {
            memset(record->sites, 0, site_count(record) * sizeof(struct site));
        }
    }
    memset(__start___llvm_prf_cnts, 0,
           (size_t)(__stop___llvm_prf_cnts - __start___llvm_prf_cnts));
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"forget", forget, METH_NOARGS, "forget()\n\nBegins to count anew."},
    {"take", take, METH_NOARGS, "take() -> (version, names, functions)\n\nWhat was counted."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_pylon_profile",
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__pylon_profile(void)
{
    return PyModuleDef_Init(&module);
}
