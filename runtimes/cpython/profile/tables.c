// The tables of the interpreter that counts: like the bootstrap interpreter's, with another extension.
#include "pylon.h"

PyMODINIT_FUNC PyInit__pylon_profile(void);

struct _inittab pylon_extensions[] = {
    {"_pylon_profile", PyInit__pylon_profile},
    {NULL, NULL},
};
const char *const pylon_silent[] = {0};
const struct _frozen pylon_frozen_stdlib[] = {{0, 0, 0, 0}};
const struct _frozen pylon_frozen_facades[] = {{0, 0, 0, 0}};
const struct _frozen pylon_sources_stdlib[] = {{0, 0, 0, 0}};
const struct _frozen pylon_sources_facades[] = {{0, 0, 0, 0}};
const struct _frozen pylon_sources_zones[] = {{0, 0, 0, 0}};
