/* sqlite3.h over the sqlite:wasm contract: columns, and the values of the current row. */
#include "sqlite3_statement.h"

#include <stdlib.h>
#include <string.h>

void
sqlite_columns_end(sqlite3_stmt *stmt)
{
    for (int i = 0; i < stmt->column_count; i++) {
        free(stmt->columns[i].name);
        free(stmt->columns[i].declared_type);
    }
    free(stmt->columns);
    stmt->columns = NULL;
    stmt->column_count = 0;
}

bool
sqlite_columns_make(sqlite3_stmt *stmt, columns_t *columns)
{
    bool is_complete = true;

    sqlite_columns_end(stmt);
    if (columns->len > 0) {
        stmt->columns = calloc(columns->len, sizeof *stmt->columns);
        is_complete = stmt->columns != NULL;
    }
    for (size_t i = 0; is_complete && i < columns->len; i++) {
        sqlite_wasm_database_column_t *from = &columns->ptr[i];
        struct column *to = &stmt->columns[stmt->column_count++];
        to->name = sqlite_bytes_to_text(&from->name);
        from->name = (bytes_t){0};
        if (from->declared_type.is_some) {
            to->declared_type = sqlite_bytes_to_text(&from->declared_type.val);
            from->declared_type.is_some = false;
            is_complete = to->declared_type != NULL;
        }
        is_complete = is_complete && to->name != NULL;
    }
    sqlite_columns_free(columns);
    return is_complete;
}

void
sqlite_row_end(sqlite3_stmt *stmt)
{
    sqlite_values_free(&stmt->row);
    free(stmt->text);
    stmt->text = NULL;
}

int
sqlite3_column_count(sqlite3_stmt *stmt)
{
    return stmt == NULL ? 0 : stmt->column_count;
}

int
sqlite3_data_count(sqlite3_stmt *stmt)
{
    return stmt == NULL ? 0 : (int)stmt->row.len;
}

static const struct column *
column_at(sqlite3_stmt *stmt, int column)
{
    return stmt == NULL || column < 0 || column >= stmt->column_count ? NULL : &stmt->columns[column];
}

const char *
sqlite3_column_name(sqlite3_stmt *stmt, int column)
{
    const struct column *found = column_at(stmt, column);

    return found == NULL ? NULL : found->name;
}

const char *
sqlite3_column_decltype(sqlite3_stmt *stmt, int column)
{
    const struct column *found = column_at(stmt, column);

    return found == NULL ? NULL : found->declared_type;
}

/* What is beyond the row is NULL, as in SQLite. */
static const value_t *
value_at(sqlite3_stmt *stmt, int column)
{
    static const value_t null = {.tag = SQLITE_WASM_CALLBACKS_VALUE_NULL};

    return stmt == NULL || column < 0 || (size_t)column >= stmt->row.len ? &null : &stmt->row.ptr[column];
}

int
sqlite3_column_type(sqlite3_stmt *stmt, int column)
{
    return sqlite3_value_type((sqlite3_value *)value_at(stmt, column));
}

sqlite3_int64
sqlite3_column_int64(sqlite3_stmt *stmt, int column)
{
    return sqlite3_value_int64((sqlite3_value *)value_at(stmt, column));
}

double
sqlite3_column_double(sqlite3_stmt *stmt, int column)
{
    return sqlite3_value_double((sqlite3_value *)value_at(stmt, column));
}

/* Keeps a text for the row, and takes it over. NULL, with the connection's error, where there is none. */
static const unsigned char *
keep_text(sqlite3_stmt *stmt, int column, char *text, size_t length)
{
    free(stmt->text);
    stmt->text = text;
    stmt->text_length = length;
    stmt->text_column = column;
    if (text == NULL)
        sqlite_database_failed_by(stmt->db, SQLITE_NOMEM);
    return (const unsigned char *)text;
}

/* A number as SQLite writes it. */
static const unsigned char *
number_as_text(sqlite3_stmt *stmt, int column)
{
    bytes_t text;
    problem_t problem;

    if (stmt->text != NULL && stmt->text_column == column)
        return (const unsigned char *)stmt->text;
    sqlite_database_begin(stmt->db);
    if (!sqlite_wasm_database_method_statement_column_text(sqlite_wasm_database_borrow_statement(stmt->handle),
                                                           (uint32_t)column, &text, &problem)) {
        sqlite_database_failed(stmt->db, &problem);
        return NULL;
    }
    size_t length = text.len;
    return keep_text(stmt, column, sqlite_bytes_to_text(&text), length);
}

static bool
is_number(const value_t *value)
{
    return value->tag == SQLITE_WASM_CALLBACKS_VALUE_INTEGER || value->tag == SQLITE_WASM_CALLBACKS_VALUE_REAL;
}

/* Whether all characters are ASCII, eight at a time. */
static bool
is_ascii(const uint8_t *text, size_t length)
{
    for (; length >= 8; text += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, text, sizeof word);
        if ((word & UINT64_C(0x8080808080808080)) != 0)
            return false;
    }
    for (; length > 0; text++, length--) {
        if (*text >= 0x80)
            return false;
    }
    return true;
}

const unsigned char *
sqlite3_column_text(sqlite3_stmt *stmt, int column)
{
    const value_t *value = value_at(stmt, column);

    if (is_number(value))
        return number_as_text(stmt, column);
    if (value->tag == SQLITE_WASM_CALLBACKS_VALUE_NULL)
        return NULL;
    if (value->val.text.len == 0)
        return (const unsigned char *)"";
    /* The module looks for the NUL behind a text only where it is not valid UTF-8, which ASCII is. */
    if (is_ascii(value->val.text.ptr, value->val.text.len))
        return value->val.text.ptr;
    char *copy = malloc(value->val.text.len + 1);
    if (copy != NULL) {
        memcpy(copy, value->val.text.ptr, value->val.text.len);
        copy[value->val.text.len] = '\0';
    }
    return keep_text(stmt, column, copy, value->val.text.len);
}

const void *
sqlite3_column_blob(sqlite3_stmt *stmt, int column)
{
    const value_t *value = value_at(stmt, column);

    return is_number(value) ? number_as_text(stmt, column) : sqlite3_value_blob((sqlite3_value *)value);
}

int
sqlite3_column_bytes(sqlite3_stmt *stmt, int column)
{
    const value_t *value = value_at(stmt, column);

    if (is_number(value))
        return number_as_text(stmt, column) == NULL ? 0 : (int)stmt->text_length;
    return sqlite3_value_bytes((sqlite3_value *)value);
}
