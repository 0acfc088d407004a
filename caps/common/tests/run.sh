#!/bin/sh
# Builds and runs the native tests of the endpoint: run.sh OUTPUT_FOLDER [FUZZ_RUNS]. $CC and $CFLAGS are honoured.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cbor=$here/../../../cpython-ext/common
out=$1
mkdir -p "$out"
compile() { ${CC:-cc} ${CFLAGS:--O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all} -std=c11 -D_GNU_SOURCE "$@"; }
strict="-Wall -Wextra -Werror -I$here/.. -I$cbor -I$cbor/tests -isystem $here/../gen"

compile -w -c "$here/../gen/provider.c" -o "$out/provider.o"
objects=$out/provider.o
for file in "$here"/../endpoint*.c "$cbor"/cbor*.c "$cbor/link_handles.c"; do
    object=$out/$(basename "$file" .c).o
    compile $strict -DENDPOINT_MAX_REPLY=1048576 -c "$file" -o "$object"
    objects="$objects $object"
done

for test in test_endpoint test_endpoint_handles; do
    compile $strict "$here/$test.c" $objects -o "$out/$test"
    "$out/$test"
done
compile $strict "$here/fuzz_endpoint.c" "$cbor/tests/fuzz_driver.c" $objects -o "$out/fuzz_endpoint"
"$out/fuzz_endpoint" "${2:-20000}" "$here/corpus.txt"
compile $strict "$here/fuzz_answer.c" "$cbor/tests/fuzz_driver.c" $objects -o "$out/fuzz_answer"
"$out/fuzz_answer" "${2:-20000}" "$here/answers.txt"
