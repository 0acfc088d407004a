/* See glue.h. */
#include "glue.h"

#include <stdlib.h>
#include <string.h>

#include "py/gc.h"
#include "py/objint.h"
#include "py/runtime.h"

/* Memory of caps that may become held between two collections on its account, or half of the heap where that is more:
 * a collection takes time by the heap. */
enum { LEAST_HELD = 1024 * 1024 };

/* An output grows by doubling. Where memory does not allow that, by an eighth, and at least by this much: each failed
 * attempt is a collection. */
enum { LEAST_GROWTH = 1024 };

void
glue_get_bytes(mp_obj_t object, mp_buffer_info_t *bytes)
{
    if (mp_obj_is_str(object) || !mp_get_buffer(object, bytes, MP_BUFFER_READ))
        mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("a bytes-like object is required, not '%s'"),
                          mp_obj_get_type_str(object));
}

uint32_t
glue_get_u32(mp_obj_t object)
{
    return (uint32_t)mp_obj_get_int_truncated(object);
}

uint64_t
glue_get_u64(mp_obj_t object)
{
    uint8_t bytes[sizeof(uint64_t)];
    uint64_t value = 0;

    if (mp_obj_is_bool(object))
        return object == mp_const_true;
    if (!mp_obj_is_int(object))
        mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("an int is required, not '%s'"),
                          mp_obj_get_type_str(object));
    if (mp_obj_int_sign(object) < 0)
        mp_raise_msg(&mp_type_OverflowError, MP_ERROR_TEXT("can't convert negative int to unsigned"));
    if (mp_obj_is_small_int(object))
        return (uint64_t)MP_OBJ_SMALL_INT_VALUE(object);
    if (!mp_obj_int_to_bytes_impl(object, true, sizeof bytes, bytes))
        mp_raise_msg(&mp_type_OverflowError, MP_ERROR_TEXT("int too big to convert"));
    for (size_t i = 0; i < sizeof bytes; i++)
        value = value << 8 | bytes[i];
    return value;
}

void *
glue_get_self(mp_obj_t object, const mp_obj_type_t *type)
{
    if (!mp_obj_is_exact_type(object, type))
        mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("descriptor requires a '%q' object but received a '%s'"),
                          (qstr)type->name, mp_obj_get_type_str(object));
    return MP_OBJ_TO_PTR(object);
}

/* Frees what is not reachable, unless this is where nothing may be freed. */
static void
collect(void)
{
    if (!gc_is_locked())
        gc_collect();
}

static bool
can_allocate(size_t size)
{
    /* volatile: the compiler takes memory that is only freed for memory that can be had, and asks for none. */
    void *volatile memory = malloc(size);
    free(memory);
    return memory != NULL;
}

void
glue_reserve(size_t size)
{
    if (size == 0 || can_allocate(size))
        return;
    collect();
    if (!can_allocate(size))
        m_malloc_fail(size);
}

static size_t
larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t held;
static size_t collect_above = LEAST_HELD;

void
glue_hold(size_t size)
{
    if (held + size > collect_above) {
        gc_info_t heap;

        collect();
        gc_info(&heap);
        collect_above = held + larger(larger(held, heap.total / 2), LEAST_HELD);
    }
    held += size;
}

void
glue_release(size_t size)
{
    held -= size;
}

/* Gives the output `size` bytes of memory, no less than it has; false when there are none. One more is for the NUL that
 * ends the buffer of a bytes object. */
static bool
resize(struct glue_output *output, size_t size)
{
    if (size >= (size_t)MP_SSIZE_MAX)
        return false;
    uint8_t *bytes = output->bytes == NULL
                         ? m_new_maybe(uint8_t, size + 1)
                         : m_renew_maybe(uint8_t, output->bytes, output->size + 1, size + 1, true);
    if (bytes == NULL)
        return false;
    output->bytes = bytes;
    output->size = size;
    return true;
}

void
glue_output_begin(struct glue_output *output, size_t hint)
{
    memset(output, 0, sizeof *output);
    if (!resize(output, hint) && !resize(output, LEAST_GROWTH))
        m_malloc_fail(LEAST_GROWTH);
}

size_t
glue_output_room(struct glue_output *output, size_t least)
{
    if (output->size - output->length < least) {
        size_t more = output->size / 8 + larger(least, LEAST_GROWTH);
        if (!resize(output, 2 * output->size + least) && !resize(output, output->size + more))
            m_malloc_fail(output->size + more);
    }
    size_t room = output->size - output->length;
    return room < GLUE_SLICE ? room : GLUE_SLICE;
}

mp_obj_t
glue_output_end(struct glue_output *output)
{
    /* The buffer becomes that of the object, cut to its length. */
    vstr_t text = {.alloc = output->size + 1, .len = output->length, .buf = (char *)output->bytes};
    mp_obj_t bytes = mp_obj_new_bytes_from_vstr(&text);
    memset(output, 0, sizeof *output);
    return bytes;
}

uint32_t
glue_checksum(glue_checksum_function *checksum, uint32_t value, mp_obj_t data)
{
    mp_buffer_info_t buffer;

    glue_get_bytes(data, &buffer);
    const uint8_t *bytes = buffer.buf;
    size_t length = buffer.len;
    glue_reserve(length < GLUE_SLICE ? length : GLUE_SLICE);

    while (length > GLUE_SLICE) {
        value = checksum(value, bytes, GLUE_SLICE);
        bytes += GLUE_SLICE;
        length -= GLUE_SLICE;
    }
    return length > 0 ? checksum(value, bytes, length) : value;
}
