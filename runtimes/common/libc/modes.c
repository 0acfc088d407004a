// The table of modes, and what sets them on the way to tree.c and changes.c, by --wrap: wasi-libc drops the mode of whoever makes
// something.
#include "modes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 64, PERMISSIONS = 07777, OWNER_USES = 0600 };

// A free one has no `given`.
typedef struct {
    ino_t number;
    mode_t mode;
    bool given;
} slot;

// Open addressing, at most half full; capacity is a power of two.
static slot *slots;
static size_t capacity, count, restricting;

static bool takes_something(mode_t mode)
{
    return (mode & OWNER_USES) != OWNER_USES;
}

// The slot of a number, or the one where it would be. There must be a free one.
static slot *find(ino_t number)
{
    size_t at = (size_t)((number * 11400714819323198485u) >> 32) & (capacity - 1);
    while (slots[at].given && slots[at].number != number) {
        at = (at + 1) & (capacity - 1);
    }
    return &slots[at];
}

static bool make_room(void)
{
    if (2 * (count + 1) <= capacity) {
        return true;
    }
    slot *old = slots;
    size_t old_capacity = capacity, wanted = capacity ? 2 * capacity : FIRST_CAPACITY;
    slot *larger = calloc(wanted, sizeof *larger);
    if (!larger) {
        errno = ENOMEM;
        return false;
    }
    slots = larger;
    capacity = wanted;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].given) {
            *find(old[i].number) = old[i];
        }
    }
    free(old);
    return true;
}

mode_t mode_given(ino_t number, mode_t otherwise)
{
    const slot *found = count ? find(number) : NULL;
    return found && found->given ? found->mode : otherwise;
}

void mode_forget(ino_t number)
{
    slot *found = count ? find(number) : NULL;
    if (!found || !found->given) {
        return;
    }
    restricting -= takes_something(found->mode);
    count--;
    found->given = false;
    // Those behind it may have gone past it on the way to their place.
    for (size_t at = (size_t)(found - slots + 1) & (capacity - 1); slots[at].given; at = (at + 1) & (capacity - 1)) {
        slot moved = slots[at];
        slots[at].given = false;
        *find(moved.number) = moved;
    }
}

int mode_give(ino_t number, mode_t permissions)
{
    mode_forget(number);
    if (!make_room()) {
        return -1;
    }
    *find(number) = (slot){number, permissions & PERMISSIONS, true};
    count++;
    restricting += takes_something(permissions);
    return 0;
}

bool modes_are_given(void)
{
    return count > 0;
}

bool modes_restrict(void)
{
    return restricting > 0;
}

// --- What is being made

enum { NONE = -1 };

static mode_t mask = 022;
static int of_new = NONE;

mode_t umask(mode_t wanted)
{
    mode_t before = mask;
    mask = wanted & 0777;
    return before;
}

mode_t mode_of_new(mode_t otherwise)
{
    return of_new == NONE ? otherwise : (mode_t)of_new & ~mask;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_openat(int fd, const char *path, int flags, ...);
int __wrap_openat(int fd, const char *path, int flags, ...);
int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __real_mkdirat(int fd, const char *path, mode_t mode);
int __wrap_mkdirat(int fd, const char *path, mode_t mode);

#define MADE_WITH(mode, call)                  \
    of_new = (int)((mode) & PERMISSIONS);      \
    int made = (call);                         \
    of_new = NONE;                             \
    return made

int __wrap_open(const char *path, int flags, ...)
{
    if (!(flags & O_CREAT)) {
        return __real_open(path, flags);
    }
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = va_arg(arguments, mode_t);
    va_end(arguments);
    MADE_WITH(mode, __real_open(path, flags, mode));
}

int __wrap_openat(int fd, const char *path, int flags, ...)
{
    if (!(flags & O_CREAT)) {
        return __real_openat(fd, path, flags);
    }
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = va_arg(arguments, mode_t);
    va_end(arguments);
    MADE_WITH(mode, __real_openat(fd, path, flags, mode));
}

int __wrap_mkdir(const char *path, mode_t mode)
{
    MADE_WITH(mode, __real_mkdir(path, mode));
}

int __wrap_mkdirat(int fd, const char *path, mode_t mode)
{
    MADE_WITH(mode, __real_mkdirat(fd, path, mode));
}
