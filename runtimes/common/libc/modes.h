// Modes of files and folders. WASI knows none: what a program gave is remembered as long as it runs, and holds for this program.
#ifndef PYLON_LIBC_MODES_H
#define PYLON_LIBC_MODES_H

#include <stdbool.h>
#include <sys/stat.h>

// What a file and a folder have that nobody gave a mode: what a umask of 022 leaves, which copies and archives then carry on.
enum { FILE_MODE = 0644, FOLDER_MODE = 0755 };

// The permissions that what has this number was given, else `otherwise`.
mode_t mode_given(ino_t number, mode_t otherwise);

// Returns -1 with ENOMEM.
int mode_give(ino_t number, mode_t permissions);

// For what is gone: another file may get its number.
void mode_forget(ino_t number);

// Whether any was given, and any that takes something from the owner. While not, nobody need be asked for numbers.
bool modes_are_given(void);
bool modes_restrict(void);

// Permissions of what is being made, less the umask; `otherwise` if the call has none.
mode_t mode_of_new(mode_t otherwise);

// Functions that wasi-libc does not have, or has as stubs, by names that are none of its own.
mode_t umask(mode_t mask);
int chown(const char *path, uid_t user, gid_t group);
int lchown(const char *path, uid_t user, gid_t group);
int fchown(int fd, uid_t user, gid_t group);
int fchownat(int fd, const char *path, uid_t user, gid_t group, int flags);

#endif
