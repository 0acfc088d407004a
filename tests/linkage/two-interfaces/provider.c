#include "cap.h"

#include <stdlib.h>
#include <string.h>

typedef exports_test_two_interfaces_pool_buffer_t buffer_t;
typedef exports_test_two_interfaces_pool_own_buffer_t own_buffer_t;

struct exports_test_two_interfaces_pool_buffer_t {
    cap_list_u8_t content;
};

/* Bytes of which none may be there; never null. */
static uint8_t *
room(size_t length)
{
    uint8_t *bytes = malloc(length + 1);
    if (bytes == NULL)
        abort();
    return bytes;
}

/* Takes the content over. */
static own_buffer_t
new_buffer(cap_list_u8_t content)
{
    buffer_t *buffer = malloc(sizeof *buffer);
    if (buffer == NULL)
        abort();
    buffer->content = content;
    return exports_test_two_interfaces_pool_buffer_new(buffer);
}

/* Both buffers' bytes in a new list, as the generated functions free it. */
static cap_list_u8_t
join(const cap_list_u8_t *first, const cap_list_u8_t *second)
{
    size_t length = first->len + second->len;
    cap_list_u8_t joined = {length > 0 ? room(length) : NULL, length};
    if (first->len > 0)
        memcpy(joined.ptr, first->ptr, first->len);
    if (second->len > 0)
        memcpy(joined.ptr + first->len, second->ptr, second->len);
    return joined;
}

own_buffer_t
exports_test_two_interfaces_pool_constructor_buffer(cap_list_u8_t *content)
{
    return new_buffer(*content);
}

void
exports_test_two_interfaces_pool_method_buffer_content(buffer_t *self, cap_list_u8_t *ret)
{
    *ret = join(&self->content, &(cap_list_u8_t){NULL, 0});
}

void
exports_test_two_interfaces_pool_buffer_destructor(buffer_t *buffer)
{
    cap_list_u8_free(&buffer->content);
    free(buffer);
}

own_buffer_t
exports_test_two_interfaces_tools_concatenate(buffer_t *first, buffer_t *second)
{
    return new_buffer(join(&first->content, &second->content));
}

/* The sum of the bytes. */
uint32_t
exports_test_two_interfaces_tools_consume(own_buffer_t buffer)
{
    const cap_list_u8_t *content = &exports_test_two_interfaces_pool_buffer_rep(buffer)->content;
    uint32_t sum = 0;
    for (size_t i = 0; i < content->len; i++)
        sum += content->ptr[i];
    exports_test_two_interfaces_pool_buffer_drop_own(buffer);
    return sum;
}
