/* For the consumers of the linkage cases: a line of output a fact, written so that a wrong value shows.
 * Include it after consumer.h. */
#ifndef CHECK_H
#define CHECK_H

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The harness says so when it links the consumer with consumer_dynlink.c. */
#ifdef LINKAGE_DYNLINK
#include "link.h"
bool consumer_open(struct link_error *error);
#endif

static inline void
print_bool(bool value)
{
    fputs(value ? "true" : "false", stdout);
}

static inline void
print_signed(int64_t value)
{
    printf("%" PRId64, value);
}

static inline void
print_unsigned(uint64_t value)
{
    printf("%" PRIu64, value);
}

/* As many digits as tell any two doubles apart. The sign and payload of a NaN are not the contract's. */
static inline void
print_double(double value)
{
    if (isnan(value))
        fputs("nan", stdout);
    else
        printf("%.17g", value);
}

static inline void
print_float(float value)
{
    if (isnan(value))
        fputs("nan", stdout);
    else
        printf("%.9g", value);
}

/* Bytes in quotes; what is not printable ASCII as \xNN. */
static inline void
print_bytes(const uint8_t *bytes, size_t length)
{
    putchar('"');
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] < ' ' || bytes[i] > '~' || bytes[i] == '"' || bytes[i] == '\\')
            printf("\\x%02x", bytes[i]);
        else
            putchar(bytes[i]);
    }
    putchar('"');
}

/* Prints any bool, integer or float. */
#define PRINT(value) \
    _Generic((value), \
        bool: print_bool, \
        float: print_float, \
        double: print_double, \
        signed char: print_signed, \
        short: print_signed, \
        int: print_signed, \
        long: print_signed, \
        long long: print_signed, \
        default: print_unsigned)(value)

/* Prints a string or a list<u8>. */
#define PRINT_TEXT(text) print_bytes((text).ptr, (text).len)

/* Prints a list; `print` is given each item. */
#define PRINT_LIST(list, print) \
    do { \
        putchar('['); \
        for (size_t at_ = 0; at_ < (list).len; at_++) { \
            fputs(at_ ? ", " : "", stdout); \
            print((list).ptr[at_]); \
        } \
        putchar(']'); \
    } while (0)

/* The same as a line of its own, after `what: `. */
#define SHOW(what, value) (printf("%s: ", what), PRINT(value), (void)putchar('\n'))
#define SHOW_TEXT(what, text) (printf("%s: ", what), PRINT_TEXT(text), (void)putchar('\n'))
#define SHOW_LIST(what, list, print) \
    do { \
        printf("%s: ", what); \
        PRINT_LIST(list, print); \
        putchar('\n'); \
    } while (0)

/* A string argument of a literal, which may hold zero bytes. */
#define TEXT(literal) ((consumer_string_t){(uint8_t *)(literal), sizeof(literal) - 1})

/* A list argument of the items given, of which there is at least one: LIST(consumer_list_u8_t, uint8_t, 1, 2). */
#define LIST(list, item, ...) ((list){(item[]){__VA_ARGS__}, sizeof((item[]){__VA_ARGS__}) / sizeof(item)})

enum { WARM_UP = 500, OFTEN = 10000 };

/* Makes a call so often that 16 bytes lost in each, the least that malloc gives, are 2 pages or more; shows by how many
 * pages of 64 KiB the memories of both sides grew. `pages` tells the size of the provider's. */
static inline void
show_growth(const char *what, void (*call)(void), uint32_t (*pages)(void))
{
    for (int round = 0; round < WARM_UP; round++)
        call();
    size_t here = __builtin_wasm_memory_size(0);
    uint32_t there = pages();
    for (int round = 0; round < OFTEN; round++)
        call();
    printf("%s, often: the consumer grew by %zu pages, the provider by %" PRIu32 "\n", what,
           __builtin_wasm_memory_size(0) - here, pages() - there);
}

/* To be called first: binds the link where there is one. */
static inline void
begin(void)
{
    /* So that what was printed before a trap is seen. */
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
#ifdef LINKAGE_DYNLINK
    struct link_error error = {0};
    if (!consumer_open(&error)) {
        fprintf(stderr, "open: %s: %s\n", error.code.text, error.message.text);
        exit(2);
    }
#endif
}

/* What main returns: 0 unless a call of this program failed in the link. */
static inline int
finish(void)
{
#ifdef LINKAGE_DYNLINK
    struct link_error error = {0};
    if (link_take_error(&error)) {
        fprintf(stderr, "a call failed: %s: %s (%s)\n", error.code.text, error.message.text,
                error.context.text ? error.context.text : "no context");
        link_error_free(&error);
        return 3;
    }
#endif
    return 0;
}

#endif
