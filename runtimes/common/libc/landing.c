// cabi_realloc, by which the host makes room for what an import returns. In place of the weak ones of libc and of
// wit-bindgen.
#include "landing.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static struct {
    void *buffer;
    size_t room;
    bool open;
} landing;

__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size);

void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size)
{
    (void)old_size;
    if (size == 0) {
        return (void *)align;
    }
    if (landing.open && !old && size <= landing.room) {
        landing.open = false;
        return landing.buffer;
    }
    void *block = realloc(old, size);
    if (!block) {
        abort();  // the canonical ABI has no way to say so
    }
    return block;
}

void landing_begin(void *buffer, size_t room)
{
    landing.buffer = buffer;
    landing.room = room;
    landing.open = true;
}

size_t landing_end(void *list, size_t length)
{
    landing.open = false;
    if (length == 0 || list == landing.buffer) {
        return length;
    }
    size_t copied = length < landing.room ? length : landing.room;
    memcpy(landing.buffer, list, copied);
    free(list);
    return copied;
}
