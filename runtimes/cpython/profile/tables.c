// The tables of the interpreter that counts: like the bootstrap interpreter's, with another extension.
#include "nothing_frozen.h"

PyMODINIT_FUNC PyInit__pylon_profile(void);

struct _inittab pylon_extensions[] = {
    {"_pylon_profile", PyInit__pylon_profile},
    {NULL, NULL},
};
