#!/bin/sh
# Builds and runs test_bz2_stream natively:
# run.sh OUTPUT_FOLDER BZIP2_SOURCE_FOLDER [ROUNDS [FIRST_SEED]].
# $CC and $CFLAGS are honoured.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
ext=$here/../..
common=$here/../../../common
cap=$here/../../../../caps/bz2
handles=$here/../../../../caps/common/tests
out=$1
bzip2=$2
shift 2
mkdir -p "$out"
compile() { ${CC:-cc} ${CFLAGS:--O1 -g -fsanitize=address,undefined} -DBZ_NO_STDIO -c "$@"; }
strict="-std=c11 -Wall -Wextra -Werror"

sh "$handles/build_library.sh" bzip2 "$out" "$bzip2"
compile $strict -I"$cap/gen" -isystem "$bzip2" "$cap/src/bz2_cap.c" -o "$out/cap.o"
compile $strict "$handles/handles_native.c" -o "$out/handles.o"
compile $strict -I"$cap/gen" -I"$cap/tests" -I"$handles" "$cap/tests/bindings_native.c" -o "$out/bindings.o"
compile $strict -I"$cap/gen" -I"$cap/tests" -I"$handles" -I"$ext/gen" "$here/bridge.c" -o "$out/bridge.o"
compile $strict -I"$ext" -I"$ext/gen" -I"$common" "$ext/bz2_stream.c" -o "$out/stream.o"
compile $strict -I"$common" "$common/link_error.c" -o "$out/link_error.o"
compile $strict -DDRIVER=ours -I"$ext" "$here/driver.c" -o "$out/ours.o"
compile $strict -DDRIVER=theirs -isystem "$bzip2" "$here/driver.c" -o "$out/theirs.o"
compile $strict -I"$handles" "$here/test_bz2_stream.c" -o "$out/test.o"
${CC:-cc} ${CFLAGS:--O1 -g -fsanitize=address,undefined} "$out"/*.o "$out/bzip2.a" -o "$out/test_bz2_stream"
"$out/test_bz2_stream" "$@"
