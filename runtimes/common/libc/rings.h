// Bytes in memory between two ends that are both this program's: pipes, and each direction of a pair of sockets.
#ifndef PYLON_LIBC_RINGS_H
#define PYLON_LIBC_RINGS_H

#include "descriptors.h"

// What a pipe of Linux holds. Of no more bytes than ATOMIC a pipe takes all or none.
enum { ROOM = 64 * 1024, ATOMIC = 4096 };

// Freed when it has neither a reader nor a writer any more.
typedef struct {
    size_t at, length;
    bool has_reader, has_writer;
    char bytes[ROOM];
} ring;

// With a reader and a writer. NULL with ENOMEM.
ring *ring_new(void);
void ring_leave_reader(ring *ring);
void ring_leave_writer(ring *ring);

// As read and write of what a ring is behind, which says whether it waits. There is one thread, so nobody comes to the other end
// meanwhile: a wait is EDEADLK, unless the program has asked for a signal. Then it is for that one, and EINTR. `atomic` is the most
// that is taken as a whole or not at all. MSG_PEEK is known among `flags`.
ssize_t ring_read(ring *ring, void *to, size_t length, int flags, bool waits);
ssize_t ring_write(ring *ring, const void *bytes, size_t length, size_t atomic, bool waits);

// As fstat and seek of an end.
struct stat ring_status(ino_t number, mode_t mode);
off_t ring_seek(void *end, off_t offset, int whence);

// Makes descriptors of both. What there is no room for is freed, and the other, too: -1 with errno. NULL is ENOMEM.
int insert_both(void *one, void *other, const descriptor_vtable_t *vtable, int ends[2]);

#endif
