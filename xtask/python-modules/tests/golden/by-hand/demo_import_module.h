// What the C beside demo_import_module.c defines. Every function returns a new reference, or NULL with an exception.
#ifndef PYLON_DEMO_IMPORT_MODULE_H
#define PYLON_DEMO_IMPORT_MODULE_H

#include "arguments_python.h"
#include "link_python.h"
#include "demo_import.h"

// Adder.add
PyObject *demo_import_module_Adder_add(PyObject *self, PyObject *const *given, Py_ssize_t count, PyObject *keywords);

// total
PyObject *demo_import_module_total(PyObject *self, PyObject *argument);

// fast(data: Buffer, value: int = 0) -> int
extern const char demo_import_module_fast_doc[];
PyObject *demo_import_module_fast(PyObject *self, PyObject *const *given, Py_ssize_t count, PyObject *keywords);

// Adder.halve(by: int = 2) -> None
extern const char demo_import_module_Adder_halve_doc[];
PyObject *demo_import_module_Adder_halve(PyObject *self, PyObject *const *given, Py_ssize_t count, PyObject *keywords);

// Adder.shown() -> str
extern const char demo_import_module_Adder_shown_doc[];
PyObject *demo_import_module_Adder_shown(PyObject *self, PyObject *const *given, Py_ssize_t count, PyObject *keywords);

#endif
