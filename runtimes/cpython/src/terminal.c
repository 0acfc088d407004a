// The module _pylon_terminal: the terminal's mode and size, as the host tells them and sets them by the page of attention.h.
// lib/termios.py is over it.
#include "attention.h"
#include "pylon.h"

#include <errno.h>
#include <unistd.h>

// struct winsize, of which hosts tell two fields.
enum { TIOCGWINSZ = 0x5413, WINSIZE = 8 };

int pylon_has_terminal(void)
{
    return attention.columns != 0;
}

// Whether `fd` is the terminal. Sets an exception otherwise.
static bool is_terminal(int fd)
{
    if (pylon_has_terminal() && isatty(fd)) {
        return true;
    }
    errno = ENOTTY;
    PyErr_SetFromErrno(PyExc_OSError);
    return false;
}

PyDoc_STRVAR(get_doc, "get(fd) -> (iflag, oflag, cflag, lflag, VMIN, VTIME, VERASE, VINTR)");

static PyObject *get(PyObject *module, PyObject *arg)
{
    (void)module;
    int fd = PyObject_AsFileDescriptor(arg);
    if (fd < 0 || !is_terminal(fd)) {
        return NULL;
    }
    return Py_BuildValue("(IIIIBBBB)", attention.iflag, attention.oflag, attention.cflag, attention.lflag,
                         attention.minimum, attention.time, attention.erase, attention.interrupt);
}

PyDoc_STRVAR(set_doc, "set(fd, iflag, oflag, cflag, lflag, VMIN, VTIME)\n\nThe host does it before what is read or written next.");

static PyObject *set(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *file;
    unsigned iflag, oflag, cflag, lflag;
    unsigned char minimum, time;
    if (!PyArg_ParseTuple(args, "OIIIIbb:set", &file, &iflag, &oflag, &cflag, &lflag, &minimum, &time)) {
        return NULL;
    }
    int fd = PyObject_AsFileDescriptor(file);
    if (fd < 0 || !is_terminal(fd)) {
        return NULL;
    }
    attention.iflag = iflag;
    attention.oflag = oflag;
    attention.cflag = cflag;
    attention.lflag = lflag;
    attention.minimum = minimum;
    attention.time = time;
    attention.changes++;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(size_doc, "size(fd) -> (columns, rows)");

static PyObject *size(PyObject *module, PyObject *arg)
{
    (void)module;
    int fd = PyObject_AsFileDescriptor(arg);
    if (fd < 0 || !is_terminal(fd)) {
        return NULL;
    }
    return Py_BuildValue("(II)", attention.columns, attention.rows);
}

PyDoc_STRVAR(ioctl_doc, "ioctl(fd, TIOCGWINSZ, bytes) -> struct winsize\n\nOf fcntl.ioctl what _pyrepl needs.");

static PyObject *size_by_ioctl(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *file;
    unsigned long request;
    Py_buffer ignored;
    if (!PyArg_ParseTuple(args, "Oky*:ioctl", &file, &request, &ignored)) {
        return NULL;
    }
    PyBuffer_Release(&ignored);
    int fd = PyObject_AsFileDescriptor(file);
    if (fd < 0 || !is_terminal(fd)) {
        return NULL;
    }
    if (request != TIOCGWINSZ) {
        errno = EINVAL;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    const uint16_t winsize[WINSIZE / 2] = {(uint16_t)attention.rows, (uint16_t)attention.columns};
    return PyBytes_FromStringAndSize((const char *)winsize, sizeof winsize);
}

static PyMethodDef methods[] = {
    {"get", get, METH_O, get_doc},
    {"set", set, METH_VARARGS, set_doc},
    {"size", size, METH_O, size_doc},
    {"ioctl", size_by_ioctl, METH_VARARGS, ioctl_doc},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_pylon_terminal",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__pylon_terminal(void)
{
    return PyModuleDef_Init(&definition);
}
