#!/bin/sh
# Builds and runs the native tests of the lzma cap: run.sh OUTPUT_FOLDER XZ_SOURCE_FOLDER.
# $CC and $CFLAGS are honoured.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
xz=$2
mkdir -p "$out"
flags=${CFLAGS:--O1 -g -fsanitize=address,undefined}
compile() { ${CC:-cc} $flags -c "$@"; }
common=$here/../../common/tests
fuzz=$here/../../../cpython-ext/common/tests
strict="-std=c11 -Wall -Wextra -Werror -I$here/../gen -I$common"

sh "$common/build_library.sh" xz "$out" "$xz"
compile $strict -isystem "$xz/liblzma/api" "$here/../src/lzma_cap.c" -o "$out/cap.o"
compile $strict "$common/handles_native.c" -o "$out/handles.o"
compile $strict "$here/bindings_native.c" -o "$out/bindings.o"
compile $strict "$here/test_lzma_cap.c" -o "$out/test.o"
mkdir -p "$out/fuzz"
compile $strict "$here/fuzz_lzma_cap.c" -o "$out/fuzz/target.o"
compile -std=c11 -I"$fuzz" -I"$fuzz/.." "$fuzz/fuzz_driver.c" -o "$out/fuzz/driver.o"
${CC:-cc} $flags -Wl,--wrap=malloc,--wrap=calloc "$out"/*.o "$out/xz.a" -o "$out/test_lzma_cap"
"$out/test_lzma_cap"
${CC:-cc} $flags "$out"/fuzz/*.o "$out/cap.o" "$out/handles.o" "$out/bindings.o" "$out/xz.a" -o "$out/fuzz_lzma_cap"
"$out/fuzz_lzma_cap" 3000 "$here/corpus.txt"
