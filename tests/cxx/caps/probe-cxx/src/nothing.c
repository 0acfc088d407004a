/* What libc++ comes to need of libc, and a cap has none of: clocks, sleep, the environment, standard streams. */
#include <errno.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

int
clock_gettime(clockid_t clock, struct timespec *time)
{
    (void)clock;
    (void)time;
    errno = ENOSYS;
    return -1;
}

int
nanosleep(const struct timespec *wanted, struct timespec *left)
{
    (void)wanted;
    (void)left;
    return 0;
}

char *
getenv(const char *name)
{
    (void)name;
    return NULL;
}

FILE *
fopen(const char *restrict name, const char *restrict mode)
{
    (void)name;
    (void)mode;
    errno = ENOSYS;
    return NULL;
}

/* Where libc's streams end. */
int __stdio_close(FILE *stream);
off_t __stdio_seek(FILE *stream, off_t offset, int whence);
size_t __stdio_read(FILE *stream, unsigned char *to, size_t length);
size_t __stdio_write(FILE *stream, const unsigned char *from, size_t length);
size_t __stdout_write(FILE *stream, const unsigned char *from, size_t length);

int
__stdio_close(FILE *stream)
{
    (void)stream;
    return 0;
}

off_t
__stdio_seek(FILE *stream, off_t offset, int whence)
{
    (void)stream;
    (void)offset;
    (void)whence;
    errno = ESPIPE;
    return -1;
}

size_t
__stdio_read(FILE *stream, unsigned char *to, size_t length)
{
    (void)stream;
    (void)to;
    (void)length;
    return 0;
}

size_t
__stdio_write(FILE *stream, const unsigned char *from, size_t length)
{
    (void)stream;
    (void)from;
    return length;
}

size_t
__stdout_write(FILE *stream, const unsigned char *from, size_t length)
{
    return __stdio_write(stream, from, length);
}
