#include "rings.h"

#include "signals.h"
#include "status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

ring *ring_new(void)
{
    ring *made = malloc(sizeof *made);
    if (!made) {
        errno = ENOMEM;
        return NULL;
    }
    made->at = made->length = 0;
    made->has_reader = made->has_writer = true;
    return made;
}

static void free_if_left(ring *ring)
{
    if (!ring->has_reader && !ring->has_writer) {
        free(ring);
    }
}

void ring_leave_reader(ring *ring)
{
    ring->has_reader = false;
    free_if_left(ring);
}

void ring_leave_writer(ring *ring)
{
    ring->has_writer = false;
    free_if_left(ring);
}

static ssize_t wait_for_other_end(bool waits)
{
    if (waits) {
        return signals_wait();
    }
    errno = EAGAIN;
    return -1;
}

ssize_t ring_read(ring *ring, void *to, size_t length, int flags, bool waits)
{
    if (length > 0 && ring->length == 0 && ring->has_writer) {
        return wait_for_other_end(waits);
    }
    size_t done = length < ring->length ? length : ring->length;
    size_t first = done < ROOM - ring->at ? done : ROOM - ring->at;
    memcpy(to, ring->bytes + ring->at, first);
    memcpy((char *)to + first, ring->bytes, done - first);
    if (!(flags & MSG_PEEK)) {
        ring->at = (ring->at + done) % ROOM;
        ring->length -= done;
    }
    return (ssize_t)done;
}

ssize_t ring_write(ring *ring, const void *bytes, size_t length, size_t atomic, bool waits)
{
    if (!ring->has_reader) {
        errno = EPIPE;
        return -1;
    }
    size_t room = ROOM - ring->length;
    if (length > room && (room == 0 || length <= atomic)) {
        return wait_for_other_end(waits);
    }
    size_t done = length < room ? length : room;
    size_t behind = (ring->at + ring->length) % ROOM;
    size_t first = done < ROOM - behind ? done : ROOM - behind;
    memcpy(ring->bytes + behind, bytes, first);
    memcpy(ring->bytes, (const char *)bytes + first, done - first);
    ring->length += done;
    return (ssize_t)done;
}

struct stat ring_status(ino_t number, mode_t mode)
{
    return (struct stat){
        .st_ino = number,
        .st_nlink = 1,
        .st_mode = mode,
        .st_uid = USER,
        .st_gid = USER,
        .st_blksize = ATOMIC,
    };
}

off_t ring_seek(void *end, off_t offset, int whence)
{
    (void)end, (void)offset, (void)whence;
    errno = ESPIPE;
    return -1;
}

int insert_both(void *one, void *other, const descriptor_vtable_t *vtable, int ends[2])
{
    void *const data[2] = {one, other};
    int error = one && other ? 0 : ENOMEM;
    for (int i = 0; i < 2; i++) {
        // An end that the table does not take is freed.
        ends[i] = error ? -1 : descriptor_table_insert((descriptor_table_entry_t){data[i], vtable});
        if (error && data[i]) {
            vtable->free(data[i]);
        }
        error = error || ends[i] >= 0 ? error : errno;
    }
    if (!error) {
        return 0;
    }
    if (ends[0] >= 0) {
        descriptor_table_remove(ends[0]);
    }
    errno = error;
    return -1;
}
