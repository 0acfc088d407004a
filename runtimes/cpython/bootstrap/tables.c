// The tables of the bootstrap interpreter, which freezes the standard library for the real one: it
// has no frozen library (give it Lib as /lib/python3.13) and one extension.
#include "pylon.h"

PyMODINIT_FUNC PyInit__pylon_pack(void);

struct _inittab pylon_extensions[] = {
    {"_pylon_pack", PyInit__pylon_pack},
    {NULL, NULL},
};
const char *const pylon_silent[] = {0};
const struct _frozen pylon_frozen_stdlib[] = {{0, 0, 0, 0}};
const struct _frozen pylon_frozen_facades[] = {{0, 0, 0, 0}};
const struct _frozen pylon_sources_stdlib[] = {{0, 0, 0, 0}};
const struct _frozen pylon_sources_facades[] = {{0, 0, 0, 0}};
const struct _frozen pylon_sources_zones[] = {{0, 0, 0, 0}};
