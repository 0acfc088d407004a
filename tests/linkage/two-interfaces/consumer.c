#include "consumer.h"
#include "check.h"

typedef test_two_interfaces_pool_own_buffer_t own_buffer_t;
typedef test_two_interfaces_pool_borrow_buffer_t borrow_buffer_t;

static borrow_buffer_t
borrow(own_buffer_t buffer)
{
    return test_two_interfaces_pool_borrow_buffer(buffer);
}

static void
show(const char *what, own_buffer_t buffer)
{
    consumer_list_u8_t content;
    test_two_interfaces_pool_method_buffer_content(borrow(buffer), &content);
    SHOW_TEXT(what, content);
    consumer_list_u8_free(&content);
}

int
main(void)
{
    begin();
    consumer_list_u8_t bytes = LIST(consumer_list_u8_t, uint8_t, 'a', 'b', 0xff);
    consumer_list_u8_t nothing = {NULL, 0};
    own_buffer_t first = test_two_interfaces_pool_constructor_buffer(&bytes);
    own_buffer_t empty = test_two_interfaces_pool_constructor_buffer(&nothing);
    show("pool's buffer", first);
    show("empty buffer", empty);

    /* What one interface made is used by the other, and the other way round. */
    own_buffer_t doubled = test_two_interfaces_tools_concatenate(borrow(first), borrow(first));
    show("concatenate with itself", doubled);
    own_buffer_t more = test_two_interfaces_tools_concatenate(borrow(doubled), borrow(empty));
    show("concatenate with nothing", more);
    test_two_interfaces_pool_buffer_drop_own(doubled);
    SHOW("consume", test_two_interfaces_tools_consume(more));
    SHOW("consume what the pool made", test_two_interfaces_tools_consume(first));
    SHOW("consume nothing", test_two_interfaces_tools_consume(empty));
    return finish();
}
