/* Cursors of the module sqlite3. */
#include <string.h>

#include "sqlite_module.h"

struct cursor {
    mp_obj_base_t base;
    mp_obj_t connection;
    struct statement *statement; /* NULL: none is running */
    mp_obj_t parameters;         /* what the values of a call point into: the collector finds it here */
    mp_obj_t description;
    mp_obj_t lastrowid;
    mp_obj_t arraysize;
    int64_t rowcount;
    bool is_busy; /* Python may run, and come here again */
    bool is_closed;
};

static struct cursor *
get_self(mp_obj_t object)
{
    return glue_get_self(object, &sqlite_cursor_type);
}

mp_obj_t
sqlite_cursor_new(mp_obj_t connection)
{
    struct cursor *self = mp_obj_malloc_with_finaliser(struct cursor, &sqlite_cursor_type);

    self->connection = connection;
    self->statement = NULL;
    self->parameters = MP_OBJ_NULL;
    self->description = mp_const_none;
    self->lastrowid = mp_const_none;
    self->arraysize = MP_OBJ_NEW_SMALL_INT(1);
    self->rowcount = -1;
    self->is_busy = false;
    self->is_closed = false;
    return MP_OBJ_FROM_PTR(self);
}

/* The open database of a cursor that can be used. Raises ProgrammingError. */
static struct database *
database_of(struct cursor *self)
{
    if (self->is_closed)
        mp_raise_msg(&sqlite_ProgrammingError_type, MP_ERROR_TEXT("Cannot operate on a closed cursor."));
    if (self->is_busy)
        mp_raise_msg(&sqlite_ProgrammingError_type, MP_ERROR_TEXT("Recursive use of cursors not allowed."));
    return sqlite_connection_database(self->connection);
}

/* Ends the use of its statement. Allocates nothing. */
static void
let_go(struct cursor *self, bool is_kept)
{
    if (self->statement != NULL)
        statement_let_go(self->statement, is_kept);
    self->statement = NULL;
}

/* Gives up what a cursor does when something raises. */
struct guard {
    nlr_jump_callback_node_t node;
    struct cursor *cursor;
};

static void
give_up(void *guard)
{
    struct cursor *self = ((struct guard *)guard)->cursor;

    let_go(self, true);
    self->parameters = MP_OBJ_NULL;
    self->rowcount = -1;
    self->is_busy = false;
}

/* ---- Executing ---- */

/* A text of SQL. Raises TypeError, and ProgrammingError for one with a NUL. */
static const char *
get_sql(mp_obj_t object, size_t *length)
{
    if (!mp_obj_is_str(object))
        mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("SQL must be str, not %s"), mp_obj_get_type_str(object));
    const char *sql = mp_obj_str_get_data(object, length);
    if (memchr(sql, 0, *length) != NULL)
        mp_raise_msg(&sqlite_ProgrammingError_type, MP_ERROR_TEXT("the query contains a null character"));
    glue_reserve(2 * *length); /* what is compiled, and its copy that crosses */
    return sql;
}

/* Makes the statement of a text the cursor's. Raises. */
static void
compile(struct cursor *self, struct database *database, mp_obj_t text)
{
    size_t length;
    const char *sql = get_sql(text, &length);

    self->statement = statement_of(database, sql, length);
    if (self->statement == NULL)
        sqlite_raise(database);
    if (!sql_is_blank(sql + self->statement->tail, length - self->statement->tail)) {
        let_go(self, false);
        mp_raise_msg(&sqlite_ProgrammingError_type, MP_ERROR_TEXT("You can only execute one statement at a time."));
    }
}

/* Runs the cursor's statement up to its first row. Python may run in between, and close the connection. Raises. */
static void
run(struct cursor *self, struct database *database, mp_obj_t parameters)
{
    struct statement *statement = self->statement;
    size_t size;

    self->parameters = sqlite_parameters_of(statement, parameters);
    values_t values = sqlite_values_of(self->parameters, &size);
    glue_reserve(size);
    (void)sqlite_connection_database(self->connection);
    enum step step = STEP_DONE;
    if (statement->has_handle)
        step = database_has_room(database, size) ? statement_run(statement, &values) : STEP_FAILED;
    self->parameters = MP_OBJ_NULL;
    m_del(value_t, values.ptr, values.len);
    if (step == STEP_FAILED)
        sqlite_raise(database);
    if (self->description == mp_const_none)
        self->description = sqlite_description_of(statement);
    if (step == STEP_DONE && statement->is_dml)
        self->rowcount += database_status(database)->changes;
}

/* Runs the statement for each of the parameters that `given` has. Python runs in between. */
static void
run_all(struct cursor *self, struct database *database, mp_obj_t given)
{
    mp_obj_t iterator = mp_getiter(given, NULL), parameters;

    while ((parameters = mp_iternext(iterator)) != MP_OBJ_STOP_ITERATION)
        run(self, database, parameters);
    let_go(self, true); /* Rows are nobody's. */
}

/* Runs one statement, with `parameters` or for all of `many`, one of which is there. Raises. */
static mp_obj_t
query(struct cursor *self, mp_obj_t sql, mp_obj_t parameters, mp_obj_t many)
{
    struct database *database = database_of(self);
    struct guard guard = {.cursor = self};

    self->description = mp_const_none;
    let_go(self, true);
    nlr_push_jump_callback(&guard.node, give_up);
    self->is_busy = true;
    compile(self, database, sql);
    if (many != MP_OBJ_NULL && self->statement->is_readonly)
        mp_raise_msg(&sqlite_ProgrammingError_type, MP_ERROR_TEXT("executemany() can only execute DML statements."));
    self->rowcount = self->statement->is_dml ? 0 : -1;
    if (self->statement->is_dml)
        sqlite_connection_begin(self->connection);
    if (many != MP_OBJ_NULL) {
        run_all(self, database, many);
    } else {
        run(self, database, parameters);
        self->lastrowid = mp_obj_new_int_from_ll(database_status(database)->last_insert_rowid);
        if (!self->statement->has_row)
            let_go(self, true);
    }
    self->is_busy = false;
    nlr_pop_jump_callback(false);
    return MP_OBJ_FROM_PTR(self);
}

/* execute(sql, parameters=()) */
mp_obj_t
sqlite_cursor_execute(size_t count, const mp_obj_t *arguments)
{
    return query(get_self(arguments[0]), arguments[1], count > 2 ? arguments[2] : mp_const_empty_tuple, MP_OBJ_NULL);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(cursor_execute_obj, 2, 3, sqlite_cursor_execute);

/* executemany(sql, an iterable of parameters) */
mp_obj_t
sqlite_cursor_executemany(mp_obj_t object, mp_obj_t sql, mp_obj_t parameters)
{
    return query(get_self(object), sql, MP_OBJ_NULL, parameters);
}
static MP_DEFINE_CONST_FUN_OBJ_3(cursor_executemany_obj, sqlite_cursor_executemany);

/* executescript(sql): commits, and runs all statements of the text. */
mp_obj_t
sqlite_cursor_executescript(mp_obj_t object, mp_obj_t text)
{
    struct cursor *self = get_self(object);
    struct database *database = database_of(self);
    size_t length;
    const char *sql = get_sql(text, &length);

    sqlite_connection_commit(self->connection);
    if (!database_execute(database, sql, length))
        sqlite_raise(database);
    return object;
}
static MP_DEFINE_CONST_FUN_OBJ_2(cursor_executescript_obj, sqlite_cursor_executescript);

/* ---- Fetching ---- */

/* The next row, or MP_OBJ_STOP_ITERATION. The one behind it is looked for at once, so that a statement ends with its last row. */
static mp_obj_t
cursor_iternext(mp_obj_t object)
{
    struct cursor *self = get_self(object);
    struct database *database = database_of(self);

    if (self->statement == NULL)
        return MP_OBJ_STOP_ITERATION;
    mp_obj_t row = sqlite_row_of(self->statement);
    switch (statement_step(self->statement)) {
    case STEP_ROW:
        return row;
    case STEP_DONE:
        if (self->statement->is_dml)
            self->rowcount = database_status(database)->changes;
        let_go(self, true);
        return row;
    default:
        let_go(self, true);
        sqlite_raise(database);
    }
}

/* fetchone() -> a row, or None */
static mp_obj_t
cursor_fetchone(mp_obj_t object)
{
    mp_obj_t row = cursor_iternext(object);

    return row == MP_OBJ_STOP_ITERATION ? mp_const_none : row;
}
static MP_DEFINE_CONST_FUN_OBJ_1(cursor_fetchone_obj, cursor_fetchone);

/* A list of the next `most` rows; of all that there are below 0. */
static mp_obj_t
fetch(mp_obj_t object, mp_int_t most)
{
    mp_obj_t rows = mp_obj_new_list(0, NULL), row;

    (void)database_of(get_self(object));
    while (most-- != 0 && (row = cursor_iternext(object)) != MP_OBJ_STOP_ITERATION)
        mp_obj_list_append(rows, row);
    return rows;
}

/* fetchmany(size=cursor.arraysize). 0 is all, as in CPython. */
static mp_obj_t
cursor_fetchmany(size_t count, const mp_obj_t *positional, mp_map_t *keywords)
{
    static const mp_arg_t allowed[] = {{MP_QSTR_size, MP_ARG_OBJ, {.u_obj = MP_OBJ_NULL}}};
    mp_arg_val_t given[1];
    struct cursor *self = get_self(positional[0]);

    mp_arg_parse_all(count - 1, positional + 1, keywords, 1, allowed, given);
    mp_int_t size = mp_obj_get_int(given[0].u_obj == MP_OBJ_NULL ? self->arraysize : given[0].u_obj);
    return fetch(positional[0], size == 0 ? -1 : size);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(cursor_fetchmany_obj, 1, cursor_fetchmany);

/* fetchall() */
static mp_obj_t
cursor_fetchall(mp_obj_t object)
{
    return fetch(object, -1);
}
static MP_DEFINE_CONST_FUN_OBJ_1(cursor_fetchall_obj, cursor_fetchall);

/* ---- The type ---- */

/* close(): the cursor is of no more use. */
static mp_obj_t
cursor_close(mp_obj_t object)
{
    struct cursor *self = get_self(object);

    if (self->is_busy)
        mp_raise_msg(&sqlite_ProgrammingError_type, MP_ERROR_TEXT("Recursive use of cursors not allowed."));
    let_go(self, true);
    self->is_closed = true;
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(cursor_close_obj, cursor_close);

/* __del__(): the collector's. One that is busy is reachable. */
static mp_obj_t
cursor_del(mp_obj_t object)
{
    struct cursor *self = get_self(object);

    if (!self->is_busy)
        let_go(self, true);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(cursor_del_obj, cursor_del);

static void
cursor_attr(mp_obj_t object, qstr attribute, mp_obj_t *destination)
{
    struct cursor *self = MP_OBJ_TO_PTR(object);

    if (destination[0] != MP_OBJ_NULL) {
        if (attribute != MP_QSTR_arraysize || destination[1] == MP_OBJ_NULL)
            return; /* not stored: AttributeError */
        self->arraysize = mp_obj_new_int(mp_obj_get_int(destination[1]));
        destination[0] = MP_OBJ_NULL;
    } else if (attribute == MP_QSTR_arraysize) {
        destination[0] = self->arraysize;
    } else if (attribute == MP_QSTR_connection) {
        destination[0] = self->connection;
    } else if (attribute == MP_QSTR_description) {
        destination[0] = self->description;
    } else if (attribute == MP_QSTR_lastrowid) {
        destination[0] = self->lastrowid;
    } else if (attribute == MP_QSTR_rowcount) {
        destination[0] = mp_obj_new_int_from_ll(self->rowcount);
    } else {
        destination[1] = MP_OBJ_SENTINEL; /* go on in the table */
    }
}

static const mp_rom_map_elem_t cursor_table[] = {
    {MP_ROM_QSTR(MP_QSTR_execute), MP_ROM_PTR(&cursor_execute_obj)},
    {MP_ROM_QSTR(MP_QSTR_executemany), MP_ROM_PTR(&cursor_executemany_obj)},
    {MP_ROM_QSTR(MP_QSTR_executescript), MP_ROM_PTR(&cursor_executescript_obj)},
    {MP_ROM_QSTR(MP_QSTR_fetchone), MP_ROM_PTR(&cursor_fetchone_obj)},
    {MP_ROM_QSTR(MP_QSTR_fetchmany), MP_ROM_PTR(&cursor_fetchmany_obj)},
    {MP_ROM_QSTR(MP_QSTR_fetchall), MP_ROM_PTR(&cursor_fetchall_obj)},
    {MP_ROM_QSTR(MP_QSTR_close), MP_ROM_PTR(&cursor_close_obj)},
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&cursor_del_obj)},
};
static MP_DEFINE_CONST_DICT(cursor_dict, cursor_table);

MP_DEFINE_CONST_OBJ_TYPE(sqlite_cursor_type, MP_QSTR_Cursor, MP_TYPE_FLAG_ITER_IS_ITERNEXT, iter, cursor_iternext, attr,
                         cursor_attr, locals_dict, &cursor_dict);
