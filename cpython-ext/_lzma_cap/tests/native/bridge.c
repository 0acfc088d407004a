/* The import side of the bindings over the export side, in one native process: what a composition does in wasm.
 *
 * Arguments are copied, because an importer keeps what it passes and an exporter frees what it gets; results are the
 * importer's to free. Both sides' structs have the same layout (asserted here), so that they can be cast.
 */
#include "bindings_native.h"
#include "lzma_import.h"

#define SAME_LAYOUT(name) \
    _Static_assert(sizeof(xz_compression_streams_##name) == sizeof(exports_xz_compression_streams_##name), #name)
SAME_LAYOUT(status_t);
SAME_LAYOUT(progress_t);
SAME_LAYOUT(filter_t);
SAME_LAYOUT(lzma_options_t);
SAME_LAYOUT(own_coder_t);

#define IMPORT(name) xz_compression_streams_##name
#define EXPORT(name) exports_xz_compression_streams_##name

static EXPORT(list_filter_t)
copy_of(const IMPORT(list_filter_t) *filters)
{
    return new_filters((const EXPORT(filter_t) *)filters->ptr, filters->len);
}

bool IMPORT(static_coder_easy_encoder)(uint32_t preset, uint32_t check, IMPORT(own_coder_t) *created,
                                       IMPORT(status_t) *failure)
{
    return EXPORT(static_coder_easy_encoder)(preset, check, (EXPORT(own_coder_t) *)created, failure);
}

bool IMPORT(static_coder_stream_encoder)(IMPORT(list_filter_t) *filters, uint32_t check, IMPORT(own_coder_t) *created,
                                         IMPORT(status_t) *failure)
{
    EXPORT(list_filter_t) copy = copy_of(filters);
    return EXPORT(static_coder_stream_encoder)(&copy, check, (EXPORT(own_coder_t) *)created, failure);
}

bool IMPORT(static_coder_alone_encoder)(IMPORT(lzma_options_t) *options, IMPORT(own_coder_t) *created,
                                        IMPORT(status_t) *failure)
{
    return EXPORT(static_coder_alone_encoder)((EXPORT(lzma_options_t) *)options, (EXPORT(own_coder_t) *)created,
                                              failure);
}

bool IMPORT(static_coder_raw_encoder)(IMPORT(list_filter_t) *filters, IMPORT(own_coder_t) *created,
                                      IMPORT(status_t) *failure)
{
    EXPORT(list_filter_t) copy = copy_of(filters);
    return EXPORT(static_coder_raw_encoder)(&copy, (EXPORT(own_coder_t) *)created, failure);
}

bool IMPORT(static_coder_stream_decoder)(uint64_t memory_limit, IMPORT(decoder_flags_t) reading,
                                         IMPORT(own_coder_t) *created, IMPORT(status_t) *failure)
{
    return EXPORT(static_coder_stream_decoder)(memory_limit, reading, (EXPORT(own_coder_t) *)created, failure);
}

bool IMPORT(static_coder_alone_decoder)(uint64_t memory_limit, IMPORT(own_coder_t) *created, IMPORT(status_t) *failure)
{
    return EXPORT(static_coder_alone_decoder)(memory_limit, (EXPORT(own_coder_t) *)created, failure);
}

bool IMPORT(static_coder_auto_decoder)(uint64_t memory_limit, IMPORT(decoder_flags_t) reading,
                                       IMPORT(own_coder_t) *created, IMPORT(status_t) *failure)
{
    return EXPORT(static_coder_auto_decoder)(memory_limit, reading, (EXPORT(own_coder_t) *)created, failure);
}

bool IMPORT(static_coder_raw_decoder)(IMPORT(list_filter_t) *filters, IMPORT(own_coder_t) *created,
                                      IMPORT(status_t) *failure)
{
    EXPORT(list_filter_t) copy = copy_of(filters);
    return EXPORT(static_coder_raw_decoder)(&copy, (EXPORT(own_coder_t) *)created, failure);
}

void IMPORT(method_coder_step)(IMPORT(borrow_coder_t) coder, lzma_import_list_u8_t *input, uint32_t max_output,
                               IMPORT(action_t) what, IMPORT(progress_t) *progress)
{
    lzma_cap_list_u8_t copy = new_list(input->ptr, input->len);
    EXPORT(method_coder_step)(representation_of(coder.__handle), &copy, max_output, what,
                              (EXPORT(progress_t) *)progress);
}

uint32_t IMPORT(method_coder_check)(IMPORT(borrow_coder_t) coder)
{
    return EXPORT(method_coder_check)(representation_of(coder.__handle));
}

bool IMPORT(check_is_supported)(uint32_t check)
{
    return EXPORT(check_is_supported)(check);
}

bool IMPORT(preset_options)(uint32_t preset, IMPORT(lzma_options_t) *options)
{
    return EXPORT(preset_options)(preset, (EXPORT(lzma_options_t) *)options);
}

bool IMPORT(encode_properties)(IMPORT(filter_t) *one, lzma_import_list_u8_t *properties, IMPORT(status_t) *failure)
{
    return EXPORT(encode_properties)((EXPORT(filter_t) *)one, (lzma_cap_list_u8_t *)properties, failure);
}

bool IMPORT(decode_properties)(uint64_t id, lzma_import_list_u8_t *properties, IMPORT(filter_t) *one,
                               IMPORT(status_t) *failure)
{
    lzma_cap_list_u8_t copy = new_list(properties->ptr, properties->len);
    return EXPORT(decode_properties)(id, &copy, (EXPORT(filter_t) *)one, failure);
}

IMPORT(borrow_coder_t)
IMPORT(borrow_coder)(IMPORT(own_coder_t) own)
{
    return (IMPORT(borrow_coder_t)){own.__handle};
}

void IMPORT(coder_drop_own)(IMPORT(own_coder_t) own)
{
    EXPORT(coder_drop_own)((EXPORT(own_coder_t)){own.__handle});
}

void IMPORT(progress_free)(IMPORT(progress_t) *progress)
{
    EXPORT(progress_free)((EXPORT(progress_t) *)progress);
}

void IMPORT(filter_free)(IMPORT(filter_t) *filter)
{
    EXPORT(filter_free)((EXPORT(filter_t) *)filter);
}

void
lzma_import_list_u8_free(lzma_import_list_u8_t *list)
{
    lzma_cap_list_u8_free((lzma_cap_list_u8_t *)list);
}
