/* probe_sort: sorting by a cap that calls back. What is called back neither raises nor makes objects: it compares bytes. */
#include "py/objstr.h"
#include "py/runtime.h"

#include "glue.h"
#include "probe_sort_import.h"

/* The sort that runs. */
static struct sort {
    const uint8_t *bytes;
    size_t length;
    uint32_t left; /* of the comparisons that it may take */
} sort;

bool
exports_probe_sort_order_precedes(uint32_t a, uint32_t b, bool *ret)
{
    if (sort.left == 0 || a >= sort.length || b >= sort.length)
        return false;
    sort.left--;
    *ret = sort.bytes[a] < sort.bytes[b];
    return true;
}

/* sorted(data, comparisons) -> bytes. RuntimeError when it takes more comparisons. */
static mp_obj_t
probe_sort_sorted(mp_obj_t data, mp_obj_t comparisons)
{
    mp_buffer_info_t bytes;
    vstr_t result;
    probe_sort_import_list_u32_t order;
    uint32_t left = glue_get_u32(comparisons);

    glue_get_bytes(data, &bytes);
    glue_reserve(2 * bytes.len * sizeof *order.ptr);
    vstr_init_len(&result, bytes.len);
    sort = (struct sort){bytes.buf, bytes.len, left};
    bool sorted = probe_sort_sorting_arrange(bytes.len, &order);
    sort = (struct sort){0};
    if (!sorted)
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("the sort was given up"));
    for (size_t i = 0; i < bytes.len; i++)
        result.buf[i] = ((const char *)bytes.buf)[order.ptr[i]];
    probe_sort_import_list_u32_free(&order);
    return mp_obj_new_bytes_from_vstr(&result);
}
static MP_DEFINE_CONST_FUN_OBJ_2(probe_sort_sorted_obj, probe_sort_sorted);

/* pages() -> int: the size of the cap's memory in pages of 64 KiB. */
static mp_obj_t
probe_sort_pages(void)
{
    return mp_obj_new_int_from_uint(probe_sort_sorting_pages());
}
static MP_DEFINE_CONST_FUN_OBJ_0(probe_sort_pages_obj, probe_sort_pages);

static const mp_rom_map_elem_t probe_sort_globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_probe_sort)},
    {MP_ROM_QSTR(MP_QSTR_sorted), MP_ROM_PTR(&probe_sort_sorted_obj)},
    {MP_ROM_QSTR(MP_QSTR_pages), MP_ROM_PTR(&probe_sort_pages_obj)},
};
static MP_DEFINE_CONST_DICT(probe_sort_globals, probe_sort_globals_table);

const mp_obj_module_t probe_sort_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&probe_sort_globals,
};

MP_REGISTER_MODULE(MP_QSTR_probe_sort, probe_sort_module);
