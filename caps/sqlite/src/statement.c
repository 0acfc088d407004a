/* Statements. */
#include "sqlite_cap_private.h"

#include <stdlib.h>
#include <string.h>

typedef exports_sqlite_wasm_database_prepared_t prepared_t;
typedef exports_sqlite_wasm_database_parameter_t parameter_t;
typedef exports_sqlite_wasm_database_list_parameter_t parameters_t;

bool
columns_of(sqlite3_stmt *stmt, columns_t *columns)
{
    int count = sqlite3_column_count(stmt);

    *columns = (columns_t){0};
    if (count == 0)
        return true;
    *columns = (columns_t){calloc((size_t)count, sizeof(column_t)), (size_t)count};
    if (columns->ptr == NULL)
        return false;
    for (int i = 0; i < count; i++) {
        const char *name = sqlite3_column_name(stmt, i);
        column_t *column = &columns->ptr[i];
        if (name == NULL || !bytes_copy(&column->name, name, strlen(name)) ||
            !bytes_copy_text(&column->declared_type, sqlite3_column_decltype(stmt, i))) {
            free_columns(columns);
            return false;
        }
    }
    return true;
}

/* Those that have names. */
static bool
parameters_of(sqlite3_stmt *stmt, parameters_t *parameters)
{
    int count = sqlite3_bind_parameter_count(stmt);

    *parameters = (parameters_t){0};
    if (count == 0)
        return true;
    parameters->ptr = calloc((size_t)count, sizeof(parameter_t));
    if (parameters->ptr == NULL)
        return false;
    for (int i = 1; i <= count; i++) {
        const char *name = sqlite3_bind_parameter_name(stmt, i);
        parameter_t *parameter = &parameters->ptr[parameters->len];
        if (name == NULL)
            continue;
        if (!bytes_copy(&parameter->name, name, strlen(name))) {
            while (parameters->len > 0)
                sqlite_cap_list_u8_free(&parameters->ptr[--parameters->len].name);
            free(parameters->ptr);
            return false;
        }
        parameter->index = (uint32_t)i;
        parameters->len++;
    }
    if (parameters->len == 0) /* Only lists with something in them are freed. */
        free(parameters->ptr);
    return true;
}

/* All that a consumer is told of a statement. False: there is no memory; nothing is left. */
static bool
describe(sqlite3_stmt *stmt, prepared_t *prepared)
{
    statement_t *self = malloc(sizeof *self);

    if (self == NULL)
        return false;
    if (!columns_of(stmt, &prepared->columns)) {
        free(self);
        return false;
    }
    if (!parameters_of(stmt, &prepared->parameters)) {
        free_columns(&prepared->columns);
        free(self);
        return false;
    }
    prepared->readonly = sqlite3_stmt_readonly(stmt) != 0;
    prepared->parameter_count = (uint32_t)sqlite3_bind_parameter_count(stmt);
    self->stmt = stmt;
    prepared->statement.is_some = true;
    prepared->statement.val = exports_sqlite_wasm_database_statement_new(self);
    return true;
}

bool
exports_sqlite_wasm_database_method_connection_prepare(connection_t *self, bytes_t *sql, prepared_t *ret, problem_t *err)
{
    sqlite3_stmt *stmt = NULL;
    const char *text = sql->len > 0 ? (const char *)sql->ptr : "", *tail = text;
    int code = sqlite3_prepare_v2(self->db, text, (int)sql->len, &stmt, &tail);

    *ret = (prepared_t){.length = (uint32_t)(tail - text)};
    sqlite_cap_list_u8_free(sql);
    if (code != SQLITE_OK)
        return problem_of(self->db, err);
    if (stmt == NULL) {
        ret->readonly = true;
        return true;
    }
    if (!describe(stmt, ret)) {
        sqlite3_finalize(stmt);
        return problem_code(SQLITE_NOMEM, err);
    }
    return true;
}

void
exports_sqlite_wasm_database_statement_destructor(statement_t *self)
{
    sqlite3_finalize(self->stmt);
    free(self);
}

/* Resets the statement after a failure, of which the connection has the code. */
static bool
give_up(sqlite3_stmt *stmt, problem_t *err)
{
    problem_of(sqlite3_db_handle(stmt), err);
    sqlite3_reset(stmt);
    return false;
}

static bool
step(sqlite3_stmt *stmt, outcome_t *ret, problem_t *err)
{
    int code = sqlite3_step(stmt);

    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return give_up(stmt, err);
    ret->row.is_some = code == SQLITE_ROW;
    if (ret->row.is_some && values_of_row(stmt, &ret->row.val) != SQLITE_OK) {
        sqlite3_reset(stmt);
        return problem_code(SQLITE_NOMEM, err);
    }
    ret->recompiled = sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_REPREPARE, 1) > 0;
    if (code == SQLITE_DONE)
        sqlite3_reset(stmt);
    ret->status = status_of(sqlite3_db_handle(stmt));
    return true;
}

bool
exports_sqlite_wasm_database_method_statement_run(statement_t *self, exports_sqlite_wasm_database_list_value_t *parameters,
                                                  outcome_t *ret, problem_t *err)
{
    if (sqlite3_stmt_busy(self->stmt))
        sqlite3_reset(self->stmt);
    int code = values_bind(self->stmt, parameters);

    if (code == SQLITE_NOMEM)
        return problem_code(code, err);
    if (code != SQLITE_OK)
        return problem_of(sqlite3_db_handle(self->stmt), err);
    return step(self->stmt, ret, err);
}

bool
exports_sqlite_wasm_database_method_statement_step(statement_t *self, outcome_t *ret, problem_t *err)
{
    return step(self->stmt, ret, err);
}

void
exports_sqlite_wasm_database_method_statement_reset(statement_t *self)
{
    sqlite3_reset(self->stmt);
}

void
exports_sqlite_wasm_database_method_statement_columns(statement_t *self, columns_t *ret)
{
    if (!columns_of(self->stmt, ret))
        *ret = (columns_t){0};
}

bool
exports_sqlite_wasm_database_method_statement_column_text(statement_t *self, uint32_t index, bytes_t *ret, problem_t *err)
{
    const unsigned char *text = sqlite3_column_text(self->stmt, (int)index);
    size_t length = (size_t)sqlite3_column_bytes(self->stmt, (int)index);

    if (!consumer_has_room(length) || !bytes_copy(ret, text, text == NULL ? 0 : length))
        return problem_code(SQLITE_NOMEM, err);
    return true;
}
