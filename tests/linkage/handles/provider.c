#include "cap.h"

#include <stdlib.h>

struct exports_test_handles_api_item_t {
    uint32_t value;
};

static uint32_t live;

exports_test_handles_api_own_item_t
exports_test_handles_api_constructor_item(uint32_t value)
{
    exports_test_handles_api_item_t *item = malloc(sizeof *item);
    if (item == NULL)
        abort();
    item->value = value;
    live++;
    return exports_test_handles_api_item_new(item);
}

uint32_t
exports_test_handles_api_method_item_value(exports_test_handles_api_borrow_item_t self)
{
    return self->value;
}

void
exports_test_handles_api_item_destructor(exports_test_handles_api_item_t *item)
{
    live--;
    free(item);
}

uint32_t
exports_test_handles_api_live(void)
{
    return live;
}
