# What run.sh of codec extensions have in common: run_stream.sh CAP OUTPUT_FOLDER LIBRARY_FLAGS [ROUNDS [FIRST_SEED]]
# compiles the extension's C over the cap's, and the library of OUTPUT_FOLDER/*.a, and compares the two by
# test_CAP_stream.c. $CC and $CFLAGS are honoured.
set -eu
name=$1
out=$2
library=$3
shift 3
common=$(cd "$(dirname "$0")/.." && pwd)
ext=$common/../_${name}_cap
cap=$common/../../caps/$name
native=$common/../../caps/common/tests
flags=${CFLAGS:--O1 -g -fsanitize=address,undefined}
compile() { ${CC:-cc} $flags -std=c11 -Wall -Wextra -Werror -c "$@"; }
bindings="-I$cap/gen -I$cap/tests -I$native"

compile -I"$cap/gen" $library "$cap/src/${name}_cap.c" -o "$out/cap.o"
compile "$native/handles_native.c" -o "$out/handles.o"
compile $bindings "$cap/tests/bindings_native.c" -o "$out/bindings.o"
compile $bindings -I"$ext/gen" "$ext/tests/native/bridge.c" -o "$out/bridge.o"
for file in "$ext"/*.c "$common/link_error.c"; do
    compile -I"$ext" -I"$ext/gen" -I"$common" "$file" -o "$out/$(basename "$file" .c).o"
done
compile -DDRIVER=ours -I"$ext" "$ext/tests/native/driver.c" -o "$out/ours.o"
compile -DDRIVER=theirs $library "$ext/tests/native/driver.c" -o "$out/theirs.o"
compile -I"$native" "$ext/tests/native/test_${name}_stream.c" -o "$out/test.o"
${CC:-cc} $flags "$out"/*.o "$out"/*.a -o "$out/test_${name}_stream"
"$out/test_${name}_stream" "$@"
