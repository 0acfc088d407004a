#!/bin/sh
# Builds and runs the native test of sqlite3.h over the contract, with the cap and SQLite behind it in one process:
# run.sh OUTPUT_FOLDER SQLITE_SOURCE_FOLDER. $CC and $CFLAGS are honoured.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
ext=$here/../..
common=$here/../../../common
cap=$here/../../../../caps/sqlite
handles=$here/../../../../caps/common/tests
out=$1
sqlite=$2
mkdir -p "$out/files"
compile() { ${CC:-cc} ${CFLAGS:--O1 -g -fsanitize=address,undefined} -c "$@"; }
strict="-std=c11 -Wall -Wextra -Werror"

# SQLite has its own files, too; the cap's come after them, by a name of their own.
${CC:-cc} -w -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_TEMP_STORE=3 -DSQLITE_MAX_MMAP_SIZE=0 \
    -DSQLITE_ENABLE_COLUMN_METADATA -c "$sqlite/sqlite3.c" -o "$out/sqlite3.o"
for file in "$cap"/src/*.c; do
    compile $strict -Dsqlite3_os_init=lent_os_init -Dsqlite3_os_end=lent_os_end -I"$cap/gen" -isystem "$sqlite" "$file" \
        -o "$out/cap_$(basename "$file" .c).o"
done
# The link shim of static, for pointers that are no handles.
sed -e '/sizeof(void \*) == 4/d' -e 's/(int32_t)(intptr_t)rep\b/new_handle(rep)/' \
    -e '/_destructor(/,/;/s/(intptr_t)handle\.__handle/drop_handle(handle.__handle)/' \
    -e 's/_destructor([a-z_]*_rep(handle))/_destructor(drop_handle(handle.__handle))/' \
    -e 's/(intptr_t)\([a-z]*\)\.__handle/representation_of(\1.__handle)/' "$ext/gen/sqlite_import_static.c" >"$out/shim.c"
compile -w -include "$handles/handles_native.h" -I"$ext/gen" -I"$cap/gen" "$out/shim.c" -o "$out/shim.o"
compile $strict "$handles/handles_native.c" -o "$out/handles.o"
compile $strict -I"$common" "$common/link_error.c" -o "$out/link_error.o"
for file in "$ext"/sqlite3_*.c; do
    compile $strict -DENOTCAPABLE=1000 -I"$ext" -I"$ext/gen" -I"$common" "$file" \
        -o "$out/ext_$(basename "$file" .c).o"
done
compile $strict -I"$ext" -I"$ext/gen" -I"$common" -I"$handles" "$here/test_layer.c" -o "$out/test.o"
${CC:-cc} ${CFLAGS:--O1 -g -fsanitize=address,undefined} "$out"/*.o -lm -o "$out/test_layer"
"$out/test_layer" "$out/files"
