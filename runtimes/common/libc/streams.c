// read and write and their vectors, in place of libc's read.c, write.c, readv.c, writev.c, preadv.c and pwritev.c.
// libc's write at most 64 KiB a call and the first buffer of a vector. POSIX allows that, but on a file no program
// expects it: importlib, for one, then refuses to keep a .pyc.
#include "sockets.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

ssize_t read(int fd, void *buffer, size_t length)
{
    descriptor_table_entry_t *entry = descriptor_table_get_ref(fd);
    if (!entry) {
        return -1;
    }
    const descriptor_vtable_t *can = entry->vtable;
    if (can->bind) {
        return recv(fd, buffer, length, 0);
    }
    if (can->get_read_stream) {
        wasi_read_t from;
        if (can->get_read_stream(entry->data, &from) < 0) {
            return -1;
        }
        // Of libc's own wait a signal is not the end.
        const bool waits = from.blocking && length > 0 && !can->get_file;
        if (waits && poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1) < 0) {
            return -1;
        }
        return __wasilibc_read(&from, buffer, length);
    }
    if (can->recvfrom) {
        return can->recvfrom(entry->data, buffer, length, 0, NULL, NULL);
    }
    errno = EBADF;
    return -1;
}

// Writes all, unless an error comes (which is told if nothing was written before it) or nothing more is taken.
ssize_t write(int fd, const void *data, size_t length)
{
    descriptor_table_entry_t *entry = descriptor_table_get_ref(fd);
    if (!entry) {
        return -1;
    }
    const descriptor_vtable_t *can = entry->vtable;
    if (can->bind) {
        return send(fd, data, length, 0);
    }
    if (!can->get_write_stream) {
        if (can->sendto) {
            return descriptor_written(fd, can->sendto(entry->data, data, length, 0, NULL, 0), length);
        }
        errno = EBADF;
        return -1;
    }
    size_t done = 0;
    do {
        wasi_write_t to;
        ssize_t written = can->get_write_stream(entry->data, &to) < 0
                              ? -1
                              : __wasilibc_write(&to, (const char *)data + done, length - done);
        if (written < 0) {
            return done ? (ssize_t)done : -1;
        }
        done += (size_t)written;
        if (written == 0) {
            break;
        }
    } while (done < length);
    return (ssize_t)done;
}

// --- Vectors. At an offset if `offset` is not negative.

typedef ssize_t (*transfer)(int fd, const struct iovec *part, off_t offset);

static ssize_t each(transfer transfer, int fd, const struct iovec *parts, int count, off_t offset)
{
    if (count < 0 || count > IOV_MAX) {
        errno = EINVAL;
        return -1;
    }
    ssize_t done = 0;
    if (count == 0) {
        return transfer(fd, &(struct iovec){0}, offset);
    }
    for (int i = 0; i < count; i++) {
        ssize_t moved = transfer(fd, &parts[i], offset < 0 ? offset : offset + done);
        if (moved < 0) {
            return done ? done : -1;
        }
        done += moved;
        if ((size_t)moved < parts[i].iov_len) {
            break;
        }
    }
    return done;
}

static ssize_t read_part(int fd, const struct iovec *part, off_t offset)
{
    return offset < 0 ? read(fd, part->iov_base, part->iov_len) : pread(fd, part->iov_base, part->iov_len, offset);
}

static ssize_t write_part(int fd, const struct iovec *part, off_t offset)
{
    return offset < 0 ? write(fd, part->iov_base, part->iov_len) : pwrite(fd, part->iov_base, part->iov_len, offset);
}

// Of a stream only the first part is read that has room: another read would wait for more than there is.
ssize_t readv(int fd, const struct iovec *parts, int count)
{
    descriptor_table_entry_t *entry = descriptor_table_get_ref(fd);
    if (entry && !entry->vtable->get_file) {
        while (count > 1 && parts->iov_len == 0) {
            parts++, count--;
        }
        count = count > 1 ? 1 : count;
    }
    return each(read_part, fd, parts, count, -1);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    return each(write_part, fd, parts, count, -1);
}

ssize_t preadv(int fd, const struct iovec *parts, int count, off_t offset)
{
    if (offset < 0) {
        errno = EINVAL;
        return -1;
    }
    return each(read_part, fd, parts, count, offset);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    if (offset < 0) {
        errno = EINVAL;
        return -1;
    }
    return each(write_part, fd, parts, count, offset);
}
