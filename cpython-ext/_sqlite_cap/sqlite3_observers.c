/* sqlite3.h over the sqlite:wasm contract: collations, and who observes a connection, called back. */
#include <stdlib.h>
#include <string.h>

#include "sqlite3_callbacks.h"
#include "sqlite3_statement.h"

bool
exports_sqlite_wasm_callbacks_compare(uint32_t number, bytes_t *first, bytes_t *second, int32_t *ret, failure_t *err)
{
    struct callback *callback = sqlite_callback_begin(number, err);

    *ret = 0;
    if (callback != NULL && callback->compare != NULL)
        *ret = callback->compare(callback->context, (int)first->len, first->ptr, (int)second->len, second->ptr);
    sqlite_import_list_u8_free(first);
    sqlite_import_list_u8_free(second);
    if (callback == NULL)
        return false;
    sqlite_callback_end(callback);
    return true;
}

bool
exports_sqlite_wasm_callbacks_authorize(uint32_t number, int32_t action, bytes_t *maybe_first, bytes_t *maybe_second,
                                        bytes_t *maybe_schema, bytes_t *maybe_trigger, int32_t *ret, failure_t *err)
{
    bytes_t *given[] = {maybe_first, maybe_second, maybe_schema, maybe_trigger};
    char *texts[4] = {NULL};
    bool is_complete = true;
    struct callback *callback = sqlite_callback_begin(number, err);

    *ret = SQLITE_DENY;
    for (int i = 0; i < 4; i++) {
        if (given[i] != NULL) {
            texts[i] = sqlite_bytes_to_text(given[i]);
            is_complete = is_complete && texts[i] != NULL;
        }
    }
    if (callback != NULL && callback->authorize != NULL && is_complete)
        *ret = callback->authorize(callback->context, action, texts[0], texts[1], texts[2], texts[3]);
    for (int i = 0; i < 4; i++)
        free(texts[i]);
    if (callback == NULL)
        return false;
    sqlite_callback_end(callback);
    return true;
}

bool
exports_sqlite_wasm_callbacks_tick(uint32_t number, bool *ret, failure_t *err)
{
    struct callback *callback = sqlite_callback_begin(number, err);

    if (callback == NULL)
        return false;
    *ret = callback->tick == NULL || callback->tick(callback->context) != 0;
    sqlite_callback_end(callback);
    return true;
}

bool
exports_sqlite_wasm_callbacks_trace(uint32_t number, bytes_t *sql, bytes_t *maybe_expanded, failure_t *err)
{
    char *text = sqlite_bytes_to_text(sql), *expanded = maybe_expanded == NULL ? NULL : sqlite_bytes_to_text(maybe_expanded);
    struct callback *callback = sqlite_callback_begin(number, err);

    if (callback != NULL && callback->trace != NULL && text != NULL) {
        /* The module asks a statement for its text and for its connection. */
        sqlite3_stmt stmt = {.db = callback->db, .expanded = expanded};
        callback->trace(SQLITE_TRACE_STMT, callback->context, &stmt, text);
    }
    free(text);
    free(expanded);
    if (callback == NULL)
        return false;
    sqlite_callback_end(callback);
    return true;
}
