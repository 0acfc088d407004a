#!/bin/sh
# Builds and runs test_lzma_stream natively:
# run.sh OUTPUT_FOLDER XZ_SOURCE_FOLDER [ROUNDS [FIRST_SEED]].
# $CC and $CFLAGS are honoured.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
ext=$here/../..
common=$here/../../../common
cap=$here/../../../../caps/lzma
handles=$here/../../../../caps/common/tests
out=$1
xz=$2
mkdir -p "$out"
shift 2
compile() { ${CC:-cc} ${CFLAGS:--O1 -g -fsanitize=address,undefined} -c "$@"; }
strict="-std=c11 -Wall -Wextra -Werror"

sh "$handles/build_library.sh" xz "$out" "$xz"
compile $strict -I"$cap/gen" -isystem "$xz/liblzma/api" "$cap/src/lzma_cap.c" -o "$out/cap.o"
compile $strict "$handles/handles_native.c" -o "$out/handles.o"
compile $strict -I"$cap/gen" -I"$cap/tests" -I"$handles" "$cap/tests/bindings_native.c" -o "$out/bindings.o"
compile $strict -I"$cap/gen" -I"$cap/tests" -I"$handles" -I"$ext/gen" "$here/bridge.c" -o "$out/bridge.o"
compile $strict -I"$ext" -I"$ext/gen" -I"$common" "$ext/lzma_stream.c" -o "$out/stream.o"
compile $strict -I"$common" "$common/link_error.c" -o "$out/link_error.o"
compile $strict -DDRIVER=ours -I"$ext" "$here/driver.c" -o "$out/ours.o"
compile $strict -DDRIVER=theirs -isystem "$xz/liblzma/api" "$here/driver.c" -o "$out/theirs.o"
compile $strict -I"$handles" "$here/test_lzma_stream.c" -o "$out/test.o"
${CC:-cc} ${CFLAGS:--O1 -g -fsanitize=address,undefined} "$out"/*.o "$out/xz.a" -o "$out/test_lzma_stream"
"$out/test_lzma_stream" "$@"
