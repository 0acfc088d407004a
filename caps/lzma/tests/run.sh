#!/bin/sh
# Builds and runs the native tests of the lzma cap: run.sh OUTPUT_FOLDER XZ_SOURCE_FOLDER.
# $CC and $CFLAGS are honoured.
set -eu
common=$(cd "$(dirname "$0")" && pwd)/../../common/tests
sh "$common/build_library.sh" xz "$1" "$2"
sh "$common/run_codec.sh" lzma "$1" -isystem "$2/liblzma/api"
