# liblzma for native tests, of the sources that its recipe names: build_liblzma.sh OUTPUT_FOLDER XZ_SOURCE_FOLDER makes
# OUTPUT_FOLDER/liblzma.a. Sets $xz_include. Sourced by the run.sh of the cap and of the extension.
recipe=$(cd "$(dirname "$0")" && while [ ! -d vendor ]; do cd ..; done && pwd)/vendor/xz
xz_include="-isystem $2/liblzma/api"
mkdir -p "$1/xz"
(
    cd "$1/xz"
    for folder in $(sed -n '/^include/,/^]/s/^    "\(.*\)",$/\1/p' "$recipe/vendor.toml"); do
        set -- "$@" "-I$2/$folder"
    done
    sources=$2
    shift 2
    sed -n '/^sources/,/^]/s/^    "\(.*\)",$/\1/p' "$recipe/vendor.toml" | sed "s|^|$sources/|" |
        xargs -n 15 -P "$(nproc)" ${CC:-cc} ${CFLAGS:--O1 -g -fsanitize=address,undefined} -w -DHAVE_CONFIG_H \
            "-I$recipe/include" "$@" -c
    ar rcs ../liblzma.a ./*.o
)
