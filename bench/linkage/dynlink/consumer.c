/* Runtime linking alone: the first use of a provider, raw and generated calls, and resolving over and over. */
#include "../clock.h"

#include <stdlib.h>
#include <string.h>

#include "consumer.h"
#include "link.h"

enum { MEBIBYTE = 1 << 20, RESOLVES = 10000 };

static struct link_instance instance;
static uint8_t bytes[64];
static uint8_t *mebibyte;
static uint32_t raw_total, generated_total;

/* Ends the program: what is measured must not fail. */
static void
give_up(const struct link_error *error)
{
    fprintf(stderr, "%.*s: %.*s\n", (int)error->code.length, error->code.text, (int)error->message.length,
            error->message.text);
    exit(1);
}

static void
resolve(struct link_instance *into)
{
    struct link_error error = {0};
    if (!link_resolve("provider", 8, into, &error))
        give_up(&error);
}

static void
raw_sum(unsigned calls)
{
    uint8_t payload[sizeof(raw_total) + sizeof(bytes)];
    while (calls-- > 0) {
        struct link_error error = {0};
        uint8_t *reply;
        size_t length;
        memcpy(payload, &raw_total, sizeof(raw_total));
        memcpy(payload + sizeof(raw_total), bytes, sizeof(bytes));
        if (!link_invoke(instance, LINK_METHOD("sum"), payload, sizeof(payload), &reply, &length, &error))
            give_up(&error);
        memcpy(&raw_total, reply, sizeof(raw_total));
        link_reply_free(reply, length);
    }
}

static void
generated_sum(unsigned calls)
{
    consumer_list_u8_t data = {bytes, sizeof(bytes)};
    while (calls-- > 0)
        generated_total = bench_dynlink_api_sum(generated_total, &data);
}

/* Calls a raw method with a mebibyte. */
static void
send_mebibyte(const char *method, size_t method_length)
{
    struct link_error error = {0};
    uint8_t *reply;
    size_t length;
    if (!link_invoke(instance, method, method_length, mebibyte, MEBIBYTE, &reply, &length, &error))
        give_up(&error);
    link_reply_free(reply, length);
}

static void
take_mebibyte(unsigned calls)
{
    while (calls-- > 0)
        send_mebibyte(LINK_METHOD("take"));
}

static void
echo_mebibyte(unsigned calls)
{
    while (calls-- > 0)
        send_mebibyte(LINK_METHOD("echo"));
}

/* One copy of a mebibyte, as the provider makes for its reply: its own work in echo_mebibyte(). */
static void
copy_mebibyte(unsigned calls)
{
    while (calls-- > 0) {
        uint8_t *copy = malloc(MEBIBYTE);
        memcpy(copy, mebibyte, MEBIBYTE);
        __asm__ volatile("" : : "r"(copy) : "memory");
        free(copy);
    }
}

int
main(void)
{
    uint64_t begin = now();
    resolve(&instance);
    tell("first-use", (double)(now() - begin));

    for (size_t index = 0; index < sizeof(bytes); index++)
        bytes[index] = (uint8_t)index;
    mebibyte = malloc(MEBIBYTE);
    memset(mebibyte, 1, MEBIBYTE);

    /* Alternately, so that both see the same machine. */
    double raw = 0, generated = 0;
    for (int round = 0; round < 20; round++) {
        double raw_now = best(raw_sum, 200, 100);
        double generated_now = best(generated_sum, 200, 100);
        raw = round == 0 || raw_now < raw ? raw_now : raw;
        generated = round == 0 || generated_now < generated ? generated_now : generated;
    }
    tell("raw-64-bytes", raw);
    tell("generated-64-bytes", generated);
    tell("take-mebibyte", best(take_mebibyte, 5, 200));
    tell("echo-mebibyte", best(echo_mebibyte, 5, 200));
    tell("copy-mebibyte", best(copy_mebibyte, 5, 200));

    begin = now();
    for (int count = 0; count < RESOLVES; count++) {
        struct link_instance other;
        resolve(&other);
        link_instance_drop(&other);
    }
    tell("resolve-and-drop", (double)(now() - begin) / RESOLVES);
    /* 20 x 100 x 200 calls of each kind, modulo 2^32. */
    return raw_total == generated_total && raw_total == (uint32_t)(400000u * 2016u) && !link_failed() ? 0 : 1;
}
