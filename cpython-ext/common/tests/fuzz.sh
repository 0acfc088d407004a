#!/bin/sh
# Fuzzes the shared C with libFuzzer:
#
#     fuzz.sh OUTPUT_FOLDER SECONDS cbor|reply|question|answer|endpoint
#     fuzz.sh OUTPUT_FOLDER SECONDS contract ARGUMENTS: a generated endpoint, with the cap behind it. ARGUMENTS are the C
#         files and include folders: -Icaps/crc32c/gen caps/crc32c/gen/crc32c_cap_endpoint.c caps/crc32c/src/*.c
#
# $CC is a clang that has libFuzzer for this machine (Debian: clang-22 with libclang-rt-22-dev). The inputs found
# stay in OUTPUT_FOLDER/corpus-TARGET; what a failure teaches goes into the corpus files as a line of hex.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
endpoint=$here/../../../caps/common
out=$1
seconds=$2
target=$3
shift 3
compile() { ${CC:-clang} -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -std=c11 -D_GNU_SOURCE \
    -I"$here" -I"$here/.." -I"$endpoint" -I"$endpoint/tests" -isystem "$endpoint/gen" "$@"; }

# Each line of hex in the files becomes a file in the folder.
seeds() {
    folder=$1
    shift
    mkdir -p "$folder"
    number=0
    cat "$@" | while IFS= read -r line; do
        hex=$(printf '%s' "$line" | sed -n 's/^\([0-9a-f][0-9a-f]*\).*/\1/p' | sed 's/../\\x&/g')
        number=$((number + 1))
        [ -z "$hex" ] || env printf "$hex" >"$folder/seed-$number"
    done
}

mkdir -p "$out"
case $target in
cbor)
    seeds "$out/corpus-cbor" "$here/corpus/accepted.txt" "$here/corpus/refused.txt"
    compile "$here/fuzz_cbor.c" "$here"/../cbor*.c -o "$out/fuzz_cbor"
    ;;
reply)
    zlib=$here/../../_zlib_cap/gen
    seeds "$out/corpus-reply" "$here/corpus/replies.txt"
    compile -w -I"$zlib" -isystem "$here/../gen" "$here/fuzz_reply.c" "$zlib/zlib_import_dynlink.c" \
        "$here/../gen/dynlink_import.c" "$here/../link.c" "$here/../link_call.c" "$here/../link_error.c" \
        "$here/../link_handles.c" "$here"/../cbor*.c -o "$out/fuzz_reply"
    ;;
question)
    seeds "$out/corpus-question" "$here/corpus/questions.txt"
    compile -w -isystem "$here/../gen" "$here/fuzz_question.c" "$here/../link_answer.c" \
        "$endpoint"/endpoint_dispatch.c "$endpoint"/endpoint_error.c "$endpoint"/endpoint_handles.c \
        "$endpoint"/endpoint_tokens.c "$here/../gen/dynlink_import.c" "$here/../link.c" "$here/../link_call.c" \
        "$here/../link_error.c" "$here/../link_handles.c" "$here"/../cbor*.c -o "$out/fuzz_question"
    ;;
answer)
    seeds "$out/corpus-answer" "$endpoint/tests/answers.txt"
    compile -w "$endpoint/tests/fuzz_answer.c" "$endpoint"/endpoint*.c "$endpoint/gen/provider.c" "$here"/../cbor*.c \
        "$here/../link_handles.c" -o "$out/fuzz_answer"
    ;;
endpoint | contract)
    seeds "$out/corpus-$target" "$endpoint/tests/corpus.txt"
    [ "$target" = endpoint ] || set -- -DCONTRACT "$@"
    compile -w "$@" "$endpoint/tests/fuzz_endpoint.c" "$endpoint"/endpoint*.c "$endpoint/gen/provider.c" \
        "$here"/../cbor*.c "$here/../link_handles.c" -o "$out/fuzz_$target"
    ;;
*)
    echo "there is no target $target" >&2
    exit 2
    ;;
esac
"$out/fuzz_$target" -max_total_time="$seconds" -max_len=1024 -timeout=10 -print_final_stats=1 \
    -artifact_prefix="$out/" "$out/corpus-$target"
