#!/bin/sh
# Builds and runs test_zlib_stream natively:
# run.sh OUTPUT_FOLDER ZLIB_SOURCE_FOLDER [ROUNDS [FIRST_SEED]].
# $CC and $CFLAGS are honoured.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
ext=$here/../..
common=$here/../../../common
cap=$here/../../../../caps/zlib
handles=$here/../../../../caps/common/tests
out=$1
zlib=$2
shift 2
mkdir -p "$out"
compile() { ${CC:-cc} ${CFLAGS:--O1 -g -fsanitize=address,undefined} -c "$@"; }
strict="-std=c11 -Wall -Wextra -Werror"

for name in adler32 crc32 deflate inffast inflate inftrees trees zutil; do
    compile -w -DHAVE_UNISTD_H -I"$zlib" "$zlib/$name.c" -o "$out/zlib_$name.o"
done
compile $strict -I"$cap/gen" -isystem "$zlib" "$cap/src/zlib_cap.c" -o "$out/cap.o"
compile $strict "$handles/handles_native.c" -o "$out/handles.o"
compile $strict -I"$cap/gen" -I"$cap/tests" -I"$handles" "$cap/tests/bindings_native.c" -o "$out/bindings.o"
compile $strict -I"$cap/gen" -I"$cap/tests" -I"$handles" -I"$ext/gen" "$here/bridge.c" -o "$out/bridge.o"
compile $strict -I"$ext" -I"$ext/gen" -I"$common" "$ext/zlib_stream.c" -o "$out/stream.o"
compile $strict -I"$ext" -I"$ext/gen" -I"$common" "$ext/zlib_checksum.c" -o "$out/checksum.o"
compile $strict -I"$common" "$common/link_error.c" -o "$out/link_error.o"
compile $strict -DDRIVER=ours -I"$ext" "$here/driver.c" -o "$out/ours.o"
compile $strict -DDRIVER=theirs -isystem "$zlib" "$here/driver.c" -o "$out/theirs.o"
compile $strict -I"$handles" "$here/test_zlib_stream.c" -o "$out/test.o"
${CC:-cc} ${CFLAGS:--O1 -g -fsanitize=address,undefined} "$out"/*.o -o "$out/test_zlib_stream"
"$out/test_zlib_stream" "$@"
