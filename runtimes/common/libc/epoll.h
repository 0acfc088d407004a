// The interface of Linux's. CPython has the same declarations in pycore_signal.h (patch 0047).
#ifndef PYLON_LIBC_EPOLL_H
#define PYLON_LIBC_EPOLL_H

#include <stdint.h>

enum {
    EPOLLIN = 0x001,
    EPOLLPRI = 0x002,
    EPOLLOUT = 0x004,
    EPOLLERR = 0x008,
    EPOLLHUP = 0x010,
    EPOLLRDNORM = 0x040,
    EPOLLWRNORM = 0x100,
    EPOLLONESHOT = 1 << 30,
    EPOLLET = (int)(1U << 31),
};
enum { EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL, EPOLL_CTL_MOD };
enum { EPOLL_CLOEXEC = 02000000 };

struct epoll_event {
    uint32_t events;
    union {
        int fd;
        uint64_t u64;
    } data;
};

int epoll_create1(int flags);
int epoll_ctl(int epfd, int operation, int fd, struct epoll_event *event);
int epoll_wait(int epfd, struct epoll_event *events, int most, int timeout);

#endif
