/* What a provider asks a loaded module, answered by methods of an object: see loaded_python.h. */
#include "loaded_python.h"

#include "answers_python.h"
#include "endpoint.h"

/* A question that is being answered: an entry of `questions`, as _pylon_load.py makes it. */
struct question {
    const char *called; /* `order.precedes` */
    const char *name;   /* of the answer, for messages */
    PyObject *names;    /* of the parameters, a tuple of str */
    PyObject *types;    /* theirs */
    PyObject *result;   /* a type, or None */
    PyObject *error;    /* the module's exception, if the result is one that raises it; or None */
    PyObject *methods;  /* a list with the method, or None where nothing answers */
    Py_ssize_t index;
};

static const struct loaded_type *
result_of(const struct question *question)
{
    return question->result == Py_None ? NULL : (const struct loaded_type *)question->result;
}

/* ---- Zeros: what is answered where nothing was ---- */

static void
write_zero(struct cbor_writer *writer, const struct loaded_type *type)
{
    Py_ssize_t count;

    switch (type->kind) {
    case LOADED_BOOL:
        cbor_write_bool(writer, false);
        return;
    case LOADED_F32:
    case LOADED_F64:
        cbor_write_float(writer, 0);
        return;
    case LOADED_STRING:
        cbor_write_text(writer, "", 0);
        return;
    case LOADED_LIST:
        loaded_write_empty(writer, loaded_item(type, 0));
        return;
    case LOADED_OPTION:
        cbor_write_array(writer, 0);
        return;
    case LOADED_TUPLE:
    case LOADED_RECORD:
        count = PyTuple_GET_SIZE(type->items);
        cbor_write_array(writer, (uint64_t)count);
        for (Py_ssize_t i = 0; i < count; i++)
            write_zero(writer, loaded_item(type, i));
        return;
    case LOADED_VARIANT:
    case LOADED_RESULT:
        cbor_write_array(writer, type->payloads[0] ? 2 : 1);
        cbor_write_unsigned(writer, 0);
        if (type->payloads[0])
            write_zero(writer, loaded_item(type, 0));
        return;
    default:
        cbor_write_unsigned(writer, 0);
    }
}

/* ---- Answers ---- */

/* The value of a case of the result, or the result; with NULL for `object` zeros. False with an exception. */
static bool
write_case(struct loaded_arguments *answer, const struct question *question, Py_ssize_t index, PyObject *object)
{
    const struct loaded_type *type = result_of(question);
    struct cbor_writer *writer = &answer->writer;

    if (question->error != Py_None) {
        cbor_write_array(writer, type->payloads[index] ? 2 : 1);
        cbor_write_unsigned(writer, (uint64_t)index);
        type = type->payloads[index] ? loaded_item(type, index) : NULL;
    } else if (type == NULL) {
        cbor_write_null(writer);
    }
    if (type == NULL)
        return true;
    if (object != NULL)
        return loaded_write(answer, type, object, question->name);
    write_zero(writer, type);
    return true;
}

/* Whether the value or the error was written; else an exception is set. */
static bool
write_answer(struct loaded_arguments *answer, const struct question *question, PyObject *object)
{
    bool written;

    if (object != NULL)
        return write_case(answer, question, 0, object);
    PyObject *problem =
        question->error == Py_None ? NULL : answers_problem((PyTypeObject *)question->error);
    if (problem == NULL)
        return false;
    written = write_case(answer, question, 1, problem);
    Py_DECREF(problem);
    return written;
}

/* Calls the method and puts what it answers into the reply; zeros, or an error of zeros, if that raised. */
static void
answer(struct endpoint_call *call, const struct question *question, PyObject *const *given, size_t count)
{
    struct loaded_arguments answer = {0};
    bool written = false;

    cbor_writer_open(&answer.writer, LINK_MAX_PAYLOAD);
    if (callback_enter()) {
        PyObject *method = PyList_GET_ITEM(question->methods, question->index);
        PyObject *object = answers_call(method == Py_None ? NULL : method, question->called, given, count);
        written = write_answer(&answer, question, object);
        Py_XDECREF(object);
        if (!written)
            callback_raise();
        callback_leave();
    }
    if (!written) {
        cbor_writer_close(&answer.writer);
        cbor_writer_open(&answer.writer, LINK_MAX_PAYLOAD);
        write_case(&answer, question, question->error == Py_None ? 0 : 1, NULL);
    }
    if (answer.writer.failed)
        call->reply.failed = answer.writer.failed;
    else
        cbor_write_raw(&call->reply, answer.writer.data, answer.writer.length);
    held_end(&answer.held);
    PyMem_Free(answer.places);
    cbor_writer_close(&answer.writer);
}

/* ---- Questions ---- */

/* Of the question that is asked now: its handler takes them at once. */
static struct loaded_link *asked;
static PyObject *entry;

/* The arguments as objects. False with a problem in the reader, or an exception: then memory is full. */
static bool
read_given(struct endpoint_call *call, struct loaded_link *link, const struct question *question, PyObject **given)
{
    Py_ssize_t count = PyTuple_GET_SIZE(question->types);
    struct link_call reading = {.reply = call->arguments}; /* no handles: those of a call that asks have none */
    bool read = cbor_read_tuple(&reading.reply, (size_t)count);

    for (Py_ssize_t i = 0; read && i < count; i++) {
        given[i] = loaded_read(&reading, link, (struct loaded_type *)PyTuple_GET_ITEM(question->types, i));
        read = given[i] != NULL;
        if (!read && !PyErr_Occurred())
            cbor_in_field(&reading.reply, PyUnicode_AsUTF8(PyTuple_GET_ITEM(question->names, i)));
    }
    call->arguments = reading.reply;
    return read;
}

static bool
handle(struct endpoint_call *call)
{
    struct loaded_link *link = asked;
    struct question question;
    PyObject *of = Py_NewRef(entry);

    if (!PyArg_ParseTuple(of, "ssOOOOOn", &question.called, &question.name, &question.names, &question.types,
                          &question.result, &question.error, &question.methods, &question.index)) {
        callback_raise();
        Py_DECREF(of);
        return endpoint_fail(call, "internal-error", "what is asked is not known", NULL);
    }
    size_t count = (size_t)PyTuple_GET_SIZE(question.types);
    PyObject **given = PyMem_Calloc(count + 1, sizeof *given);
    bool read = given != NULL && read_given(call, link, &question, given) && endpoint_accept(call);
    if (read)
        answer(call, &question, given, count);
    else if (given == NULL || PyErr_Occurred())
        endpoint_fail(call, ENDPOINT_NO_MEMORY, "no memory for what is asked", NULL);
    PyErr_Clear();
    if (given != NULL)
        answers_drop(given, count);
    PyMem_Free(given);
    Py_DECREF(of);
    return read;
}

bool
loaded_answer(void *context, const char *method, size_t method_length, const uint8_t *payload, size_t payload_length,
              uint8_t **reply, size_t *reply_length, struct link_error *error)
{
    struct loaded_link *link = loaded_link_of(context);
    struct endpoint_method one = {method, method_length, handle};
    struct endpoint_methods methods = {&one, 0};

    /* Outside of a call, for a destructor, there is nobody to ask. */
    PyObject *name = link->questions == NULL ? NULL : PyUnicode_DecodeUTF8(method, (Py_ssize_t)method_length, "replace");
    entry = name == NULL ? NULL : PyDict_GetItemWithError(link->questions, name);
    Py_XDECREF(name);
    PyErr_Clear();
    asked = link;
    methods.count = entry != NULL;
    return link_answer(&link->provider, &methods, method, method_length, payload, payload_length, reply, reply_length,
                       error);
}
