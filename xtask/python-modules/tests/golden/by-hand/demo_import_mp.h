// What the C beside demo_import_mp.c defines, and the classes of that.
#ifndef PYLON_DEMO_IMPORT_MP_H
#define PYLON_DEMO_IMPORT_MP_H

#include "arguments.h"
#include "glue.h"
#include "values.h"
#include "demo_import.h"

extern const mp_obj_type_t demo_import_mp_Adder;

// Adder.add
MP_DECLARE_CONST_FUN_OBJ_KW(demo_import_mp_Adder_add_obj);

// total
MP_DECLARE_CONST_FUN_OBJ_1(demo_import_mp_total_obj);

// fast(data: Buffer, value: int = 0) -> int
MP_DECLARE_CONST_FUN_OBJ_KW(demo_import_mp_fast_obj);

// Adder.halve(by: int = 2) -> None
MP_DECLARE_CONST_FUN_OBJ_KW(demo_import_mp_Adder_halve_obj);

// Adder.shown() -> str
MP_DECLARE_CONST_FUN_OBJ_KW(demo_import_mp_Adder_shown_obj);

#endif
