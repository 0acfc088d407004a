#!/bin/sh
# Builds and runs test_lzma_stream natively: run.sh OUTPUT_FOLDER XZ_SOURCE_FOLDER [ROUNDS [FIRST_SEED]].
# $CC and $CFLAGS are honoured.
set -eu
extensions=$(cd "$(dirname "$0")/../../.." && pwd)
out=$1
source=$2
shift 2
sh "$extensions/../caps/common/tests/build_library.sh" xz "$out" "$source"
sh "$extensions/common/tests/run_stream.sh" lzma "$out" "-isystem $source/liblzma/api" "$@"
