// The tables of an interpreter of the build: no frozen library (give it Lib as /lib/python3.13). For one file a program.
#ifndef PYLON_NOTHING_FROZEN_H
#define PYLON_NOTHING_FROZEN_H

#include "pylon.h"

const char *const pylon_silent[] = {0};
const struct _frozen pylon_frozen_stdlib[] = {{0, 0, 0, 0}};
const struct _frozen pylon_frozen_facades[] = {{0, 0, 0, 0}};
const struct _frozen pylon_sources_stdlib[] = {{0, 0, 0, 0}};
const struct _frozen pylon_sources_facades[] = {{0, 0, 0, 0}};
const struct _frozen pylon_sources_zones[] = {{0, 0, 0, 0}};

#endif
