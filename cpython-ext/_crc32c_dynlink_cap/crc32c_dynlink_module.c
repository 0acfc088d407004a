/* crc32c_dynlink: CRC-32C by a provider, without a contract: the provider is resolved by name when the module is
 * imported, and called by the name of a method with bytes for arguments. See docs/add-a-cap.md, section "Linkage". */
#include "link_python.h"

/* The provider's name in the plan. */
static const char PROVIDER[] = "crc32c";

struct state {
    struct link_instance instance;
};

/* Resolves the provider unless there is an instance. False: `error` is set. */
static bool
resolve(struct state *state, struct link_error *error)
{
    return state->instance.handle != 0 || link_resolve(PROVIDER, sizeof PROVIDER - 1, &state->instance, error);
}

/* The method `compute`: takes the bytes as they are and answers with an unsigned integer. False: `error` is set. */
static bool
compute(struct state *state, const Py_buffer *data, uint32_t *crc, struct link_error *error)
{
    uint8_t *reply;
    size_t length;

    if (!resolve(state, error))
        return false;
    if (!link_invoke(state->instance, "compute", 7, data->buf, (size_t)data->len, &reply, &length, error)) {
        /* What ended the instance has not ended the provider: the next call gets a fresh one. */
        if (link_error_ends_instance(error))
            link_instance_drop(&state->instance);
        return false;
    }
    struct cbor_reader reader;
    cbor_reader_open(&reader, reply, length);
    bool understood = cbor_read_u32(&reader, crc) && cbor_read_end(&reader);
    if (!understood) {
        char explanation[CBOR_EXPLANATION];
        cbor_explain(&reader, explanation);
        link_error_set(error, "invalid-input", explanation, "the reply of compute");
    }
    link_reply_free(reply, length);
    return understood;
}

PyDoc_STRVAR(crc32c_doc,
"crc32c(data, /)\n--\n\n"
"The CRC-32C of a contiguous bytes-like object. pylon.LinkError if the provider fails.");

/* crc32c(data) -> int. TypeError for what is not bytes-like, BufferError for what is not contiguous, LinkError. */
static PyObject *
crc32c(PyObject *module, PyObject *args)
{
    Py_buffer data;
    uint32_t crc;
    struct link_error error;

    if (!PyArg_ParseTuple(args, "y*:crc32c", &data))
        return NULL;
    bool computed = compute(PyModule_GetState(module), &data, &crc, &error);
    PyBuffer_Release(&data);
    return computed ? PyLong_FromUnsignedLong(crc) : link_raise_error(&error);
}

/* Resolves the provider: where that fails, the import does. */
static int
execute(PyObject *module)
{
    struct link_error error;
    if (resolve(PyModule_GetState(module), &error))
        return 0;
    link_raise_import_error("crc32c_dynlink", &error);
    return -1;
}

static void
release(void *module)
{
    struct state *state = PyModule_GetState(module);
    if (state != NULL)
        link_instance_drop(&state->instance);
}

static PyMethodDef methods[] = {
    {"crc32c", crc32c, METH_VARARGS, crc32c_doc},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
    {0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "crc32c_dynlink",
    .m_doc = PyDoc_STR("CRC-32C by the provider that the plan calls crc32c."),
    .m_size = sizeof(struct state),
    .m_methods = methods,
    .m_slots = slots,
    .m_free = release,
};

PyMODINIT_FUNC
PyInit_crc32c_dynlink(void)
{
    return PyModuleDef_Init(&definition);
}
