/* Standard streams: there are none, and what is said on them is nowhere to be said. Files of C's library are not opened: what DuckDB
 * reads and writes, it does by descriptors. libc's own streams end in these functions. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/types.h>

FILE *
fopen(const char *restrict name, const char *restrict mode)
{
    (void)name;
    (void)mode;
    errno = ENOSYS;
    return NULL;
}

int
ioctl(int descriptor, int request, ...)
{
    (void)descriptor;
    (void)request;
    errno = ENOTTY;
    return -1;
}

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
