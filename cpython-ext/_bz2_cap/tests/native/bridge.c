/* The import side of the bindings over the export side, in one native process: what a composition does in wasm.
 *
 * Arguments are copied, because an importer keeps what it passes and an exporter frees what it gets; results are the
 * importer's to free. Both sides' structs have the same layout (asserted here), so that they can be cast.
 */
#include "bindings_native.h"
#include "bz2_import.h"

#define SAME_LAYOUT(name) \
    _Static_assert(sizeof(bzip2_compression_streams_##name) == sizeof(exports_bzip2_compression_streams_##name), #name)
SAME_LAYOUT(status_t);
SAME_LAYOUT(progress_t);
SAME_LAYOUT(own_compressor_t);
SAME_LAYOUT(own_decompressor_t);

#define IMPORT(name) bzip2_compression_streams_##name
#define EXPORT(name) exports_bzip2_compression_streams_##name

bool IMPORT(static_compressor_create)(int32_t block_size, int32_t work_factor, IMPORT(own_compressor_t) *created,
                                      IMPORT(status_t) *failure)
{
    return EXPORT(static_compressor_create)(block_size, work_factor, (EXPORT(own_compressor_t) *)created, failure);
}

void IMPORT(method_compressor_step)(IMPORT(borrow_compressor_t) compressor, bz2_import_list_u8_t *input,
                                    uint32_t max_output, IMPORT(action_t) what, IMPORT(progress_t) *progress)
{
    bz2_cap_list_u8_t copy = new_list(input->ptr, input->len);
    EXPORT(method_compressor_step)(representation_of(compressor.__handle), &copy, max_output, what,
                                   (EXPORT(progress_t) *)progress);
}

bool IMPORT(static_decompressor_create)(bool small, IMPORT(own_decompressor_t) *created, IMPORT(status_t) *failure)
{
    return EXPORT(static_decompressor_create)(small, (EXPORT(own_decompressor_t) *)created, failure);
}

void IMPORT(method_decompressor_step)(IMPORT(borrow_decompressor_t) decompressor, bz2_import_list_u8_t *input,
                                      uint32_t max_output, IMPORT(progress_t) *progress)
{
    bz2_cap_list_u8_t copy = new_list(input->ptr, input->len);
    EXPORT(method_decompressor_step)(representation_of(decompressor.__handle), &copy, max_output,
                                     (EXPORT(progress_t) *)progress);
}

IMPORT(borrow_compressor_t)
IMPORT(borrow_compressor)(IMPORT(own_compressor_t) own)
{
    return (IMPORT(borrow_compressor_t)){own.__handle};
}

IMPORT(borrow_decompressor_t)
IMPORT(borrow_decompressor)(IMPORT(own_decompressor_t) own)
{
    return (IMPORT(borrow_decompressor_t)){own.__handle};
}

void IMPORT(compressor_drop_own)(IMPORT(own_compressor_t) own)
{
    EXPORT(compressor_drop_own)((EXPORT(own_compressor_t)){own.__handle});
}

void IMPORT(decompressor_drop_own)(IMPORT(own_decompressor_t) own)
{
    EXPORT(decompressor_drop_own)((EXPORT(own_decompressor_t)){own.__handle});
}

void IMPORT(progress_free)(IMPORT(progress_t) *progress)
{
    EXPORT(progress_free)((EXPORT(progress_t) *)progress);
}
