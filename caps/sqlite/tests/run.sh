#!/bin/sh
# Builds and runs the native tests of the sqlite cap: run.sh OUTPUT_FOLDER SQLITE_SOURCE_FOLDER.
# $CC and $CFLAGS are honoured. SQLite itself is compiled as it comes: it is its system that is tested.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
sqlite=$2
mkdir -p "$out"
flags="${CFLAGS:--O1 -g -fsanitize=address,undefined}"
${CC:-cc} -w -DSQLITE_OS_OTHER=1 -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_TEMP_STORE=3 \
    -DSQLITE_MAX_MMAP_SIZE=0 -c "$sqlite/sqlite3.c" -o "$out/sqlite3.o"
for file in "$here/../src/bytes.c" "$here/../src/free.c" "$here/../src/problem.c" "$here/../src/vfs.c" "$here/files_native.c" "$here/test_vfs.c"; do
    ${CC:-cc} $flags -std=c11 -Wall -Wextra -Werror -I"$here/../src" -I"$here/../gen" -isystem "$sqlite" -c "$file" \
        -o "$out/$(basename "$file" .c).o"
done
${CC:-cc} $flags "$out"/*.o -lm -o "$out/test_vfs"
"$out/test_vfs"
