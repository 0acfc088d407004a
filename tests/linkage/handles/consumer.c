#include "consumer.h"
#include "check.h"

/* wasmtime's default is 100,000 in a program. */
enum { MANY = 150000 };

int
main(void)
{
    static test_handles_api_own_item_t items[MANY];

    begin();
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < MANY; i++)
            items[i] = test_handles_api_constructor_item(i + round);
        size_t right = 0;
        for (uint32_t i = 0; i < MANY; i += 7)
            right += test_handles_api_method_item_value(test_handles_api_borrow_item(items[i])) == i + round;
        printf("%" PRIu32 " live, %zu of %d right\n", test_handles_api_live(), right, (MANY + 6) / 7);
        for (uint32_t i = 0; i < MANY; i++)
            test_handles_api_item_drop_own(items[i]);
        SHOW("live after all were dropped", test_handles_api_live());
    }
    return finish();
}
