#!/bin/sh
# Builds and runs the native tests of the zstd cap: run.sh OUTPUT_FOLDER ZSTD_SOURCE_FOLDER.
# $CC and $CFLAGS are honoured.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
zstd=$2
mkdir -p "$out"
flags=${CFLAGS:--O1 -g -fsanitize=address,undefined}
compile() { ${CC:-cc} $flags -c "$@"; }
common=$here/../../common/tests
fuzz=$here/../../../cpython-ext/common/tests
strict="-std=c11 -Wall -Wextra -Werror -I$here/../gen -I$common"

sh "$common/build_library.sh" zstd "$out" "$zstd"
for name in cap dictionary; do
    compile $strict -isystem "$zstd" "$here/../src/zstd_$name.c" -o "$out/$name.o"
done
compile $strict "$common/handles_native.c" -o "$out/handles.o"
compile $strict "$here/bindings_native.c" -o "$out/bindings.o"
compile $strict "$here/test_zstd_cap.c" -o "$out/test.o"
mkdir -p "$out/fuzz"
compile $strict "$here/fuzz_zstd_cap.c" -o "$out/fuzz/target.o"
compile -std=c11 -I"$fuzz" -I"$fuzz/.." "$fuzz/fuzz_driver.c" -o "$out/fuzz/driver.o"
${CC:-cc} $flags -Wl,--wrap=malloc,--wrap=calloc "$out"/*.o "$out/zstd.a" -o "$out/test_zstd_cap"
"$out/test_zstd_cap"
${CC:-cc} $flags "$out"/fuzz/*.o "$out/cap.o" "$out/dictionary.o" "$out/handles.o" "$out/bindings.o" "$out/zstd.a" -o "$out/fuzz_zstd_cap"
"$out/fuzz_zstd_cap" 3000 "$here/corpus.txt"
