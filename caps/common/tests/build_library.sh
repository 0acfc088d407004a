# A vendor library for native tests, of what its recipe names: build_library.sh NAME OUTPUT_FOLDER SOURCE_FOLDER makes
# OUTPUT_FOLDER/NAME.a. $CC and $CFLAGS are honoured. One that is in the folder $PYLON_NATIVE is taken from there.
set -eu
name=$1
out=$2
source=$3
if [ -f "${PYLON_NATIVE:-}/$name.a" ]; then
    mkdir -p "$out"
    cp "$PYLON_NATIVE/$name.a" "$out"
    exit
fi
recipe=$(cd "$(dirname "$0")/../../.." && pwd)/vendor/$name
# The elements of a list of strings, in one line or one a line.
list() { tr '\n' ' ' <"$recipe/vendor.toml" | sed -n "s/.* $1 = \[\([^]]*\)\].*/\1/p" | tr -d '",'; }

set -- -w "-I$recipe/include"
for folder in $(list include); do
    set -- "$@" "-I$source/$folder"
done
for define in $(list defines); do
    set -- "$@" "-D$define"
done
mkdir -p "$out/$name"
cd "$out/$name"
for pattern in $(list sources); do
    for file in "$source"/$pattern; do
        echo "$file"
    done
done | xargs -n 15 -P "$(nproc)" ${CC:-cc} ${CFLAGS:--O1 -g -fsanitize=address,undefined} "$@" -c
ar rcs "../$name.a" ./*.o
