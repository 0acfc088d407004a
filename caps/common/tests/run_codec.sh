# What run.sh of codec caps have in common: run_codec.sh CAP OUTPUT_FOLDER FLAGS.. compiles the cap with the flags, its
# tests/test_CAP_cap.c and, where there is one, tests/fuzz_CAP_cap.c, links each with OUTPUT_FOLDER/*.a and runs it.
# $CC and $CFLAGS are honoured.
set -eu
common=$(cd "$(dirname "$0")" && pwd)
name=$1
out=$2
shift 2
cap=$common/../../$name
fuzz=$common/../../../cpython-ext/common/tests
flags=${CFLAGS:--O1 -g -fsanitize=address,undefined}
compile() { ${CC:-cc} $flags -c "$@"; }
strict="-std=c11 -Wall -Wextra -Werror -I$cap/gen -I$common"

mkdir -p "$out/cap"
for file in "$cap"/src/*.c "$cap/tests/bindings_native.c" "$common/handles_native.c"; do
    compile $strict "$@" "$file" -o "$out/cap/$(basename "$file" .c).o"
done
compile $strict "$cap/tests/test_${name}_cap.c" -o "$out/test.o"
${CC:-cc} $flags -Wl,--wrap=malloc,--wrap=calloc "$out/test.o" "$out"/cap/*.o "$out"/*.a -o "$out/test_${name}_cap"
"$out/test_${name}_cap"

[ -f "$cap/tests/fuzz_${name}_cap.c" ] || exit 0
compile $strict "$cap/tests/fuzz_${name}_cap.c" -o "$out/fuzz.o"
compile -std=c11 -I"$fuzz" -I"$fuzz/.." "$fuzz/fuzz_driver.c" -o "$out/fuzz_driver.o"
${CC:-cc} $flags "$out/fuzz.o" "$out/fuzz_driver.o" "$out"/cap/*.o "$out"/*.a -o "$out/fuzz_${name}_cap"
"$out/fuzz_${name}_cap" 3000 "$cap/tests/corpus.txt"
