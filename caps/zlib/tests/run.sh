#!/bin/sh
# Builds and runs the native tests of the zlib cap: run.sh OUTPUT_FOLDER ZLIB_SOURCE_FOLDER.
# $CC and $CFLAGS are honoured.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sh "$here/build_zlib.sh" "$1" "$2"
sh "$here/../../common/tests/run_codec.sh" zlib "$1" -isystem "$2"
