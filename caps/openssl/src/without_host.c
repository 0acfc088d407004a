/* Functions of the host that OpenSSL calls, in a component that has nothing of it but time and randomness: no
 * variables, no files, no other processes, nobody to wait for. They come before libc's, which would bring WASI's files
 * in. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* OpenSSL asks whether it was forked. */
pid_t
getpid(void)
{
    return 1;
}

char *
getenv(const char *name)
{
    (void)name;
    return NULL;
}

int
stat(const char *restrict path, struct stat *restrict status)
{
    (void)path, (void)status;
    errno = ENOENT;
    return -1;
}

DIR *
opendir(const char *path)
{
    (void)path;
    errno = ENOENT;
    return NULL;
}

struct dirent *
readdir(DIR *folder)
{
    (void)folder;
    return NULL;
}

int
closedir(DIR *folder)
{
    (void)folder;
    return 0;
}

int
nanosleep(const struct timespec *length, struct timespec *left)
{
    (void)length;
    if (left != NULL)
        *left = (struct timespec){0};
    return 0;
}
