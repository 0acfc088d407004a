/* Errors of links, and the one that is pending: see link.h. Imports nothing, so that every linkage mode can hold it. */
#include "link.h"

#include <stdlib.h>
#include <string.h>

bool link_error_pending;
static struct link_error pending;

static struct link_text
c_string(const char *text)
{
    return (struct link_text){text, text == NULL ? 0 : strlen(text)};
}

/* Copies a text to `*at`, NUL included, and moves `*at` behind it. */
static struct link_text
copy(char **at, struct link_text text)
{
    struct link_text copied = {NULL, 0};

    if (text.text != NULL) {
        copied = (struct link_text){*at, text.length};
        if (text.length > 0)
            memcpy(*at, text.text, text.length);
        (*at)[text.length] = '\0';
        *at += text.length + 1;
    }
    return copied;
}

static void
no_memory(struct link_error *error)
{
    *error = (struct link_error){c_string(LINK_NO_MEMORY), c_string("out of memory"), {NULL, 0}, NULL};
}

void
link_error_copy(struct link_error *error, struct link_text code, struct link_text message, struct link_text context)
{
    char *at = malloc(code.length + message.length + context.length + 3);

    if (at == NULL) {
        no_memory(error);
        return;
    }
    error->memory = at;
    error->code = copy(&at, code);
    error->message = copy(&at, message);
    error->context = copy(&at, context);
}

void
link_error_set(struct link_error *error, const char *code, const char *message, const char *context)
{
    link_error_copy(error, c_string(code), c_string(message), c_string(context));
}

void
link_error_free(struct link_error *error)
{
    free(error->memory);
    *error = (struct link_error){{NULL, 0}, {NULL, 0}, {NULL, 0}, NULL};
}

bool
link_error_is(const struct link_error *error, const char *code)
{
    return error->code.text != NULL && error->code.length == strlen(code) &&
           memcmp(error->code.text, code, error->code.length) == 0;
}

bool
link_take_error(struct link_error *error)
{
    if (!link_error_pending)
        return false;
    *error = pending;
    link_error_pending = false;
    return true;
}

void
link_set_pending(struct link_error *error)
{
    if (link_error_pending) {
        link_error_free(error);
        return;
    }
    pending = *error;
    *error = (struct link_error){{NULL, 0}, {NULL, 0}, {NULL, 0}, NULL};
    link_error_pending = true;
}

/* For the adapters of what is fused (xtask/fuse), by its name: a call did not take place, since there is no room for the handles
 * that it would make. It has returned zeros. */
#ifdef __wasm__
__attribute__((__export_name__("pylon-no-memory")))
#endif
void
link_no_memory(void)
{
    struct link_error error;

    no_memory(&error);
    link_set_pending(&error);
}
