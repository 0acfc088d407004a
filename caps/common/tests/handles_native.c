/* See handles_native.h. */
#include "handles_native.h"

#include <stdlib.h>

enum { HANDLES = 1 << 16 };
static void *table[HANDLES];
int live_handles;

int32_t
new_handle(void *representation)
{
    for (int32_t handle = 1; handle < HANDLES; handle++) {
        if (table[handle] == NULL) {
            table[handle] = representation;
            live_handles++;
            return handle;
        }
    }
    abort();
}

void *
representation_of(int32_t handle)
{
    if (handle <= 0 || handle >= HANDLES || table[handle] == NULL)
        abort();
    return table[handle];
}

void *
drop_handle(int32_t handle)
{
    void *representation = representation_of(handle);
    table[handle] = NULL;
    live_handles--;
    return representation;
}
