/* Dictionaries of the zstd cap, which streams share, and what all files of the cap report errors by. */
#ifndef PYLON_ZSTD_DICTIONARY_H
#define PYLON_ZSTD_DICTIONARY_H

#include <stdbool.h>

#include "zstd.h"
#include "zstd_cap.h"
#include "zstd_errors.h"

typedef exports_zstd_compression_streams_error_code_t error_code_t;
typedef exports_zstd_compression_streams_dictionary_t dictionary_t;

struct digested;

struct exports_zstd_compression_streams_dictionary_t {
    size_t holders; /* its handle, and streams that use it: libzstd keeps pointers into it */
    struct digested *to_compress; /* one for each level */
    ZSTD_DDict *to_decompress;
    zstd_cap_list_u8_t content;
};

/* Whether libzstd's answer is an error, whose code is then set. */
static inline bool
failed(size_t answer, error_code_t *failure)
{
    if (!ZSTD_isError(answer))
        return false;
    *failure = (error_code_t)ZSTD_getErrorCode(answer);
    return true;
}

static inline bool
refuse(ZSTD_ErrorCode code, error_code_t *failure)
{
    *failure = (error_code_t)code;
    return false;
}

/* Ends a use of a dictionary, if it is not null; the last one frees it. */
void release_dictionary(dictionary_t *dictionary);

/* What a stream uses from now on, `dictionary`, in place of what it did. */
void use_from_now_on(dictionary_t **used, dictionary_t *dictionary);

/* Digested at this level, once; the dictionary's. Null if it cannot be. */
const ZSTD_CDict *digested_to_compress(dictionary_t *dictionary, int level);
const ZSTD_DDict *digested_to_decompress(dictionary_t *dictionary);

/* Why libzstd has made nothing of a dictionary: it is damaged, or memory was full. libzstd calls both a lack of memory. */
ZSTD_ErrorCode why_no_compressor(const dictionary_t *dictionary);
ZSTD_ErrorCode why_no_decompressor(const dictionary_t *dictionary);

#endif
