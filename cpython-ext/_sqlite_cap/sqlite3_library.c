/* sqlite3.h over the sqlite:wasm contract: what needs no connection. */
#define _GNU_SOURCE /* nanosleep, strcasecmp */
#include "sqlite3_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

bytes_t
sqlite_bytes_lent(const char *text)
{
    return (bytes_t){(uint8_t *)text, text == NULL ? 0 : strlen(text)};
}

char *
sqlite_bytes_to_text(bytes_t *bytes)
{
    char *text = malloc(bytes->len + 1);

    if (text != NULL) {
        if (bytes->len > 0)
            memcpy(text, bytes->ptr, bytes->len);
        text[bytes->len] = '\0';
    }
    sqlite_import_list_u8_free(bytes);
    return text;
}

bool
sqlite_component_has_room(size_t bytes)
{
    return bytes <= SLICE || sqlite_wasm_database_reserve((uint32_t)bytes);
}

void
sqlite_columns_free(columns_t *columns)
{
    for (size_t i = 0; i < columns->len; i++) {
        sqlite_import_list_u8_free(&columns->ptr[i].name);
        if (columns->ptr[i].declared_type.is_some)
            sqlite_import_list_u8_free(&columns->ptr[i].declared_type.val);
    }
    if (columns->len > 0)
        free(columns->ptr);
    *columns = (columns_t){0};
}

int
sqlite3_initialize(void)
{
    return SQLITE_OK;
}

int
sqlite3_shutdown(void)
{
    return SQLITE_OK;
}

int
sqlite3_threadsafe(void)
{
    return 0;
}

const char *
sqlite3_libversion(void)
{
    static char version[32];

    if (version[0] == '\0') {
        sqlite_import_string_t answer;
        link_forget_error();
        sqlite_wasm_database_version(&answer);
        if (answer.len < sizeof version && answer.len > 0)
            memcpy(version, answer.ptr, answer.len);
        sqlite_import_string_free(&answer);
    }
    return version;
}

int
sqlite3_libversion_number(void)
{
    int major = 0, minor = 0, patch = 0;

    sscanf(sqlite3_libversion(), "%d.%d.%d", &major, &minor, &patch);
    return major * 1000000 + minor * 1000 + patch;
}

const char *
sqlite3_errstr(int code)
{
    static char *known[SQLITE_DONE + 1];
    int primary = code & 0xff;

    if (primary > SQLITE_DONE)
        return "unknown error";
    if (known[primary] == NULL) {
        sqlite_import_string_t answer;
        sqlite_wasm_database_error_text(primary, &answer);
        known[primary] = sqlite_bytes_to_text(&(bytes_t){answer.ptr, answer.len});
    }
    return known[primary] == NULL ? "unknown error" : known[primary];
}

int
sqlite3_complete(const char *sql)
{
    bytes_t text = sqlite_bytes_lent(sql);
    bool answer = false;
    problem_t problem;

    link_forget_error();
    if (!sqlite_component_has_room(text.len))
        return SQLITE_NOMEM;
    if (!sqlite_wasm_database_is_complete(&text, &answer, &problem)) {
        sqlite_import_list_u8_free(&problem.message);
        return 0;
    }
    return answer;
}

int
sqlite3_stricmp(const char *first, const char *second)
{
    return strcasecmp(first, second);
}

int
sqlite3_sleep(int milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};

    nanosleep(&time, NULL);
    return milliseconds;
}

void *
sqlite3_malloc64(sqlite3_uint64 size)
{
    return size <= SIZE_MAX ? malloc((size_t)size) : NULL;
}

void
sqlite3_free(void *memory)
{
    free(memory);
}
