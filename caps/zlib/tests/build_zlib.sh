# zlib for native tests: build_zlib.sh OUTPUT_FOLDER SOURCE_FOLDER makes OUTPUT_FOLDER/zlib.a. $CC and $CFLAGS are honoured.
# Not by build_library.sh: the recipe has UNALIGNED_OK, which sanitizers refuse.
set -eu
mkdir -p "$1/zlib"
for name in adler32 crc32 deflate inffast inflate inftrees trees zutil; do
    ${CC:-cc} ${CFLAGS:--O1 -g -fsanitize=address,undefined} -w -DHAVE_UNISTD_H -I"$2" -c "$2/$name.c" \
        -o "$1/zlib/$name.o"
done
ar rcs "$1/zlib.a" "$1"/zlib/*.o
