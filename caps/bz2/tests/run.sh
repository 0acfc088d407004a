#!/bin/sh
# Builds and runs the native tests of the bz2 cap: run.sh OUTPUT_FOLDER BZIP2_SOURCE_FOLDER.
# $CC and $CFLAGS are honoured.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
bzip2=$2
mkdir -p "$out"
flags=${CFLAGS:--O1 -g -fsanitize=address,undefined}
compile() { ${CC:-cc} $flags -DBZ_NO_STDIO -c "$@"; }
common=$here/../../common/tests
fuzz=$here/../../../cpython-ext/common/tests
strict="-std=c11 -Wall -Wextra -Werror -I$here/../gen -I$common"

sh "$common/build_library.sh" bzip2 "$out" "$bzip2"
compile $strict -isystem "$bzip2" "$here/../src/bz2_cap.c" -o "$out/cap.o"
compile $strict "$common/handles_native.c" -o "$out/handles.o"
compile $strict "$here/bindings_native.c" -o "$out/bindings.o"
compile $strict "$here/test_bz2_cap.c" -o "$out/test.o"
mkdir -p "$out/fuzz"
compile $strict "$here/fuzz_bz2_cap.c" -o "$out/fuzz/target.o"
compile -std=c11 -I"$fuzz" -I"$fuzz/.." "$fuzz/fuzz_driver.c" -o "$out/fuzz/driver.o"
${CC:-cc} $flags -Wl,--wrap=malloc,--wrap=calloc "$out"/*.o "$out/bzip2.a" -o "$out/test_bz2_cap"
"$out/test_bz2_cap"
${CC:-cc} $flags "$out"/fuzz/*.o "$out/cap.o" "$out/handles.o" "$out/bindings.o" "$out/bzip2.a" -o "$out/fuzz_bz2_cap"
"$out/fuzz_bz2_cap" 3000 "$here/corpus.txt"
