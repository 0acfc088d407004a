/* Lists of bytes, which texts are in this contract. */
#include "sqlite_cap_private.h"

#include <stdlib.h>
#include <string.h>

bool
bytes_copy(bytes_t *to, const void *from, size_t length)
{
    static uint8_t nothing;

    /* The bindings free what is not empty. */
    *to = (bytes_t){length > 0 ? malloc(length) : &nothing, length};
    if (to->ptr == NULL)
        return false;
    if (length > 0)
        memcpy(to->ptr, from, length);
    return true;
}

bool
bytes_copy_text(sqlite_cap_option_list_u8_t *to, const char *from)
{
    to->is_some = from != NULL;
    return from == NULL || bytes_copy(&to->val, from, strlen(from));
}

char *
bytes_to_name(bytes_t *bytes, problem_t *problem)
{
    char *name = NULL;

    if (bytes->len > 0 && memchr(bytes->ptr, 0, bytes->len) != NULL)
        problem_code(SQLITE_MISUSE, problem);
    else if ((name = malloc(bytes->len + 1)) == NULL)
        problem_code(SQLITE_NOMEM, problem);
    else {
        if (bytes->len > 0)
            memcpy(name, bytes->ptr, bytes->len);
        name[bytes->len] = '\0';
    }
    sqlite_cap_list_u8_free(bytes);
    return name;
}

bytes_t
bytes_lent(const char *text)
{
    return (bytes_t){(uint8_t *)text, strlen(text)};
}

void *
bytes_keep(bytes_t *bytes, bool *failed)
{
    void *kept = NULL;

    *failed = false;
    if (bytes->len > 0) {
        /* It may be a piece of the reserve, which is for arguments only: realloc() moves it out. */
        kept = realloc(bytes->ptr, bytes->len);
        if (kept == NULL) {
            *failed = true;
            sqlite_cap_list_u8_free(bytes);
        }
    }
    *bytes = (bytes_t){0};
    return kept;
}

bool
consumer_says_room(size_t bytes)
{
    bool has_room = false;
    failure_t failure;

    if (!sqlite_wasm_callbacks_reserve(bytes, &has_room, &failure)) {
        free_failure(&failure);
        return false;
    }
    return has_room;
}
