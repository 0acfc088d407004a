// Runs a program in the interpreter that the snapshot holds: brings in what belongs to the process
// (arguments, options, environment, streams, site), then does what CPython's main does.
#include "pylon.h"

#include "pycore_codecs.h"
#include "pycore_pylifecycle.h"
#include "pycore_runtime.h"
#include "pycore_tracemalloc.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wasi/libc-environ.h>

// Fills posix.environ, which is os.environ's storage, from the environment of this process.
static int load_environment(void)
{
    int result = -1;
    PyObject *posix = PyImport_ImportModule("posix");
    PyObject *target = posix != NULL ? PyObject_GetAttrString(posix, "environ") : NULL;
    if (target == NULL) {
        goto done;
    }
    PyDict_Clear(target);
    for (char **entry = __wasilibc_get_environ(); *entry != NULL; entry++) {
        const char *equals = strchr(*entry, '=');
        if (equals == NULL) {
            continue;
        }
        PyObject *key = PyBytes_FromStringAndSize(*entry, equals - *entry);
        PyObject *value = PyBytes_FromString(equals + 1);
        // The first of two equal names counts, as in posixmodule.c.
        int failed = key == NULL || value == NULL ||
                     PyDict_SetDefaultRef(target, key, value, NULL) < 0;
        Py_XDECREF(key);
        Py_XDECREF(value);
        if (failed) {
            goto done;
        }
    }
    result = 0;
done:
    Py_XDECREF(target);
    Py_XDECREF(posix);
    return result;
}

// Local time is that of this process's TZ; without one the snapshot has it right.
static int choose_zone(void)
{
    const char *text = getenv("TZ");
    if (text == NULL || *text == 0) {
        return 0;
    }
    PyObject *time = PyImport_ImportModule("time");
    PyObject *done = time != NULL ? PyObject_CallMethod(time, "tzset", NULL) : NULL;
    Py_XDECREF(done);
    Py_XDECREF(time);
    return done != NULL ? 0 : -1;
}

// True if the program asks for what is settled when an interpreter is created: a seed of str hashes that it chooses itself.
// (PYTHONMALLOC is settled even earlier and is not followed.)
static bool needs_new_interpreter(const PyConfig *config)
{
    return config->use_hash_seed && config->hash_seed != 0;
}

// Turns the encoding that PYTHONIOENCODING asks for into its codec's own name, as CPython does.
static PyStatus normalize_stdio_encoding(PyConfig *config)
{
    if (wcscmp(config->stdio_encoding, L"utf-8") == 0) {
        return PyStatus_Ok();
    }
    PyStatus status = PyStatus_Error("unknown encoding in PYTHONIOENCODING");
    PyObject *codec = NULL, *name = NULL;
    wchar_t *text = NULL;
    char *encoding = Py_EncodeLocale(config->stdio_encoding, NULL);
    if (encoding != NULL) {
        codec = _PyCodec_Lookup(encoding);
    }
    if (codec != NULL) {
        name = PyObject_GetAttrString(codec, "name");
    }
    if (name != NULL) {
        text = PyUnicode_AsWideCharString(name, NULL);
    }
    if (text != NULL) {
        status = PyConfig_SetString(config, &config->stdio_encoding, text);
    }
    PyMem_Free(text);
    Py_XDECREF(name);
    Py_XDECREF(codec);
    PyMem_Free(encoding);
    return status;
}

// Makes the interpreter one of this process. Changes `config` in the same way as CPython would.
static PyStatus adopt(PyConfig *config)
{
    PyStatus status = _Py_ReconfigureMain(config);
    if (PyStatus_Exception(status)) {
        return status;
    }
    if (load_environment() < 0) {
        return PyStatus_Error("cannot read the environment");
    }
    if (choose_zone() < 0) {
        return PyStatus_Error("cannot choose the time zone");
    }
    if (config->tracemalloc && _PyTraceMalloc_Start(config->tracemalloc) < 0) {
        return PyStatus_Error("can't start tracemalloc");
    }
    return config->faulthandler ? _PyFaulthandler_Init(1) : PyStatus_Ok();
}

// Runs the program in another interpreter, as if there were no snapshot. Returns its exit code.
static int start_anew(PyConfig *config, int argc, char **argv)
{
    tzset();  // libc took the snapshot's environment
    PyConfig_Clear(config);
    pylon_helper = NULL;  // dies with its interpreter
    Py_FinalizeEx();
    return pylon_start(argc, argv);
}

// Runs the program that `argv` asks for. Returns its exit code.
int pylon_resume(int argc, char **argv)
{
    // The snapshot was pre-initialized without it. Undecided, so that -X dev is looked for.
    _PyRuntime.preconfig.dev_mode = -1;
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    PyStatus status = pylon_read_config(&config, argc, argv);
    if (PyStatus_IsExit(status)) {
        goto failed;
    }
    // What is wrong with options is told as where there is no interpreter yet.
    if (PyStatus_IsError(status) || needs_new_interpreter(&config)) {
        return start_anew(&config, argc, argv);
    }
    // Before anything is hashed.
    if (!config.use_hash_seed) {
        status = pylon_choose_hashes();
        if (PyStatus_Exception(status)) {
            goto failed;
        }
    }
    if (PyStatus_Exception(normalize_stdio_encoding(&config))) {
        return start_anew(&config, argc, argv);
    }
    status = adopt(&config);
    if (PyStatus_Exception(status)) {
        goto failed;
    }
    _Py_FinalizeHook = pylon_finalize;
    PyObject *done = PyObject_CallMethod(pylon_helper, "resume", "i", config.site_import);
    PyConfig_Clear(&config);
    if (done == NULL) {
        PyErr_Print();
        return 1;
    }
    Py_DECREF(done);
    return Py_RunMain();

failed:
    PyConfig_Clear(&config);
    Py_ExitStatusException(status);
}
