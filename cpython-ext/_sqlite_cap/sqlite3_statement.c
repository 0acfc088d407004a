/* sqlite3.h over the sqlite:wasm contract: statements.
 *
 * Values are bound here, and cross with the step that needs them. A row crosses in one call, and its values are read here. The
 * component resets a statement that is done or has failed. */
#define _GNU_SOURCE /* strdup, strnlen */
#include "sqlite3_statement.h"

#include <stdlib.h>
#include <string.h>

typedef sqlite_wasm_database_prepared_t prepared_t;
typedef sqlite_wasm_database_outcome_t outcome_t;

static void
free_prepared(prepared_t *prepared)
{
    for (size_t i = 0; i < prepared->parameters.len; i++)
        sqlite_import_list_u8_free(&prepared->parameters.ptr[i].name);
    if (prepared->parameters.len > 0)
        free(prepared->parameters.ptr);
    sqlite_columns_free(&prepared->columns);
}

/* The statement of what was prepared, which keeps its handle. NULL: there is no memory. */
static sqlite3_stmt *
make(sqlite3 *db, prepared_t *prepared)
{
    sqlite3_stmt *stmt = calloc(1, sizeof *stmt);
    if (stmt == NULL)
        return NULL;
    stmt->is_readonly = prepared->readonly;
    if (!sqlite_parameters_make(stmt, prepared) || !sqlite_columns_make(stmt, &prepared->columns)) {
        sqlite_parameters_free(stmt);
        sqlite_columns_end(stmt);
        free(stmt);
        return NULL;
    }
    stmt->handle = prepared->statement.val;
    stmt->db = db;
    sqlite_database_refer(db);
    return stmt;
}

int
sqlite3_prepare_v2(sqlite3 *db, const char *sql, int length, sqlite3_stmt **stmt, const char **tail)
{
    bytes_t text = {(uint8_t *)sql, length < 0 ? strlen(sql) : strnlen(sql, (size_t)length)};
    prepared_t prepared;
    problem_t problem;

    *stmt = NULL;
    sqlite_database_begin(db);
    if (!sqlite_component_has_room(text.len))
        return sqlite_database_failed_by(db, SQLITE_NOMEM);
    if (!sqlite_wasm_database_method_connection_prepare(sqlite_database_lent(db), &text, &prepared, &problem))
        return sqlite_database_failed(db, &problem);
    if (tail != NULL)
        *tail = sql + (prepared.length < text.len ? prepared.length : text.len);
    if (prepared.statement.is_some)
        *stmt = make(db, &prepared);
    free_prepared(&prepared);
    if (prepared.statement.is_some && *stmt == NULL) {
        sqlite_wasm_database_statement_drop_own(prepared.statement.val);
        return sqlite_database_failed_by(db, SQLITE_NOMEM);
    }
    return SQLITE_OK;
}

int
sqlite3_finalize(sqlite3_stmt *stmt)
{
    if (stmt == NULL)
        return SQLITE_OK;
    int code = stmt->last_code;

    link_forget_error();
    sqlite_wasm_database_statement_drop_own(stmt->handle);
    if (!stmt->is_readonly)
        stmt->db->is_stale = true;
    sqlite_row_end(stmt);
    sqlite_parameters_free(stmt);
    sqlite_columns_end(stmt);
    sqlite_database_let_go(stmt->db);
    free(stmt);
    return code;
}

/* Whether a step's outcome could be got. */
static bool
go(sqlite3_stmt *stmt, outcome_t *outcome, problem_t *problem)
{
    sqlite_wasm_database_borrow_statement_t lent = sqlite_wasm_database_borrow_statement(stmt->handle);

    if (stmt->is_running)
        return sqlite_wasm_database_method_statement_step(lent, outcome, problem);
    values_t values = {stmt->bound, stmt->is_bound ? (size_t)stmt->parameter_count : 0};
    stmt->is_bound = false;
    return sqlite_wasm_database_method_statement_run(lent, &values, outcome, problem);
}

int
sqlite3_step(sqlite3_stmt *stmt)
{
    outcome_t outcome;
    problem_t problem;
    if (stmt == NULL)
        return SQLITE_MISUSE;
    sqlite3 *db = stmt->db;

    sqlite_row_end(stmt);
    sqlite_database_begin(db);
    if (stmt->is_bound && !sqlite_component_has_room(sqlite_parameters_size(stmt)))
        return stmt->last_code = sqlite_database_failed_by(db, SQLITE_NOMEM);
    if (!go(stmt, &outcome, &problem)) {
        stmt->is_running = false;
        return stmt->last_code = sqlite_database_failed(db, &problem);
    }
    db->status = outcome.status;
    db->is_stale = false;
    stmt->last_code = SQLITE_OK;
    stmt->is_running = outcome.row.is_some;
    if (outcome.row.is_some)
        stmt->row = outcome.row.val;
    if (outcome.recompiled) {
        columns_t columns;
        sqlite_wasm_database_method_statement_columns(sqlite_wasm_database_borrow_statement(stmt->handle), &columns);
        if (!sqlite_columns_make(stmt, &columns))
            return stmt->last_code = sqlite_database_failed_by(db, SQLITE_NOMEM);
    }
    return stmt->is_running ? SQLITE_ROW : SQLITE_DONE;
}

int
sqlite3_reset(sqlite3_stmt *stmt)
{
    if (stmt == NULL)
        return SQLITE_OK;
    int code = stmt->last_code;

    sqlite_row_end(stmt);
    stmt->last_code = SQLITE_OK;
    if (stmt->is_running) {
        link_forget_error();
        sqlite_wasm_database_method_statement_reset(sqlite_wasm_database_borrow_statement(stmt->handle));
        stmt->is_running = false;
        if (!stmt->is_readonly)
            stmt->db->is_stale = true;
    }
    return code;
}

int
sqlite3_stmt_busy(sqlite3_stmt *stmt)
{
    return stmt != NULL && stmt->is_running;
}

int
sqlite3_stmt_readonly(sqlite3_stmt *stmt)
{
    return stmt == NULL || stmt->is_readonly;
}

sqlite3 *
sqlite3_db_handle(sqlite3_stmt *stmt)
{
    return stmt == NULL ? NULL : stmt->db;
}

char *
sqlite3_expanded_sql(sqlite3_stmt *stmt)
{
    return stmt->expanded == NULL ? NULL : strdup(stmt->expanded);
}
