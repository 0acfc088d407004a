/* pylon:lend/files in memory, for native tests: files that can fail, and be thrown back to what was synchronised. */
#ifndef PYLON_FILES_NATIVE_H
#define PYLON_FILES_NATIVE_H

#include <stdbool.h>

/* How many operations there were since the last call of files_begin(). */
extern unsigned files_operations;

/* From now on the operation of this number fails (0: none), and with `for_good` all that follow do, too. A write that fails has
 * written the first half. */
void files_begin(unsigned failing, bool for_good);

/* From the write of this number on the disk is full (0: never), until files_begin() is called. */
void files_fill(unsigned write);

/* All handles are closed, as by the end of a process. */
void files_crash(void);

/* There are no files any more. */
void files_clear(void);

#endif
