// Lends the host the page of attention.h: exports pylon:host/attention.
#include "attention.h"

#include "gen/attention.h"

attention_page attention;

// What is lent stays lent: in place of the generated function, which would free it. (That one is weak.)
void __wasm_export_exports_pylon_host_attention_lend_post_return(uint8_t *result);
void __wasm_export_exports_pylon_host_attention_lend_post_return(uint8_t *result)
{
    (void)result;
}

void exports_pylon_host_attention_lend(attention_tuple3_list_u8_list_u8_u32_t *lent)
{
    uint32_t bits = 0, *word = attention_watched_word(&bits);
    *lent = (attention_tuple3_list_u8_list_u8_u32_t){
        {(uint8_t *)&attention, sizeof attention},
        {(uint8_t *)word, sizeof *word},
        bits,
    };
}
