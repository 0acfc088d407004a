#!/bin/sh
# Builds and runs the native tests of cabi_realloc.c: run.sh OUTPUT_FOLDER. $CC and $CFLAGS are honoured.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
mkdir -p "$out"
compile() { ${CC:-cc} ${CFLAGS:--O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all} -std=c11 "$@"; }
strict="-Wall -Wextra -Werror -I$here/.. -I$here/../../../../cpython-ext/common/tests"

compile $strict -Dmalloc=memory_malloc -Dabort=memory_abort -D__real_realloc=memory_realloc -D__real_free=memory_free \
    -c "$here/../cabi_realloc.c" -o "$out/cabi_realloc.o"
compile $strict "$here/test_cabi_realloc.c" "$out/cabi_realloc.o" -o "$out/test_cabi_realloc"
"$out/test_cabi_realloc"
