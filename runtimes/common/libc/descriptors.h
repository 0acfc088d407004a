// What wasi-libc's own object files know of a descriptor, so that ours can stand among them. libc keeps these types
// to itself and changes them between versions; the ones here are those of 0~git20260423. A libc with others is
// refused by xtask before anything is compiled (toolchain/libc_layout.rs compares offsets with libc's objects).
#ifndef PYLON_LIBC_DESCRIPTORS_H
#define PYLON_LIBC_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <wasi/wasip2.h>

// How to read from, and write to, a descriptor that is a stream. `timeout` is in nanoseconds, 0 for none; the
// pollable is made when it is first needed and belongs to the descriptor.
typedef struct {
    off_t *offset;
    bool blocking;
    uint64_t timeout;
    streams_borrow_input_stream_t input;
    poll_own_pollable_t *pollable;
} wasi_read_t;

typedef struct {
    off_t *offset;
    bool blocking;
    uint64_t timeout;
    streams_borrow_output_stream_t output;
    poll_own_pollable_t *pollable;
} wasi_write_t;

typedef struct poll_state_t poll_state_t;

// What a kind of descriptor can do; each gets the entry's data. NULL is an operation that it does not have.
typedef struct {
    void (*free)(void *);
    int (*get_read_stream)(void *, wasi_read_t *);
    int (*get_write_stream)(void *, wasi_write_t *);
    int (*set_blocking)(void *, bool);
    int (*fstat)(void *, struct stat *);
    int (*get_file)(void *, filesystem_borrow_descriptor_t *);
    off_t (*seek)(void *, off_t, int);
    void (*close_streams)(void *);
    int (*fcntl_getfl)(void *);
    int (*fcntl_setfl)(void *, int);
    int (*isatty)(void *);
    int (*accept4)(void *, struct sockaddr *, socklen_t *, int);
    int (*bind)(void *, const struct sockaddr *, socklen_t);
    int (*connect)(void *, const struct sockaddr *, socklen_t);
    int (*getsockname)(void *, struct sockaddr *, socklen_t *);
    int (*getpeername)(void *, struct sockaddr *, socklen_t *);
    int (*listen)(void *, int);
    ssize_t (*recvfrom)(void *, void *, size_t, int, struct sockaddr *, socklen_t *);
    ssize_t (*sendto)(void *, const void *, size_t, int, const struct sockaddr *, socklen_t);
    int (*shutdown)(void *, int);
    int (*getsockopt)(void *, int, int, void *, socklen_t *);
    int (*setsockopt)(void *, int, int, const void *, socklen_t);
    int (*poll_register)(void *, poll_state_t *, short);
    int (*poll_finish)(void *, poll_state_t *, short);
} descriptor_vtable_t;

typedef struct {
    void *data;
    const descriptor_vtable_t *vtable;
} descriptor_table_entry_t;

// --- Of libc.

int __wasilibc_init_stdio(void);
ssize_t __wasilibc_read(wasi_read_t *read, void *buffer, size_t length);
ssize_t __wasilibc_write(wasi_write_t *write, const void *data, size_t length);
int wasi_string_from_c(const char *text, wasip2_string_t *out);

// --- Ours, in place of libc's. Each returns -1 and sets errno if it fails.

// The entry of a descriptor, or NULL with EBADF. It lives until the descriptor is closed. Counts as a use.
descriptor_table_entry_t *descriptor_table_get_ref(int fd);

// Takes the entry over, and frees it if it fails (ENOMEM, EMFILE). Returns the lowest free descriptor.
int descriptor_table_insert(descriptor_table_entry_t entry);

int descriptor_table_remove(int fd);

// Makes `to` another name of what `fd` is, closes what `to` was, and closes `fd`.
int descriptor_table_renumber(int fd, int to);

void descriptor_table_clear(void);

// Takes the handle over. `flags` are open()'s.
int __wasilibc_add_file(filesystem_own_descriptor_t handle, int flags);

// --- Ours alone.

// While true there are no descriptors, and none is made: every look-up is EBADF. For the time in which a snapshot is
// made, so that no handle of the host gets into it.
extern bool libc_descriptors_hidden;

// What is open behind a descriptor, for who watches it: a number that nothing else had or will have, how often it was used, and
// how often not all that was to be written was taken.
typedef struct {
    uint64_t number;
    uint32_t uses, refusals;
} descriptor_history;

// The entry of a descriptor without using it, or NULL with EBADF. `history` may be NULL.
descriptor_table_entry_t *descriptor_look(int fd, descriptor_history *history);

// Notes what came of writing `length` bytes, and returns it.
ssize_t descriptor_written(int fd, ssize_t written, size_t length);

// Bytes that a poll took from a socket in order to know that there are any. The next recv gets them.
struct read_ahead;
struct read_ahead **descriptor_read_ahead(int fd);
void read_ahead_free(struct read_ahead *ahead);

// wasi-libc has none of these, nor the command of fcntl.
int dup(int fd);
int dup2(int fd, int to);
int pipe(int ends[2]);
int pipe2(int ends[2], int flags);
int socketpair(int family, int type, int protocol, int ends[2]);
ssize_t recvmsg(int fd, struct msghdr *message, int flags);
ssize_t sendmsg(int fd, const struct msghdr *message, int flags);
int fchdir(int fd);
enum { F_DUPFD = 0 };

#endif
