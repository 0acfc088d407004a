#!/bin/sh
# Builds and runs the native tests of the bz2 cap: run.sh OUTPUT_FOLDER BZIP2_SOURCE_FOLDER.
# $CC and $CFLAGS are honoured.
set -eu
common=$(cd "$(dirname "$0")" && pwd)/../../common/tests
sh "$common/build_library.sh" bzip2 "$1" "$2"
sh "$common/run_codec.sh" bz2 "$1" -DBZ_NO_STDIO -isystem "$2"
