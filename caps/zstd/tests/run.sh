#!/bin/sh
# Builds and runs the native tests of the zstd cap: run.sh OUTPUT_FOLDER ZSTD_SOURCE_FOLDER.
# $CC and $CFLAGS are honoured.
set -eu
common=$(cd "$(dirname "$0")" && pwd)/../../common/tests
sh "$common/build_library.sh" zstd "$1" "$2"
sh "$common/run_codec.sh" zstd "$1" -isystem "$2"
