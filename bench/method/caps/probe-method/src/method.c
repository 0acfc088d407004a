/* A counter, whose methods do next to nothing. */
#include <stdlib.h>

#include "probe_method_cap.h"

struct exports_probe_method_counters_counter_t {
    uint64_t value;
};

exports_probe_method_counters_own_counter_t
exports_probe_method_counters_constructor_counter(uint64_t value)
{
    exports_probe_method_counters_counter_t *counter = malloc(sizeof *counter);

    if (counter == NULL)
        abort();
    counter->value = value;
    return exports_probe_method_counters_counter_new(counter);
}

void
exports_probe_method_counters_counter_destructor(exports_probe_method_counters_counter_t *counter)
{
    free(counter);
}

uint64_t
exports_probe_method_counters_method_counter_add(exports_probe_method_counters_borrow_counter_t self, uint32_t by,
                                                 uint32_t times)
{
    return self->value += (uint64_t)by * times;
}

uint64_t
exports_probe_method_counters_method_counter_add_by_hand(exports_probe_method_counters_borrow_counter_t self,
                                                         uint32_t by, uint32_t times)
{
    return self->value += (uint64_t)by * times;
}
