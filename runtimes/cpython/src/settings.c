// The settings that every start shares: where Python believes to be installed.
#include "pylon.h"

#include <string.h>

#define STDLIB_DIR "/lib/python3.13"
#define WIDE_(text) L##text
#define WIDE(text) WIDE_(text)

// One table of all frozen modules. CPython takes exactly one, the build makes two.
static PyStatus register_frozen_modules(void)
{
    size_t stdlib = 0, facades = 0;
    while (pylon_frozen_stdlib[stdlib].name != NULL) {
        stdlib++;
    }
    while (pylon_frozen_facades[facades].name != NULL) {
        facades++;
    }
    struct _frozen *all = PyMem_RawCalloc(facades + stdlib + 1, sizeof *all);
    if (all == NULL) {
        return PyStatus_NoMemory();
    }
    // Facades first: the search takes the first hit, so a cap may replace a module.
    memcpy(all, pylon_frozen_facades, facades * sizeof *all);
    memcpy(all + facades, pylon_frozen_stdlib, stdlib * sizeof *all);
    PyImport_FrozenModules = all;
    return PyStatus_Ok();
}

// Makes the linked extensions and the frozen modules known and pre-initializes Python. `argv` is
// the command line, or NULL to take nothing from the process. Done once in a process.
PyStatus pylon_preconfigure(int argc, char **argv)
{
    if (PyImport_FrozenModules == NULL) {
        PyStatus status = register_frozen_modules();
        if (PyStatus_Exception(status)) {
            return status;
        }
        if (PyImport_ExtendInittab(pylon_extensions) < 0
            || PyImport_AppendInittab("_pylon_terminal", PyInit__pylon_terminal) < 0 || !pylon_register_sources()) {
            return PyStatus_NoMemory();
        }
    }
    PyPreConfig preconfig;
    if (argv != NULL) {
        PyPreConfig_InitPythonConfig(&preconfig);
    } else {
        PyPreConfig_InitIsolatedConfig(&preconfig);
    }
    preconfig.utf8_mode = 1;  // the host has no locale
    return argv != NULL ? Py_PreInitializeFromBytesArgs(&preconfig, argc, argv)
                        : Py_PreInitialize(&preconfig);
}

// Appends the directories of a PYTHONPATH-like list to `list`. An empty item is the current
// directory, as it is in CPython.
static PyStatus append_path_list(PyWideStringList *list, const wchar_t *text)
{
    for (;;) {
        const wchar_t *end = wcschr(text, L':');
        size_t length = end != NULL ? (size_t)(end - text) : wcslen(text);
        wchar_t *item = PyMem_RawCalloc(length + 1, sizeof *item);
        if (item == NULL) {
            return PyStatus_NoMemory();
        }
        wmemcpy(item, text, length);
        PyStatus status = PyWideStringList_Append(list, item);
        PyMem_RawFree(item);
        if (PyStatus_Exception(status) || end == NULL) {
            return status;
        }
        text = end + 1;
    }
}

// Sets what getpath.py would find out by looking at the file system, which has nothing to find.
PyStatus pylon_set_paths(PyConfig *config)
{
    const struct {
        wchar_t **field;
        const wchar_t *value;
    } fields[] = {
        {&config->program_name, L"python"},
        {&config->executable, L""},
        {&config->base_executable, L""},
        {&config->prefix, L"/"},
        {&config->exec_prefix, L"/"},
        {&config->base_prefix, L"/"},
        {&config->base_exec_prefix, L"/"},
        {&config->stdlib_dir, WIDE(STDLIB_DIR)},
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(fields); i++) {
        PyStatus status = PyConfig_SetString(config, fields[i].field, fields[i].value);
        if (PyStatus_Exception(status)) {
            return status;
        }
    }
    config->pathconfig_warnings = 0;
    config->use_frozen_modules = 1;  // there are no others: -X frozen_modules=off has no meaning
    config->module_search_paths_set = 1;
    return PyStatus_Ok();
}

// Fills `config` from the command line and the environment. The caller clears it in any case.
PyStatus pylon_read_config(PyConfig *config, int argc, char **argv)
{
    PyStatus status = PyConfig_SetBytesArgv(config, argc, argv);
    if (!PyStatus_Exception(status)) {
        status = pylon_set_paths(config);
    }
    if (!PyStatus_Exception(status)) {
        status = PyConfig_Read(config);
    }
    if (!PyStatus_Exception(status) && config->pythonpath_env != NULL) {
        status = append_path_list(&config->module_search_paths, config->pythonpath_env);
    }
    if (!PyStatus_Exception(status)) {
        // The library is frozen and found without it; its sources are there, and what a host may mount.
        status = PyWideStringList_Append(&config->module_search_paths, WIDE(STDLIB_DIR));
    }
    return status;
}
