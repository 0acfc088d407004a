// The table of descriptors, in place of libc's descriptor_table.c and fcntl.c. Several descriptors can be one open file, as in
// POSIX: that is what dup and dup2 need, which wasi-libc does not have. What is open is freed with its last descriptor.
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

// The limit of descriptors is Linux's default hard limit.
enum { FIRST_CAPACITY = 16, MOST = 1 << 20 };

// What is open. The entry comes first: libc's pointers to one are pointers to this.
typedef struct {
    descriptor_table_entry_t entry;
    unsigned descriptors;
    struct read_ahead *read_ahead;
    descriptor_history history;
} open_file;

// A child could inherit it: there is none, but who asks is told what was set. As of what Python opens, nothing is to be.
typedef struct {
    open_file *file;
    bool inherited;
} descriptor;

enum { STREAMS = 3 };

bool libc_descriptors_hidden;
static descriptor *table;
static int capacity;
static bool streams_made;
static uint64_t opened;

static bool ready(void)
{
    if (libc_descriptors_hidden) {
        errno = EBADF;
        return false;
    }
    if (streams_made) {
        return true;
    }
    streams_made = true;  // before they are made: that inserts them
    if (__wasilibc_init_stdio() < 0) {
        streams_made = false;
        return false;
    }
    for (int fd = 0; fd < STREAMS && fd < capacity; fd++) {
        table[fd].inherited = true;
    }
    return true;
}

static open_file *find(int fd)
{
    if (!ready()) {
        return NULL;
    }
    if (fd < 0 || fd >= capacity || !table[fd].file) {
        errno = EBADF;
        return NULL;
    }
    return table[fd].file;
}

static int make_room(int fd)
{
    if (fd >= MOST) {
        errno = EMFILE;
        return -1;
    }
    int wanted = capacity ? capacity : FIRST_CAPACITY;
    while (wanted <= fd) {
        wanted *= 2;
    }
    if (wanted > capacity) {
        descriptor *larger = realloc(table, (size_t)wanted * sizeof *table);
        if (!larger) {
            errno = ENOMEM;
            return -1;
        }
        while (capacity < wanted) {
            larger[capacity++] = (descriptor){0};
        }
        table = larger;
    }
    return 0;
}

static int lowest_free(int from)
{
    while (from < capacity && table[from].file) {
        from++;
    }
    return make_room(from) < 0 ? -1 : from;
}

static void release(open_file *file)
{
    if (--file->descriptors == 0) {
        read_ahead_free(file->read_ahead);
        file->entry.vtable->free(file->entry.data);
        free(file);
    }
}

static void put(int fd, open_file *file, bool inherited)
{
    file->descriptors++;
    table[fd] = (descriptor){file, inherited};
}

descriptor_table_entry_t *descriptor_table_get_ref(int fd)
{
    open_file *file = find(fd);
    if (!file) {
        return NULL;
    }
    file->history.uses++;
    return &file->entry;
}

descriptor_table_entry_t *descriptor_look(int fd, descriptor_history *history)
{
    open_file *file = find(fd);
    if (file && history) {
        *history = file->history;
    }
    return file ? &file->entry : NULL;
}

struct read_ahead **descriptor_read_ahead(int fd)
{
    open_file *file = find(fd);
    return file ? &file->read_ahead : NULL;
}

ssize_t descriptor_written(int fd, ssize_t written, size_t length)
{
    int error = errno;
    open_file *file = find(fd);
    if (file && written != (ssize_t)length) {
        file->history.refusals++;
    }
    errno = error;
    return written;
}

int descriptor_table_insert(descriptor_table_entry_t entry)
{
    open_file *file = NULL;
    int fd = ready() ? lowest_free(0) : -1;
    if (fd >= 0) {
        file = calloc(1, sizeof *file);
        if (!file) {
            errno = ENOMEM;
        }
    }
    if (!file) {
        entry.vtable->free(entry.data);
        return -1;
    }
    file->entry = entry;
    file->history.number = ++opened;
    put(fd, file, false);
    return fd;
}

int descriptor_table_remove(int fd)
{
    open_file *file = find(fd);
    if (!file) {
        return -1;
    }
    table[fd].file = NULL;
    release(file);
    return 0;
}

int descriptor_table_renumber(int fd, int to)
{
    if (dup2(fd, to) < 0) {
        return -1;
    }
    return fd == to ? 0 : descriptor_table_remove(fd);
}

void descriptor_table_clear(void)
{
    for (int fd = 0; fd < capacity; fd++) {
        if (table[fd].file) {
            release(table[fd].file);
        }
    }
    free(table);
    table = NULL;
    capacity = 0;
    streams_made = false;
}

static int duplicate(int fd, int from)
{
    open_file *file = find(fd);
    int copy = file ? lowest_free(from) : -1;
    if (copy >= 0) {
        put(copy, file, true);
    }
    return copy;
}

int dup(int fd)
{
    return duplicate(fd, 0);
}

int dup2(int fd, int to)
{
    open_file *file = find(fd);
    if (!file) {
        return -1;
    }
    if (to < 0 || to >= MOST) {
        errno = EBADF;
        return -1;
    }
    if (fd == to) {
        return to;
    }
    if (make_room(to) < 0) {
        return -1;
    }
    open_file *closed = table[to].file;
    put(to, file, true);
    if (closed) {
        release(closed);
    }
    return to;
}

// Locks and owners are not known: EINVAL.
int fcntl(int fd, int command, ...)
{
    descriptor_table_entry_t *entry = descriptor_table_get_ref(fd);
    if (!entry) {
        return -1;
    }
    va_list arguments;
    va_start(arguments, command);
    int value = command == F_DUPFD || command == F_SETFD || command == F_SETFL ? va_arg(arguments, int) : 0;
    va_end(arguments);
    switch (command) {
    case F_DUPFD:
        if (value < 0 || value >= MOST) {
            break;
        }
        return duplicate(fd, value);
    case F_GETFD:
        return table[fd].inherited ? 0 : FD_CLOEXEC;
    case F_SETFD:
        table[fd].inherited = !(value & FD_CLOEXEC);
        return 0;
    case F_GETFL:
        if (!entry->vtable->fcntl_getfl) {
            break;
        }
        return entry->vtable->fcntl_getfl(entry->data);
    case F_SETFL:
        if (!entry->vtable->fcntl_setfl) {
            break;
        }
        return entry->vtable->fcntl_setfl(entry->data, value);
    }
    errno = EINVAL;
    return -1;
}

// --- By --wrap: libc knows no limit, and asks no descriptor whether it is one.

long __real_sysconf(int name);
long __wrap_sysconf(int name);
int __real_ioctl(int fd, int request, ...);
int __wrap_ioctl(int fd, int request, ...);

long __wrap_sysconf(int name)
{
    return name == _SC_OPEN_MAX ? MOST : __real_sysconf(name);
}

int __wrap_ioctl(int fd, int request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    return descriptor_table_get_ref(fd) ? __real_ioctl(fd, request, argument) : -1;
}
