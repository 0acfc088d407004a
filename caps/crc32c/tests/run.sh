#!/bin/sh
# Builds and runs the native tests of the crc32c cap: run.sh OUTPUT_FOLDER. $CC and $CFLAGS are honoured.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
mkdir -p "$out"
${CC:-cc} ${CFLAGS:--O1 -g -fsanitize=address,undefined} -std=c11 -Wall -Wextra -Werror -I"$here/../src" \
    "$here/test_crc32c.c" "$here/../src/crc32c.c" -o "$out/test_crc32c"
"$out/test_crc32c"
