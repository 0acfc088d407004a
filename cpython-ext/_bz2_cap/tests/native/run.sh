#!/bin/sh
# Builds and runs test_bz2_stream natively: run.sh OUTPUT_FOLDER BZIP2_SOURCE_FOLDER [ROUNDS [FIRST_SEED]].
# $CC and $CFLAGS are honoured.
set -eu
extensions=$(cd "$(dirname "$0")/../../.." && pwd)
out=$1
source=$2
shift 2
sh "$extensions/../caps/common/tests/build_library.sh" bzip2 "$out" "$source"
sh "$extensions/common/tests/run_stream.sh" bz2 "$out" "-DBZ_NO_STDIO -isystem $source" "$@"
