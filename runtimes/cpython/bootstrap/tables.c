// The tables of the bootstrap interpreter, which freezes the standard library for the real one: it has one extension.
#include "nothing_frozen.h"

PyMODINIT_FUNC PyInit__pylon_pack(void);

struct _inittab pylon_extensions[] = {
    {"_pylon_pack", PyInit__pylon_pack},
    {NULL, NULL},
};
