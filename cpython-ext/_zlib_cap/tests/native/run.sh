#!/bin/sh
# Builds and runs test_zlib_stream natively: run.sh OUTPUT_FOLDER ZLIB_SOURCE_FOLDER [ROUNDS [FIRST_SEED]].
# $CC and $CFLAGS are honoured.
set -eu
extensions=$(cd "$(dirname "$0")/../../.." && pwd)
out=$1
source=$2
shift 2
sh "$extensions/../caps/zlib/tests/build_zlib.sh" "$out" "$source"
sh "$extensions/common/tests/run_stream.sh" zlib "$out" "-isystem $source" "$@"
