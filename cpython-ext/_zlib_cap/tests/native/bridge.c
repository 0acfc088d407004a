/* The import side of the bindings over the export side, in one native process: what a composition does in wasm.
 *
 * Arguments are copied, because an importer keeps what it passes and an exporter frees what it gets; results are the
 * importer's to free. Both sides' structs have the same layout (asserted here), so that they can be cast.
 */
#include <stdlib.h>
#include <string.h>

#include "bindings_native.h"
#include "zlib_import.h"

#define SAME_LAYOUT(name) \
    _Static_assert(sizeof(zlib_compression_streams_##name) == sizeof(exports_zlib_compression_streams_##name), #name)
SAME_LAYOUT(failure_t);
SAME_LAYOUT(progress_t);
SAME_LAYOUT(own_deflater_t);
SAME_LAYOUT(own_inflater_t);

#define IMPORT(name) zlib_compression_streams_##name
#define EXPORT(name) exports_zlib_compression_streams_##name

static zlib_cap_list_u8_t
copied(const zlib_import_list_u8_t *list)
{
    return new_list(list->ptr, list->len);
}

bool IMPORT(static_deflater_create)(int32_t level, int32_t compression_method, int32_t window_bits, int32_t mem_level,
                                    IMPORT(strategy_t) match_strategy, IMPORT(own_deflater_t) *created,
                                    IMPORT(failure_t) *failure)
{
    return EXPORT(static_deflater_create)(level, compression_method, window_bits, mem_level, match_strategy,
                                          (EXPORT(own_deflater_t) *)created, (EXPORT(failure_t) *)failure);
}

bool IMPORT(method_deflater_set_dictionary)(IMPORT(borrow_deflater_t) deflater, zlib_import_list_u8_t *dictionary,
                                            uint32_t *checksum, IMPORT(failure_t) *failure)
{
    zlib_cap_list_u8_t copy = copied(dictionary);
    return EXPORT(method_deflater_set_dictionary)(representation_of(deflater.__handle), &copy, checksum,
                                                  (EXPORT(failure_t) *)failure);
}

void IMPORT(method_deflater_step)(IMPORT(borrow_deflater_t) deflater, zlib_import_list_u8_t *input, uint32_t max_output,
                                  IMPORT(flush_mode_t) flush, IMPORT(progress_t) *progress)
{
    zlib_cap_list_u8_t copy = copied(input);
    EXPORT(method_deflater_step)(representation_of(deflater.__handle), &copy, max_output, flush,
                                 (EXPORT(progress_t) *)progress);
}

bool IMPORT(method_deflater_copy)(IMPORT(borrow_deflater_t) deflater, IMPORT(own_deflater_t) *copy,
                                  IMPORT(failure_t) *failure)
{
    return EXPORT(method_deflater_copy)(representation_of(deflater.__handle), (EXPORT(own_deflater_t) *)copy,
                                        (EXPORT(failure_t) *)failure);
}

bool IMPORT(static_inflater_create)(int32_t window_bits, IMPORT(own_inflater_t) *created, IMPORT(failure_t) *failure)
{
    return EXPORT(static_inflater_create)(window_bits, (EXPORT(own_inflater_t) *)created, (EXPORT(failure_t) *)failure);
}

bool IMPORT(method_inflater_set_dictionary)(IMPORT(borrow_inflater_t) inflater, zlib_import_list_u8_t *dictionary,
                                            IMPORT(failure_t) *failure)
{
    zlib_cap_list_u8_t copy = copied(dictionary);
    return EXPORT(method_inflater_set_dictionary)(representation_of(inflater.__handle), &copy,
                                                  (EXPORT(failure_t) *)failure);
}

void IMPORT(method_inflater_step)(IMPORT(borrow_inflater_t) inflater, zlib_import_list_u8_t *input, uint32_t max_output,
                                  IMPORT(flush_mode_t) flush, IMPORT(progress_t) *progress)
{
    zlib_cap_list_u8_t copy = copied(input);
    EXPORT(method_inflater_step)(representation_of(inflater.__handle), &copy, max_output, flush,
                                 (EXPORT(progress_t) *)progress);
}

bool IMPORT(method_inflater_copy)(IMPORT(borrow_inflater_t) inflater, IMPORT(own_inflater_t) *copy,
                                  IMPORT(failure_t) *failure)
{
    return EXPORT(method_inflater_copy)(representation_of(inflater.__handle), (EXPORT(own_inflater_t) *)copy,
                                        (EXPORT(failure_t) *)failure);
}

IMPORT(borrow_deflater_t)
IMPORT(borrow_deflater)(IMPORT(own_deflater_t) own)
{
    return (IMPORT(borrow_deflater_t)){own.__handle};
}

IMPORT(borrow_inflater_t)
IMPORT(borrow_inflater)(IMPORT(own_inflater_t) own)
{
    return (IMPORT(borrow_inflater_t)){own.__handle};
}

void IMPORT(deflater_drop_own)(IMPORT(own_deflater_t) own)
{
    EXPORT(deflater_drop_own)((EXPORT(own_deflater_t)){own.__handle});
}

void IMPORT(inflater_drop_own)(IMPORT(own_inflater_t) own)
{
    EXPORT(inflater_drop_own)((EXPORT(own_inflater_t)){own.__handle});
}

void IMPORT(failure_free)(IMPORT(failure_t) *failure)
{
    EXPORT(failure_free)((EXPORT(failure_t) *)failure);
}

void IMPORT(progress_free)(IMPORT(progress_t) *progress)
{
    EXPORT(progress_free)((EXPORT(progress_t) *)progress);
}

bool IMPORT(reserve)(uint32_t bytes)
{
    return EXPORT(reserve)(bytes);
}

void IMPORT(library_version)(zlib_import_string_t *version)
{
    EXPORT(library_version)((zlib_cap_string_t *)version);
}

void
zlib_import_string_free(zlib_import_string_t *string)
{
    zlib_cap_string_free((zlib_cap_string_t *)string);
}

uint32_t
zlib_compression_checksum_crc32(uint32_t value, zlib_import_list_u8_t *data)
{
    zlib_cap_list_u8_t copy = copied(data);
    return exports_zlib_compression_checksum_crc32(value, &copy);
}

uint32_t
zlib_compression_checksum_adler32(uint32_t value, zlib_import_list_u8_t *data)
{
    zlib_cap_list_u8_t copy = copied(data);
    return exports_zlib_compression_checksum_adler32(value, &copy);
}

uint32_t
zlib_compression_checksum_crc32_combine(uint32_t first, uint32_t second, uint64_t second_length)
{
    return exports_zlib_compression_checksum_crc32_combine(first, second, second_length);
}

uint32_t
zlib_compression_checksum_adler32_combine(uint32_t first, uint32_t second, uint64_t second_length)
{
    return exports_zlib_compression_checksum_adler32_combine(first, second, second_length);
}
