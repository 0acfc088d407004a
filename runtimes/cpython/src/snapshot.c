// Makes the state that a snapshot keeps. The build calls the export `pylon-preinit` of the linked
// core module in an interpreter whose WASI imports answer constants, and bakes the memory into the
// module. Nothing here may acquire a handle of the host or read its environment.
#include "descriptors.h"
#include "entry.h"
#include "pylon.h"

#include <stdio.h>
#include <string.h>

PyObject *pylon_helper = NULL;

static char message[4096];

// Puts the current exception, with its traceback as far as that can be formatted, into `message`.
static const char *describe_exception(const char *while_doing)
{
    PyObject *exception = PyErr_GetRaisedException();
    PyObject *lines = NULL, *text = NULL, *empty = PyUnicode_FromString("");
    PyObject *traceback = PyImport_ImportModule("traceback");
    if (traceback != NULL) {
        lines = PyObject_CallMethod(traceback, "format_exception", "O", exception);
    }
    if (lines != NULL && empty != NULL) {
        text = PyUnicode_Join(empty, lines);
    }
    if (text == NULL) {
        PyErr_Clear();
        text = PyObject_Repr(exception);
    }
    const char *utf8 = text != NULL ? PyUnicode_AsUTF8(text) : NULL;
    snprintf(message, sizeof message, "%s: %s", while_doing, utf8 != NULL ? utf8 : "unknown error");
    Py_XDECREF(text);
    Py_XDECREF(empty);
    Py_XDECREF(lines);
    Py_XDECREF(traceback);
    Py_XDECREF(exception);
    return message;
}

// Whether importing `name`, or what it is a part of, asks no cap for anything.
static bool is_silent(const char *name)
{
    for (size_t i = 0; pylon_silent[i] != NULL; i++) {
        size_t length = strlen(pylon_silent[i]);
        if (strncmp(name, pylon_silent[i], length) == 0 && (name[length] == '\0' || name[length] == '.')) {
            return true;
        }
    }
    return false;
}

// False without memory.
static bool add_name(PyObject *names, const char *name)
{
    if (is_silent(name)) {
        return true;
    }
    PyObject *item = PyUnicode_FromString(name);
    bool added = item != NULL && PyList_Append(names, item) == 0;
    Py_XDECREF(item);
    return added;
}

// Names of the modules that caps bring, their extensions and their frozen facades, and that may not run before the
// snapshot.
static PyObject *list_cap_modules(void)
{
    PyObject *names = PyList_New(0);
    bool added = names != NULL;
    for (size_t i = 0; added && pylon_extensions[i].name != NULL; i++) {
        added = add_name(names, pylon_extensions[i].name);
    }
    for (size_t i = 0; added && pylon_frozen_facades[i].name != NULL; i++) {
        added = add_name(names, pylon_frozen_facades[i].name);
    }
    if (!added) {
        Py_CLEAR(names);
    }
    return names;
}

static PyStatus initialize(void)
{
    PyStatus status = pylon_preconfigure(0, NULL);
    if (PyStatus_Exception(status)) {
        return status;
    }
    pylon_zero_on_free();
    pylon_record_hashes();
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    config.use_environment = 0;
    config.parse_argv = 0;
    config.site_import = 0;  // runs when the snapshot is resumed, unless -S
    config.use_hash_seed = 1;
    config.hash_seed = 0;
    status = pylon_set_paths(&config);
    if (!PyStatus_Exception(status)) {
        status = Py_InitializeFromConfig(&config);
    }
    PyConfig_Clear(&config);
    return status;
}

// Initializes Python, imports what lib/_pylon.py lists and gets the memory ready to be kept.
// Returns NULL, or the reason why there can be no snapshot: a text in this module's memory.
__attribute__((export_name("pylon-preinit"))) const char *pylon_preinit(void)
{
    // Python takes EBADF for "closed" and leaves sys.stdin, sys.stdout and sys.stderr None.
    libc_descriptors_hidden = true;
    __wasi_init_tp();
    __wasm_call_ctors();

    PyStatus status = initialize();
    if (PyStatus_Exception(status)) {
        snprintf(message, sizeof message, "initializing Python: %s",
                 status.err_msg != NULL ? status.err_msg : "it wants to exit");
        return message;
    }
    PyObject *names = list_cap_modules();
    pylon_helper = names != NULL ? PyImport_ImportModule("_pylon") : NULL;
    PyObject *done =
        pylon_helper != NULL ? PyObject_CallMethod(pylon_helper, "preload", "O", names) : NULL;
    Py_XDECREF(names);
    if (done == NULL) {
        return describe_exception("preloading modules");
    }
    Py_DECREF(done);
    if (!pylon_keep_hashes() || pylon_immortalize() < 0) {
        return "out of memory";
    }

    pylon_scrub_heap();
    libc_descriptors_hidden = false;
    pylon_phase = PHASE_SNAPSHOT;
    return NULL;
}
