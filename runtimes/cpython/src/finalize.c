// Py_FinalizeEx for a process that ends right after it. CPython's own takes everything apart and
// frees it, which costs more than starting from a snapshot does. What a program can observe is done
// here just the same: exit handlers, flushed streams, and the finalizers of everything that the
// program's modules hold. The modules that the snapshot holds and the memory are left to the host.
#include "pylon.h"

#include "pycore_atexit.h"
#include "pycore_ceval.h"
#include "pycore_gc.h"
#include "pycore_import.h"
#include "pycore_interp.h"
#include "pycore_moduleobject.h"
#include "pycore_pylifecycle.h"
#include "pycore_pystate.h"

// Flushes sys.<name> unless it is None or closed. Returns 0, or -1 with an exception set.
static int flush_stream(const char *name)
{
    PyObject *stream = PySys_GetObject(name);
    if (stream == NULL || stream == Py_None) {
        return 0;
    }
    Py_INCREF(stream);
    int closed = 0;
    PyObject *value = PyObject_GetAttrString(stream, "closed");
    if (value == NULL || (closed = PyObject_IsTrue(value)) < 0) {
        PyErr_Clear();
        closed = 0;
    }
    Py_XDECREF(value);
    int result = 0;
    if (!closed) {
        PyObject *done = PyObject_CallMethod(stream, "flush", NULL);
        result = done == NULL ? -1 : 0;
        Py_XDECREF(done);
    }
    Py_DECREF(stream);
    return result;
}

static int flush_streams(void)
{
    int result = 0;
    if (flush_stream("stdout") < 0) {
        PyErr_FormatUnraisable("Exception ignored on flushing sys.stdout");
        result = -1;
    }
    if (flush_stream("stderr") < 0) {
        PyErr_Clear();  // there is nowhere left to report it
        result = -1;
    }
    return result;
}

// Runs what modules registered with threading for the end of the main thread.
static void shut_threading_down(void)
{
    PyObject *threading = PyImport_GetModule(&_Py_ID(threading));
    if (threading == NULL) {
        PyErr_Clear();
        return;
    }
    PyObject *done = PyObject_CallMethod(threading, "_shutdown", NULL);
    if (done == NULL) {
        PyErr_FormatUnraisable("Exception ignored on threading shutdown");
    }
    Py_XDECREF(done);
    Py_DECREF(threading);
}

// True if `module` was imported by the program: it is not one that the snapshot holds. This looks at
// nothing but names and addresses, because memory that isn't touched costs nothing.
static bool belongs_to_program(PyObject *library, PyObject *name, PyObject *module)
{
    PyObject *kept = PyDict_GetItemWithError(library, name);
    PyErr_Clear();  // a name that cannot be hashed
    return kept != module;
}

// Takes the program's modules out of sys.modules, first imported first. Returns a list of weak
// references to them, or NULL with an exception set.
static PyObject *remove_program_modules(PyObject *modules)
{
    PyObject *references = PyList_New(0);
    PyObject *names = PyMapping_Keys(modules);
    PyObject *library = PyObject_GetAttrString(pylon_helper, "library");
    if (references == NULL || names == NULL || library == NULL) {
        goto failed;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        PyObject *module = PyObject_GetItem(modules, name);
        if (module == NULL) {
            PyErr_Clear();
            continue;
        }
        if (belongs_to_program(library, name, module)) {
            PyObject *reference = PyModule_Check(module) ? PyWeakref_NewRef(module, NULL) : NULL;
            if (reference != NULL) {
                PyList_Append(references, reference);
                Py_DECREF(reference);
            }
            // None first, as CPython does: an import in a finalizer must not load it again.
            PyObject_SetItem(modules, name, Py_None);
        }
        Py_DECREF(module);
        PyErr_Clear();
    }
    Py_DECREF(library);
    Py_DECREF(names);
    return references;
failed:
    Py_XDECREF(library);
    Py_XDECREF(names);
    Py_XDECREF(references);
    return NULL;
}

// Clears the namespaces of those modules that something still refers to, last imported first.
static void clear_survivors(PyObject *references)
{
    for (Py_ssize_t i = PyList_GET_SIZE(references) - 1; i >= 0; i--) {
        PyObject *module = NULL;
        if (PyWeakref_GetRef(PyList_GET_ITEM(references, i), &module) > 0) {
            _PyModule_Clear(module);
            Py_DECREF(module);
        }
    }
}

// Ends the resumed interpreter as far as the program can tell. Returns 0, or -1 if a stream could
// not be flushed.
int pylon_finalize(void)
{
    PyThreadState *tstate = PyThreadState_Get();
    PyInterpreterState *interp = tstate->interp;
    interp->finalizing = 1;
    shut_threading_down();
    _Py_FinishPendingCalls(tstate);
    _PyAtExit_Call(interp);

    _PyInterpreterState_SetFinalizing(interp, tstate);
    _PyRuntimeState_SetFinalizing(interp->runtime, tstate);
    int result = flush_streams();

    PyGC_Collect();
    // Common places for a program's values, cleared early so that their finalizers can still work.
    static const char *const values[] = {"path", "argv", "ps1", "ps2", "last_exc", "last_type",
                                         "last_value", "last_traceback", "__interactivehook__"};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(values); i++) {
        PySys_SetObject(values[i], Py_None);
    }
    PyDict_SetItemString(interp->builtins, "_", Py_None);
    PyObject *references = remove_program_modules(PyImport_GetModuleDict());
    PyErr_Clear();
    _PyGC_CollectNoFail(tstate);
    if (references != NULL) {
        clear_survivors(references);
        Py_DECREF(references);
        _PyGC_CollectNoFail(tstate);
    }
    if (flush_streams() < 0) {
        result = -1;
    }
    return result;
}
