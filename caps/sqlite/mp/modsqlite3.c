/* sqlite3: a small part of the interface of CPython's module over the sqlite:wasm contract (docs/reference/micropython.md). */
#include <string.h>

#include "py/objexcept.h"
#include "py/unicode.h"
#include "sqlite_module.h"

/* ---- Errors ---- */

#define EXCEPTION(name, parent_type)                                                                                   \
    MP_DEFINE_CONST_OBJ_TYPE(sqlite_##name##_type, MP_QSTR_##name, MP_TYPE_FLAG_NONE, make_new, mp_obj_exception_make_new, \
                             print, mp_obj_exception_print, attr, mp_obj_exception_attr, parent, &parent_type);

EXCEPTION(Warning, mp_type_Exception)
EXCEPTION(Error, mp_type_Exception)
EXCEPTION(InterfaceError, sqlite_Error_type)
EXCEPTION(DatabaseError, sqlite_Error_type)
EXCEPTION(InternalError, sqlite_DatabaseError_type)
EXCEPTION(OperationalError, sqlite_DatabaseError_type)
EXCEPTION(ProgrammingError, sqlite_DatabaseError_type)
EXCEPTION(IntegrityError, sqlite_DatabaseError_type)
EXCEPTION(DataError, sqlite_DatabaseError_type)
EXCEPTION(NotSupportedError, sqlite_DatabaseError_type)

/* The class for SQLite's primary codes, as CPython has it. */
static const mp_obj_type_t *
type_of(int32_t code)
{
    switch (code & 0xff) {
    case 2:  /* SQLITE_INTERNAL */
    case 12: /* SQLITE_NOTFOUND */
        return &sqlite_InternalError_type;
    case 7: /* SQLITE_NOMEM */
        return &mp_type_MemoryError;
    case 1:  /* SQLITE_ERROR */
    case 3:  /* SQLITE_PERM */
    case 4:  /* SQLITE_ABORT */
    case 5:  /* SQLITE_BUSY */
    case 6:  /* SQLITE_LOCKED */
    case 8:  /* SQLITE_READONLY */
    case 9:  /* SQLITE_INTERRUPT */
    case 10: /* SQLITE_IOERR */
    case 13: /* SQLITE_FULL */
    case 14: /* SQLITE_CANTOPEN */
    case 15: /* SQLITE_PROTOCOL */
    case 16: /* SQLITE_EMPTY */
    case 17: /* SQLITE_SCHEMA */
        return &sqlite_OperationalError_type;
    case 18: /* SQLITE_TOOBIG */
        return &sqlite_DataError_type;
    case 19: /* SQLITE_CONSTRAINT */
    case 20: /* SQLITE_MISMATCH */
        return &sqlite_IntegrityError_type;
    case 21: /* SQLITE_MISUSE */
    case 25: /* SQLITE_RANGE */
        return &sqlite_InterfaceError_type;
    default:
        return &sqlite_DatabaseError_type;
    }
}

NORETURN void
sqlite_raise(struct database *database)
{
    const mp_obj_type_t *type = type_of(database->problem.code);
    bytes_t *message = &database->problem.message;

    if (type == &mp_type_MemoryError)
        mp_raise_type(type);
    /* It may echo what is no UTF-8. */
    if (!utf8_check(message->ptr, message->len)) {
        for (size_t i = 0; i < message->len; i++)
            message->ptr[i] = message->ptr[i] < 0x80 ? message->ptr[i] : '?';
    }
    nlr_raise(mp_obj_new_exception_arg1(type, mp_obj_new_str((const char *)message->ptr, message->len)));
}

/* ---- The module ---- */

/* complete_statement(sql) -> bool: whether the text ends in a complete statement. */
static mp_obj_t
sqlite_complete_statement(mp_obj_t object)
{
    size_t length;
    const char *sql = mp_obj_str_get_data(object, &length);
    bytes_t text = {(uint8_t *)sql, length};
    problem_t problem;
    bool answer;

    glue_reserve(2 * length);
    if (length > UINT32_MAX || !sqlite_wasm_database_reserve((uint32_t)length))
        mp_raise_type(&mp_type_MemoryError);
    if (!sqlite_wasm_database_is_complete(&text, &answer, &problem)) {
        sqlite_import_list_u8_free(&problem.message);
        mp_raise_type(&mp_type_MemoryError);
    }
    return mp_obj_new_bool(answer);
}
static MP_DEFINE_CONST_FUN_OBJ_1(sqlite_complete_statement_obj, sqlite_complete_statement);

/* The attribute sqlite_version, which only the cap knows. */
void
mp_module_sqlite3_attr(mp_obj_t module, qstr attribute, mp_obj_t *destination)
{
    char text[32];
    sqlite_import_string_t version;

    (void)module;
    if (attribute != MP_QSTR_sqlite_version || destination[0] != MP_OBJ_NULL)
        return;
    glue_reserve(sizeof text);
    sqlite_wasm_database_version(&version);
    size_t length = version.len < sizeof text ? version.len : sizeof text;
    memcpy(text, version.ptr, length);
    sqlite_import_string_free(&version);
    destination[0] = mp_obj_new_str(text, length);
}

static const MP_DEFINE_STR_OBJ(apilevel_obj, "2.0");

#define NAMED(name) {MP_ROM_QSTR(MP_QSTR_##name), MP_ROM_PTR(&sqlite_##name##_type)}

static const mp_rom_map_elem_t globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_sqlite3)},
    {MP_ROM_QSTR(MP_QSTR_apilevel), MP_ROM_PTR(&apilevel_obj)},
    {MP_ROM_QSTR(MP_QSTR_paramstyle), MP_ROM_QSTR(MP_QSTR_qmark)},
    {MP_ROM_QSTR(MP_QSTR_threadsafety), MP_ROM_INT(0)},
    {MP_ROM_QSTR(MP_QSTR_connect), MP_ROM_PTR(&sqlite_connect_obj)},
    {MP_ROM_QSTR(MP_QSTR_complete_statement), MP_ROM_PTR(&sqlite_complete_statement_obj)},
    {MP_ROM_QSTR(MP_QSTR_Connection), MP_ROM_PTR(&sqlite_connection_type)},
    {MP_ROM_QSTR(MP_QSTR_Cursor), MP_ROM_PTR(&sqlite_cursor_type)},
    NAMED(Warning),
    NAMED(Error),
    NAMED(InterfaceError),
    NAMED(DatabaseError),
    NAMED(InternalError),
    NAMED(OperationalError),
    NAMED(ProgrammingError),
    NAMED(IntegrityError),
    NAMED(DataError),
    NAMED(NotSupportedError),
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t mp_module_sqlite3 = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&globals,
};
MP_REGISTER_MODULE(MP_QSTR_sqlite3, mp_module_sqlite3);
MP_REGISTER_MODULE_DELEGATION(mp_module_sqlite3, mp_module_sqlite3_attr);
