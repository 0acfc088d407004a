#!/bin/sh
# Builds and runs the native tests of the shared C: run.sh OUTPUT_FOLDER [FUZZ_RUNS]. $CC and $CFLAGS are honoured.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
endpoint=$here/../../../caps/common
out=$1
runs=${2:-20000}
mkdir -p "$out"
compile() { ${CC:-cc} ${CFLAGS:--O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all} -std=c11 -D_GNU_SOURCE "$@"; }
strict="-Wall -Wextra -Werror -I$here/.. -I$endpoint -I$endpoint/tests -isystem $here/../gen -isystem $endpoint/gen"

compile $strict "$here/test_cbor.c" -lm -o "$out/test_cbor"
"$out/test_cbor"

cbor=
for file in "$here"/../cbor*.c; do
    object=$out/$(basename "$file" .c).o
    compile $strict -c "$file" -o "$object"
    cbor="$cbor $object"
done
compile $strict "$here/test_corpus.c" $cbor -o "$out/test_corpus"
"$out/test_corpus" "$here/corpus"
compile $strict "$here/fuzz_cbor.c" "$here/fuzz_driver.c" $cbor -o "$out/fuzz_cbor"
"$out/fuzz_cbor" "$runs" "$here/corpus/accepted.txt" "$here/corpus/refused.txt"

compile -w -c "$here/../gen/dynlink_import.c" -o "$out/dynlink_import.o"
compile -w -c "$endpoint/gen/provider.c" -o "$out/provider.o"
provider=$out/provider.o
for file in "$endpoint"/endpoint*.c; do
    object=$out/$(basename "$file" .c).o
    compile $strict -c "$file" -o "$object"
    provider="$provider $object"
done
link=
for file in link link_call link_error link_handles; do
    compile $strict -c "$here/../$file.c" -o "$out/$file.o"
    link="$link $out/$file.o"
done
compile $strict "$here/test_link.c" $cbor $provider "$out/dynlink_import.o" $link -o "$out/test_link"
"$out/test_link"

# The endpoint's part of a consumer that is asked.
answer=$out/link_answer.o
compile $strict -c "$here/../link_answer.c" -o "$answer"
for part in dispatch error handles tokens; do
    answer="$answer $out/endpoint_$part.o"
done
compile $strict "$here/test_answer.c" $cbor $answer "$out/dynlink_import.o" $link -o "$out/test_answer"
"$out/test_answer"
compile $strict "$here/fuzz_question.c" "$here/fuzz_driver.c" $cbor $answer "$out/dynlink_import.o" $link \
    -o "$out/fuzz_question"
"$out/fuzz_question" "$runs" "$here/corpus/questions.txt"

zlib=$here/../../_zlib_cap/gen
compile $strict -isystem "$zlib" "$here/fuzz_reply.c" "$here/fuzz_driver.c" "$zlib/zlib_import_dynlink.c" $cbor \
    "$out/dynlink_import.o" $link -o "$out/fuzz_reply"
"$out/fuzz_reply" "$runs" "$here/corpus/replies.txt"
