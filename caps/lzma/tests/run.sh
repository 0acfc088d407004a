#!/bin/sh
# Builds and runs the native tests of the lzma cap: run.sh OUTPUT_FOLDER XZ_SOURCE_FOLDER.
# $CC and $CFLAGS are honoured.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
mkdir -p "$out"
. "$here/build_liblzma.sh"
flags=${CFLAGS:--O1 -g -fsanitize=address,undefined}
compile() { ${CC:-cc} $flags -c "$@"; }
common=$here/../../common/tests
strict="-std=c11 -Wall -Wextra -Werror -I$here/../gen -I$common"

compile $strict $xz_include "$here/../src/lzma_cap.c" -o "$out/cap.o"
compile $strict "$common/handles_native.c" -o "$out/handles.o"
compile $strict "$here/bindings_native.c" -o "$out/bindings.o"
compile $strict "$here/test_lzma_cap.c" -o "$out/test.o"
${CC:-cc} $flags -Wl,--wrap=malloc,--wrap=calloc "$out"/*.o "$out/liblzma.a" -o "$out/test_lzma_cap"
"$out/test_lzma_cap"
