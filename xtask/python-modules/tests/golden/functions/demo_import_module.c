// The module `_demo_cap`: what demo_import.h declares, for Python. docs/reference/python-modules.md has the mapping.
#include "arguments_python.h"
#include "link_python.h"
#include "values_python.h"
#include "demo_import.h"

static const char doc_numbers_nothing[] =
    "nothing($module, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_numbers_nothing(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    (void)self;
    PyObject *result = NULL;

    demo_functions_numbers_nothing();
    result = link_failed() ? link_raise() : Py_NewRef(Py_None);
    return result;
}

static const char doc_numbers_negate[] =
    "negate($module, value, /)\n"
    "--\n"
    "\n"
    "One argument, by position.";

static PyObject *
call_numbers_negate(PyObject *self, PyObject *argument)
{
    (void)self;
    int32_t arg_value;
    PyObject *result = NULL;

    if (argument_s32(argument, "value", &arg_value)) {
        int32_t returned = demo_functions_numbers_negate(arg_value);
        result = link_failed() ? link_raise() : PyLong_FromLong(returned);
    }
    return result;
}

static const char doc_numbers_sum[] =
    "sum($module, a, b, c, d, e, f, g, h, i, j, k)\n"
    "--\n"
    "\n"
    "Every number, by position or \"name\".\n"
    "\n"
    "A second paragraph, with a backslash: \\ and ?\?/.";

static PyObject *
call_numbers_sum(PyObject *self, PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"};
    static const struct signature signature = {"sum", names, 11, 11};
    PyObject *room[11];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    (void)self;
    bool arg_a;
    uint8_t arg_b;
    int8_t arg_c;
    uint16_t arg_d;
    int16_t arg_e;
    uint32_t arg_f;
    int32_t arg_g;
    uint64_t arg_h;
    int64_t arg_i;
    float arg_j;
    double arg_k;
    PyObject *result = NULL;

    if (values != NULL &&
        argument_bool(values[0], names[0], &arg_a) &&
        argument_u8(values[1], names[1], &arg_b) &&
        argument_s8(values[2], names[2], &arg_c) &&
        argument_u16(values[3], names[3], &arg_d) &&
        argument_s16(values[4], names[4], &arg_e) &&
        argument_u32(values[5], names[5], &arg_f) &&
        argument_s32(values[6], names[6], &arg_g) &&
        argument_u64(values[7], names[7], &arg_h) &&
        argument_s64(values[8], names[8], &arg_i) &&
        argument_f32(values[9], names[9], &arg_j) &&
        argument_f64(values[10], names[10], &arg_k)) {
        double returned = demo_functions_numbers_sum(arg_a, arg_b, arg_c, arg_d, arg_e, arg_f, arg_g, arg_h, arg_i,
                                                     arg_j, arg_k);
        result = link_failed() ? link_raise() : PyFloat_FromDouble(returned);
    }
    return result;
}

static const char doc_numbers_perhaps[] =
    "perhaps($module, first, second, third=None, fourth=None)\n"
    "--\n"
    "\n"
    "Those at the end may be left out.";

static PyObject *
call_numbers_perhaps(PyObject *self, PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"first", "second", "third", "fourth"};
    static const struct signature signature = {"perhaps", names, 4, 2};
    PyObject *room[4];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    (void)self;
    struct held held = {0};
    uint8_t arg_first;
    uint8_t *maybe_arg_first = NULL;
    uint8_t arg_second;
    demo_import_string_t arg_third;
    demo_import_string_t *maybe_arg_third = NULL;
    demo_import_list_u8_t arg_fourth;
    demo_import_list_u8_t *maybe_arg_fourth = NULL;
    PyObject *result = NULL;

    if (values != NULL &&
        (values[0] == Py_None || (argument_u8(values[0], names[0], &arg_first) && (maybe_arg_first = &arg_first))) &&
        argument_u8(values[1], names[1], &arg_second) &&
        (argument_or_none(values[2]) == Py_None ||
         (argument_text(argument_or_none(values[2]), names[2], &arg_third.ptr, &arg_third.len) && (maybe_arg_third = &arg_third))) &&
        (argument_or_none(values[3]) == Py_None ||
         (held_bytes(&held, argument_or_none(values[3]), &arg_fourth.ptr, &arg_fourth.len) && (maybe_arg_fourth = &arg_fourth)))) {
        held_give(&held);
        uint8_t returned;
        bool some = demo_functions_numbers_perhaps(maybe_arg_first, arg_second, maybe_arg_third, maybe_arg_fourth,
                                                   &returned);
        if (some) {
            result = link_failed() ? link_raise() : PyLong_FromLong(returned);
        } else {
            result = link_failed() ? link_raise() : Py_NewRef(Py_None);
        }
    }
    held_end(&held);
    return result;
}

static const char doc_numbers_is[] =
    "is_($module, from_, class_)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_numbers_is(PyObject *self, PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"from_", "class_"};
    static const struct signature signature = {"is_", names, 2, 2};
    PyObject *room[2];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    (void)self;
    uint32_t arg_from;
    uint32_t arg_class_;
    PyObject *result = NULL;

    if (values != NULL &&
        argument_char(values[0], names[0], &arg_from) &&
        argument_char(values[1], names[1], &arg_class_)) {
        bool returned = demo_functions_numbers_is(arg_from, arg_class_);
        result = link_failed() ? link_raise() : PyBool_FromLong(returned);
    }
    return result;
}

static const char doc_texts_upper[] =
    "upper($module, text, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_texts_upper(PyObject *self, PyObject *argument)
{
    (void)self;
    demo_import_string_t arg_text;
    PyObject *result = NULL;

    if (argument_text(argument, "text", &arg_text.ptr, &arg_text.len)) {
        demo_import_string_t returned;
        demo_functions_texts_upper(&arg_text, &returned);
        result = link_failed() ? link_raise() : value_text(returned.ptr, returned.len);
        demo_import_string_free(&returned);
    }
    return result;
}

static const char doc_texts_join[] =
    "join($module, left, right, with_)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_texts_join(PyObject *self, PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"left", "right", "with_"};
    static const struct signature signature = {"join", names, 3, 3};
    PyObject *room[3];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    (void)self;
    demo_import_list_u8_t arg_left;
    Py_buffer buffer_left = {0};
    demo_import_list_u8_t arg_right;
    Py_buffer buffer_right = {0};
    demo_import_string_t arg_with;
    PyObject *result = NULL;

    if (values != NULL &&
        argument_bytes(values[0], &buffer_left, &arg_left.ptr, &arg_left.len) &&
        argument_bytes(values[1], &buffer_right, &arg_right.ptr, &arg_right.len) &&
        argument_text(values[2], names[2], &arg_with.ptr, &arg_with.len)) {
        demo_import_list_u8_t returned;
        demo_functions_texts_join(&arg_left, &arg_right, &arg_with, &returned);
        result = link_failed() ? link_raise() : value_bytes(returned.ptr, returned.len);
        demo_import_list_u8_free(&returned);
    }
    PyBuffer_Release(&buffer_left);
    PyBuffer_Release(&buffer_right);
    return result;
}

static PyMethodDef methods[] = {
    {"nothing", call_numbers_nothing, METH_NOARGS, doc_numbers_nothing},
    {"negate", call_numbers_negate, METH_O, doc_numbers_negate},
    {"sum", (PyCFunction)(void (*)(void))call_numbers_sum, METH_FASTCALL | METH_KEYWORDS, doc_numbers_sum},
    {"perhaps", (PyCFunction)(void (*)(void))call_numbers_perhaps, METH_FASTCALL | METH_KEYWORDS, doc_numbers_perhaps},
    {"is_", (PyCFunction)(void (*)(void))call_numbers_is, METH_FASTCALL | METH_KEYWORDS, doc_numbers_is},
    {"upper", call_texts_upper, METH_O, doc_texts_upper},
    {"join", (PyCFunction)(void (*)(void))call_texts_join, METH_FASTCALL | METH_KEYWORDS, doc_texts_join},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
    {0, NULL},
};

static const char doc_of_module[] =
    "A demonstration.\n"
    "\n"
    "Numbers in, numbers out.";

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_demo_cap",
    .m_doc = doc_of_module,
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit__demo_cap(void)
{
    return PyModuleDef_Init(&definition);
}
