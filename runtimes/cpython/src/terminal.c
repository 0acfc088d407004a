// The module _pylon_terminal: the terminal's mode and size, as the host tells them and sets them by the page of attention.h.
// lib/termios.py is over it.
#include "attention.h"
#include "pylon.h"

#include <errno.h>
#include <unistd.h>

enum { TIOCGWINSZ = 0x5413 };

// As Linux has it; hosts tell two fields.
struct winsize {
    unsigned short ws_row, ws_col, ws_xpixel, ws_ypixel;
};

int pylon_window_size(int fd, struct winsize *to);

int pylon_has_terminal(void)
{
    return attention.columns != 0;
}

// Whether `fd` is the terminal. Sets errno otherwise: ENOTTY, or EBADF.
static bool is_lent(int fd)
{
    if (!isatty(fd)) {
        return false;
    }
    errno = ENOTTY;
    return pylon_has_terminal();
}

// Sets an exception, too.
static bool is_terminal(int fd)
{
    if (is_lent(fd)) {
        return true;
    }
    PyErr_SetFromErrno(PyExc_OSError);
    return false;
}

// What os.get_terminal_size() asks for. Returns -1 with errno where that is not known.
int pylon_window_size(int fd, struct winsize *to)
{
    if (!is_lent(fd)) {
        return -1;
    }
    *to = (struct winsize){.ws_row = (unsigned short)attention.rows, .ws_col = (unsigned short)attention.columns};
    return 0;
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
    struct winsize size;
    pylon_window_size(fd, &size);
    return PyBytes_FromStringAndSize((const char *)&size, sizeof size);
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
