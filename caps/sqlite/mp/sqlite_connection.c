/* connect() of the module sqlite3, and connections. */
#include <string.h>
#include <strings.h>

#include "sqlite_module.h"

enum {
    /* Some bytes that a connection takes of the cap's memory. */
    CONNECTION = 192 * 1024,
    OPEN_READWRITE = 0x02,
    OPEN_CREATE = 0x04,
    OPEN_URI = 0x40,
};

/* `isolation_level`: how a transaction is begun before rows change, or that none is. */
static const struct level {
    qstr name; /* MP_QSTRnull: None */
    const char *begin;
} levels[] = {
    {MP_QSTR_, "BEGIN "},
    {MP_QSTR_DEFERRED, "BEGIN DEFERRED"},
    {MP_QSTR_IMMEDIATE, "BEGIN IMMEDIATE"},
    {MP_QSTR_EXCLUSIVE, "BEGIN EXCLUSIVE"},
    {MP_QSTRnull, NULL},
};
enum { LEVELS = sizeof levels / sizeof *levels };

struct connection {
    mp_obj_base_t base;
    struct database *database; /* NULL: closed */
    const struct level *level;
};

/* Raises TypeError and ValueError. */
static const struct level *
level_of(mp_obj_t object)
{
    const struct level *level = levels;

    if (object == mp_const_none)
        return &levels[LEVELS - 1];
    if (!mp_obj_is_str(object))
        mp_raise_TypeError(MP_ERROR_TEXT("isolation_level must be str or None"));
    while (level->name != MP_QSTRnull && strcasecmp(mp_obj_str_get_str(object), qstr_str(level->name)) != 0)
        level++;
    if (level->name == MP_QSTRnull)
        mp_raise_ValueError(
            MP_ERROR_TEXT("isolation_level string must be '', 'DEFERRED', 'IMMEDIATE', or 'EXCLUSIVE'"));
    return level;
}

static struct connection *
get_self(mp_obj_t object)
{
    return glue_get_self(object, &sqlite_connection_type);
}

struct database *
sqlite_connection_database(mp_obj_t connection)
{
    struct connection *self = get_self(connection);

    if (self->database == NULL)
        mp_raise_msg(&sqlite_ProgrammingError_type, MP_ERROR_TEXT("Cannot operate on a closed database."));
    return self->database;
}

/* Does nothing for a closed one. Allocates nothing. */
static void
close_connection(struct connection *self)
{
    if (self->database == NULL)
        return;
    database_close(self->database);
    database_let_go(self->database);
    self->database = NULL;
    glue_release(CONNECTION);
}

/* The name of a file, a str or bytes. Raises TypeError, and ValueError for one with a NUL. */
static mp_buffer_info_t
name_of(mp_obj_t object)
{
    mp_buffer_info_t name;

    if (!mp_obj_is_str(object))
        glue_get_bytes(object, &name);
    else
        name.buf = (void *)mp_obj_str_get_data(object, &name.len);
    if (memchr(name.buf, 0, name.len) != NULL)
        mp_raise_ValueError(MP_ERROR_TEXT("embedded null character"));
    return name;
}

/* connect(database, timeout=5.0, *, isolation_level="", uri=False). Raises sqlite3.OperationalError, MemoryError. */
static mp_obj_t
sqlite_connect(size_t count, const mp_obj_t *positional, mp_map_t *keywords)
{
    enum { DATABASE, TIMEOUT, ISOLATION_LEVEL, URI, COUNT };
    static const mp_arg_t allowed[] = {
        [DATABASE] = {MP_QSTR_database, MP_ARG_REQUIRED | MP_ARG_OBJ, {0}},
        [TIMEOUT] = {MP_QSTR_timeout, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(5)}},
        [ISOLATION_LEVEL] = {MP_QSTR_isolation_level, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_QSTR(MP_QSTR_)}},
        [URI] = {MP_QSTR_uri, MP_ARG_KW_ONLY | MP_ARG_BOOL, {.u_bool = false}},
    };
    mp_arg_val_t given[COUNT];

    mp_arg_parse_all(count, positional, keywords, COUNT, allowed, given);
    const struct level *level = level_of(given[ISOLATION_LEVEL].u_obj);
    mp_float_t timeout = mp_obj_get_float(given[TIMEOUT].u_obj) * 1000;
    int32_t milliseconds = timeout >= (mp_float_t)INT32_MAX ? INT32_MAX : timeout > 0 ? (int32_t)timeout : 0;
    uint32_t flags = OPEN_READWRITE | OPEN_CREATE | (given[URI].u_bool ? OPEN_URI : 0);
    mp_buffer_info_t name = name_of(given[DATABASE].u_obj);

    struct connection *self = mp_obj_malloc_with_finaliser(struct connection, &sqlite_connection_type);
    self->database = NULL;
    self->level = level;
    glue_reserve(CONNECTION + name.len);
    glue_hold(CONNECTION);
    self->database = database_new();
    if (self->database == NULL) {
        glue_release(CONNECTION);
        mp_raise_type(&mp_type_MemoryError);
    }
    if (!database_open(self->database, name.buf, name.len, flags, milliseconds))
        sqlite_raise(self->database);
    return MP_OBJ_FROM_PTR(self);
}
MP_DEFINE_CONST_FUN_OBJ_KW(sqlite_connect_obj, 0, sqlite_connect);

/* ---- Transactions ---- */

/* Raises. */
static void
execute(struct database *database, const char *sql)
{
    if (!database_execute(database, sql, strlen(sql)))
        sqlite_raise(database);
}

void
sqlite_connection_begin(mp_obj_t connection)
{
    struct database *database = sqlite_connection_database(connection);
    const char *begin = get_self(connection)->level->begin;

    if (begin != NULL && database_status(database)->autocommit)
        execute(database, begin);
}

void
sqlite_connection_commit(mp_obj_t connection)
{
    struct database *database = sqlite_connection_database(connection);

    if (!database_status(database)->autocommit)
        execute(database, "COMMIT");
}

/* commit(): ends the transaction, if one is open. */
static mp_obj_t
connection_commit(mp_obj_t object)
{
    sqlite_connection_commit(object);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(connection_commit_obj, connection_commit);

/* rollback(): undoes the transaction, if one is open. */
static mp_obj_t
connection_rollback(mp_obj_t object)
{
    struct database *database = sqlite_connection_database(object);

    if (!database_status(database)->autocommit)
        execute(database, "ROLLBACK");
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(connection_rollback_obj, connection_rollback);

static mp_obj_t
connection_enter(mp_obj_t object)
{
    (void)sqlite_connection_database(object);
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_1(connection_enter_obj, connection_enter);

/* __exit__(): commits, or after an exception undoes. What could not be committed is undone, too. */
static mp_obj_t
connection_exit(size_t count, const mp_obj_t *arguments)
{
    struct database *database = sqlite_connection_database(arguments[0]);

    (void)count;
    if (arguments[1] != mp_const_none) {
        connection_rollback(arguments[0]);
    } else if (!database_status(database)->autocommit && !database_execute(database, "COMMIT", strlen("COMMIT"))) {
        problem_t why = database->problem;
        database->problem = (problem_t){0};
        (void)database_execute(database, "ROLLBACK", strlen("ROLLBACK"));
        database_failed(database, &why);
        sqlite_raise(database);
    }
    return mp_const_false;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(connection_exit_obj, 4, 4, connection_exit);

/* ---- Other methods ---- */

/* close(): what is not committed is undone. A second time does nothing. */
static mp_obj_t
connection_close(mp_obj_t object)
{
    close_connection(get_self(object));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(connection_close_obj, connection_close);

/* cursor() */
static mp_obj_t
connection_cursor(mp_obj_t object)
{
    (void)sqlite_connection_database(object);
    return sqlite_cursor_new(object);
}
static MP_DEFINE_CONST_FUN_OBJ_1(connection_cursor_obj, connection_cursor);

/* execute(sql[, parameters]) -> a new cursor, as the two below */
static mp_obj_t
connection_execute(size_t count, const mp_obj_t *arguments)
{
    mp_obj_t with_cursor[] = {connection_cursor(arguments[0]), arguments[1], count > 2 ? arguments[2] : MP_OBJ_NULL};

    return sqlite_cursor_execute(count, with_cursor);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(connection_execute_obj, 2, 3, connection_execute);

static mp_obj_t
connection_executemany(mp_obj_t object, mp_obj_t sql, mp_obj_t parameters)
{
    return sqlite_cursor_executemany(connection_cursor(object), sql, parameters);
}
static MP_DEFINE_CONST_FUN_OBJ_3(connection_executemany_obj, connection_executemany);

static mp_obj_t
connection_executescript(mp_obj_t object, mp_obj_t sql)
{
    return sqlite_cursor_executescript(connection_cursor(object), sql);
}
static MP_DEFINE_CONST_FUN_OBJ_2(connection_executescript_obj, connection_executescript);

static void
connection_attr(mp_obj_t object, qstr attribute, mp_obj_t *destination)
{
    struct connection *self = MP_OBJ_TO_PTR(object);

    if (destination[0] == MP_OBJ_NULL && attribute == MP_QSTR_in_transaction) {
        destination[0] = mp_obj_new_bool(!database_status(sqlite_connection_database(object))->autocommit);
    } else if (destination[0] == MP_OBJ_NULL && attribute == MP_QSTR_total_changes) {
        destination[0] = mp_obj_new_int_from_ll(database_status(sqlite_connection_database(object))->total_changes);
    } else if (destination[0] == MP_OBJ_NULL && attribute == MP_QSTR_isolation_level) {
        (void)sqlite_connection_database(object);
        destination[0] = self->level->begin == NULL ? mp_const_none : MP_OBJ_NEW_QSTR(self->level->name);
    } else if (destination[0] == MP_OBJ_NULL) {
        destination[1] = MP_OBJ_SENTINEL; /* go on in the table */
    } else if (attribute == MP_QSTR_isolation_level && destination[1] != MP_OBJ_NULL) {
        self->level = level_of(destination[1]);
        if (self->level->begin == NULL)
            sqlite_connection_commit(object);
        destination[0] = MP_OBJ_NULL; /* stored */
    }
}

static const mp_rom_map_elem_t connection_table[] = {
    {MP_ROM_QSTR(MP_QSTR_cursor), MP_ROM_PTR(&connection_cursor_obj)},
    {MP_ROM_QSTR(MP_QSTR_execute), MP_ROM_PTR(&connection_execute_obj)},
    {MP_ROM_QSTR(MP_QSTR_executemany), MP_ROM_PTR(&connection_executemany_obj)},
    {MP_ROM_QSTR(MP_QSTR_executescript), MP_ROM_PTR(&connection_executescript_obj)},
    {MP_ROM_QSTR(MP_QSTR_commit), MP_ROM_PTR(&connection_commit_obj)},
    {MP_ROM_QSTR(MP_QSTR_rollback), MP_ROM_PTR(&connection_rollback_obj)},
    {MP_ROM_QSTR(MP_QSTR_close), MP_ROM_PTR(&connection_close_obj)},
    {MP_ROM_QSTR(MP_QSTR___enter__), MP_ROM_PTR(&connection_enter_obj)},
    {MP_ROM_QSTR(MP_QSTR___exit__), MP_ROM_PTR(&connection_exit_obj)},
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&connection_close_obj)},
};
static MP_DEFINE_CONST_DICT(connection_dict, connection_table);

MP_DEFINE_CONST_OBJ_TYPE(sqlite_connection_type, MP_QSTR_Connection, MP_TYPE_FLAG_NONE, attr, connection_attr,
                         locals_dict, &connection_dict);
