#!/bin/sh
# Builds and runs the native tests of the zlib cap: run.sh OUTPUT_FOLDER ZLIB_SOURCE_FOLDER.
# $CC and $CFLAGS are honoured.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
zlib=$2
mkdir -p "$out"
compile() { ${CC:-cc} ${CFLAGS:--O1 -g -fsanitize=address,undefined} -c "$@"; }
common=$here/../../common/tests
strict="-std=c11 -Wall -Wextra -Werror -I$here/../gen -I$common"

for name in adler32 crc32 deflate inffast inflate inftrees trees zutil; do
    compile -w -DHAVE_UNISTD_H -I"$zlib" "$zlib/$name.c" -o "$out/zlib_$name.o"
done
compile $strict -isystem "$zlib" "$here/../src/zlib_cap.c" -o "$out/cap.o"
compile $strict "$common/handles_native.c" -o "$out/handles.o"
compile $strict "$here/bindings_native.c" -o "$out/bindings.o"
compile $strict "$here/test_zlib_cap.c" -o "$out/test.o"
${CC:-cc} ${CFLAGS:--O1 -g -fsanitize=address,undefined} "$out"/*.o -o "$out/test_zlib_cap"
"$out/test_zlib_cap"
