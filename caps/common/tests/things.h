/* A provider for tests and fuzzers, in the shape of generated code: two resource types, lists of records, a method of
 * its own. */
#ifndef THINGS_H
#define THINGS_H

#include <stdlib.h>

#include "endpoint.h"

struct counter {
    uint32_t value;
};

static int live_counters, live_others;
static int32_t last_other;

static void
destroy_counter(void *representation)
{
    live_counters--;
    free(representation);
}

/* Its representation is a number, as a relay has it. */
static void
destroy_other(void *representation)
{
    (void)representation;
    live_others--;
}

static const struct endpoint_resource counter_type = {"counters.counter", destroy_counter};
static const struct endpoint_resource other_type = {"counters.other", destroy_other};

static int32_t
new_counter(uint32_t value)
{
    struct counter *counter = malloc(sizeof(*counter));
    if (counter == NULL)
        abort();
    counter->value = value;
    live_counters++;
    return endpoint_new(&counter_type, counter);
}

/* counters.counter(value: u32) -> own<counter> */
static bool
handle_counter(struct endpoint_call *call)
{
    struct cbor_reader *in = &call->arguments;
    uint32_t value;

    if (!endpoint_begin(call, 1) || !(cbor_read_u32(in, &value) || cbor_in_field(in, "value")) ||
        !endpoint_accept(call))
        return false;
    endpoint_write_own(call, &counter_type, new_counter(value));
    return true;
}

/* counters.other() -> own<other> */
static bool
handle_other(struct endpoint_call *call)
{
    if (!endpoint_begin(call, 0) || !endpoint_accept(call))
        return false;
    live_others++;
    endpoint_write_own(call, &other_type, endpoint_new(&other_type, (void *)(intptr_t)++last_other));
    return true;
}

/* counters.give(other: own<other>, times: u8) -> u32: its number, that many times; who reads it this way has it */
static bool
handle_give(struct endpoint_call *call)
{
    struct cbor_reader *in = &call->arguments;
    int32_t other;
    uint8_t times;

    if (!endpoint_begin(call, 2) || !(endpoint_read_passed_on(call, &other_type, &other) || cbor_in_field(in, "other")) ||
        !(cbor_read_u8(in, &times) || cbor_in_field(in, "times")) || !endpoint_accept(call))
        return false;
    live_others--;
    cbor_write_unsigned(&call->reply, (uint32_t)other * times);
    return true;
}

/* counters.counter.add(self: borrow<counter>, amount: s8) -> u32 */
static bool
handle_add(struct endpoint_call *call)
{
    struct cbor_reader *in = &call->arguments;
    void *self;
    int8_t amount;

    if (!endpoint_begin(call, 2) || !(endpoint_read_borrow(call, &counter_type, &self) || cbor_in_field(in, "self")) ||
        !(cbor_read_s8(in, &amount) || cbor_in_field(in, "amount")) || !endpoint_accept(call))
        return false;
    struct counter *counter = self;
    counter->value += (uint32_t)amount;
    cbor_write_unsigned(&call->reply, counter->value);
    return true;
}

/* counters.counter.merge(first: own<counter>, second: own<counter>) -> own<counter>, which is the first */
static bool
handle_merge(struct endpoint_call *call)
{
    struct cbor_reader *in = &call->arguments;
    int32_t first, second;

    if (!endpoint_begin(call, 2) || !(endpoint_read_own(call, &counter_type, &first) || cbor_in_field(in, "first")) ||
        !(endpoint_read_own(call, &counter_type, &second) || cbor_in_field(in, "second")) || !endpoint_accept(call))
        return false;
    struct counter *kept = endpoint_rep(&counter_type, first), *lost = endpoint_rep(&counter_type, second);
    kept->value += lost->value;
    endpoint_drop(&counter_type, second);
    endpoint_write_own(call, &counter_type, first);
    return true;
}

/* counters.counter.pour(self: borrow<counter>, from: own<counter>) */
static bool
handle_pour(struct endpoint_call *call)
{
    struct cbor_reader *in = &call->arguments;
    void *self;
    int32_t from;

    if (!endpoint_begin(call, 2) || !(endpoint_read_borrow(call, &counter_type, &self) || cbor_in_field(in, "self")) ||
        !(endpoint_read_own(call, &counter_type, &from) || cbor_in_field(in, "from")) || !endpoint_accept(call))
        return false;
    ((struct counter *)self)->value += ((struct counter *)endpoint_rep(&counter_type, from))->value;
    endpoint_drop(&counter_type, from);
    cbor_write_null(&call->reply);
    return true;
}

/* counters.many(count: u16, fail: bool) -> list<own<counter>> */
static bool
handle_many(struct endpoint_call *call)
{
    struct cbor_reader *in = &call->arguments;
    uint16_t count;
    bool fail;

    if (!endpoint_begin(call, 2) || !(cbor_read_u16(in, &count) || cbor_in_field(in, "count")) ||
        !(cbor_read_bool(in, &fail) || cbor_in_field(in, "fail")) || !endpoint_accept(call))
        return false;
    cbor_write_array(&call->reply, count);
    for (uint32_t i = 0; i < count; i++)
        endpoint_write_own(call, &counter_type, new_counter(i));
    return !fail || endpoint_fail(call, "not-today", "many is not for today", "many");
}

/* counters.sum(counters: list<borrow<counter>>) -> u32 */
static bool
handle_sum(struct endpoint_call *call)
{
    struct cbor_reader *in = &call->arguments;
    void **counters = NULL;
    size_t count = 0;
    bool ok = endpoint_begin(call, 1) &&
              (cbor_read_list(in, sizeof(*counters), &counters, &count) || cbor_in_field(in, "counters"));

    for (size_t i = 0; ok && i < count; i++)
        ok = endpoint_read_borrow(call, &counter_type, &counters[i]) || cbor_in_item(in, i) ||
             cbor_in_field(in, "counters");
    if (ok && (ok = endpoint_accept(call))) {
        uint32_t sum = 0;
        for (size_t i = 0; i < count; i++)
            sum += ((struct counter *)counters[i])->value;
        cbor_write_unsigned(&call->reply, sum);
    }
    if (count > 0)
        free(counters);
    return ok;
}

struct entry {
    bool has_name;
    uint8_t *name;
    size_t name_length;
    uint16_t *sizes;
    size_t size_count;
};

static bool
read_entry(struct cbor_reader *in, struct entry *entry)
{
    return cbor_read_tuple(in, 2) &&
           ((cbor_read_option(in, &entry->has_name) &&
             (!entry->has_name || cbor_read_text(in, &entry->name, &entry->name_length))) ||
            cbor_in_field(in, "name")) &&
           (cbor_read_typed_array(in, CBOR_U16, 2, &entry->sizes, &entry->size_count) || cbor_in_field(in, "sizes"));
}

/* shapes.total(entries: list<record { name: option<string>, sizes: list<u16> }>) -> u64: characters and sizes summed */
static bool
handle_total(struct endpoint_call *call)
{
    struct cbor_reader *in = &call->arguments;
    struct entry *entries = NULL;
    size_t count = 0;
    uint64_t total = 0;
    bool ok = endpoint_begin(call, 1) &&
              (cbor_read_list(in, sizeof(*entries), &entries, &count) || cbor_in_field(in, "entries"));

    for (size_t i = 0; ok && i < count; i++)
        ok = read_entry(in, &entries[i]) || cbor_in_item(in, i) || cbor_in_field(in, "entries");
    ok = ok && endpoint_accept(call);
    for (size_t i = 0; i < count; i++) {
        total += entries[i].name_length;
        for (size_t j = 0; j < entries[i].size_count; j++)
            total += entries[i].sizes[j];
        if (entries[i].name_length > 0)
            free(entries[i].name);
        if (entries[i].size_count > 0)
            free(entries[i].sizes);
    }
    if (count > 0)
        free(entries);
    if (ok)
        cbor_write_unsigned(&call->reply, total);
    return ok;
}

/* shapes.echo(data: list<u8>) -> list<u8> */
static bool
handle_echo(struct endpoint_call *call)
{
    struct cbor_reader *in = &call->arguments;
    const uint8_t *data;
    size_t length;

    if (!endpoint_begin(call, 1) || !(cbor_view_bytes(in, &data, &length) || cbor_in_field(in, "data")) ||
        !endpoint_accept(call))
        return false;
    cbor_write_bytes(&call->reply, data, length);
    return true;
}

/* reverse: raw bytes in, raw bytes out */
static bool
handle_reverse(struct endpoint_call *call)
{
    for (const uint8_t *at = call->arguments.end; at > call->arguments.at; at--)
        cbor_write_raw(&call->reply, at - 1, 1);
    return true;
}

/* silent: fails and does not say why */
static bool
handle_silent(struct endpoint_call *call)
{
    (void)call;
    return false;
}

static const struct endpoint_method things_methods[] = {
    ENDPOINT_METHOD("shapes.echo", handle_echo),
    ENDPOINT_METHOD("counters.sum", handle_sum),
    ENDPOINT_METHOD("shapes.total", handle_total),
    ENDPOINT_METHOD("counters.give", handle_give),
    ENDPOINT_METHOD("counters.many", handle_many),
    ENDPOINT_METHOD("counters.other", handle_other),
    ENDPOINT_METHOD("counters.counter", handle_counter),
    ENDPOINT_METHOD("counters.counter.add", handle_add),
    ENDPOINT_METHOD("counters.counter.pour", handle_pour),
    ENDPOINT_METHOD("counters.counter.merge", handle_merge),
};

static const struct endpoint_method own_methods[] = {
    ENDPOINT_METHOD("silent", handle_silent),
    ENDPOINT_METHOD("reverse", handle_reverse),
};

static const char *const things_interfaces[] = {"test:things/counters@1.2.3", "test:things/shapes@0.3.1",
                                                "test:things/plain", "test:things/tiny@0.0.4", NULL};

const struct endpoint_contract endpoint_contract = {
    "things", "4.5.6", things_interfaces, {things_methods, sizeof(things_methods) / sizeof(things_methods[0])}};
const struct endpoint_description endpoint_description = {"\x82\x01\x02", 3};
const struct endpoint_methods endpoint_own = {own_methods, sizeof(own_methods) / sizeof(own_methods[0])};

#endif
