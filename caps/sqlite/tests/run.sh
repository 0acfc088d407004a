#!/bin/sh
# Builds and runs the native tests of the sqlite cap: run.sh OUTPUT_FOLDER SQLITE_SOURCE_FOLDER.
# $CC and $CFLAGS are honoured. SQLite itself is compiled as it comes: it is its system that is tested.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
extensions=$here/../../../cpython-ext
out=$1
sqlite=$2
mkdir -p "$out/files"
flags="${CFLAGS:--O1 -g -fsanitize=address,undefined}"
# SQLite has its own files, too; the cap's come after them, by a name of their own.
${CC:-cc} -w -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_TEMP_STORE=3 -DSQLITE_MAX_MMAP_SIZE=0 \
    -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_RTREE -DSQLITE_ENABLE_STAT4 \
    -c "$sqlite/sqlite3.c" -o "$out/sqlite3.o"
common=$here/../../common/tests
fuzz=$extensions/common/tests
for file in "$here"/../src/*.c "$here"/*.c "$common/handles_native.c"; do
    ${CC:-cc} $flags -std=c11 -Wall -Wextra -Werror -Dsqlite3_os_init=lent_os_init -Dsqlite3_os_end=lent_os_end \
        -I"$here/../src" -I"$here/../gen" -I"$common" -I"$extensions/_sqlite_cap/gen" -I"$extensions/common" -isystem "$sqlite" \
        -c "$file" -o "$out/$(basename "$file" .c).o"
done
${CC:-cc} $flags -std=c11 -I"$fuzz" -I"$extensions/common" -c "$fuzz/fuzz_driver.c" -o "$out/fuzz_driver.o"
cap=$out/consumer_native.o
for file in "$here"/../src/*.c; do
    cap="$cap $out/$(basename "$file" .c).o"
done
files="$out/consumer_native.o $out/bytes.o $out/free.o $out/problem.o $out/vfs.o $out/sqlite3.o"
${CC:-cc} $flags $files "$out/files_native.o" "$out/test_vfs.o" -lm -o "$out/test_vfs"
${CC:-cc} $flags $files "$out/files_lent.o" "$out/test_locks.o" -lm -o "$out/test_locks"
${CC:-cc} $flags $cap "$out/files_native.o" "$out/handles_native.o" "$out/bindings_native.o" "$out/fuzz_sqlite_cap.o" \
    "$out/fuzz_driver.o" "$out/sqlite3.o" -lm -o "$out/fuzz_sqlite_cap"
"$out/test_vfs"
"$out/test_locks" "$out/files"
"$out/fuzz_sqlite_cap" 3000 "$here/corpus.txt"
