#include "consumer.h"
#include "check.h"

#include <string.h>

typedef consumer_list_u8_t reply_t;
typedef test_replies_api_person_t person_t;
typedef test_replies_api_own_thing_t own_thing_t;

/* Each of these calls a function and prints its result. What a result lies in is rubbish before: a call that fails must
 * leave zeros there. */
#define RUBBISH(variable) memset(&(variable), 0xa5, sizeof(variable))

static void
nothing(reply_t reply)
{
    test_replies_api_nothing(&reply);
    fputs("done", stdout);
}

static void
yes(reply_t reply)
{
    PRINT(test_replies_api_yes(&reply));
}

static void
number(reply_t reply)
{
    PRINT(test_replies_api_number(&reply));
}

static void
small(reply_t reply)
{
    PRINT(test_replies_api_small(&reply));
}

static void
letter(reply_t reply)
{
    printf("U+%04" PRIX32, test_replies_api_letter(&reply));
}

static void
text(reply_t reply)
{
    consumer_string_t result;
    RUBBISH(result);
    test_replies_api_text(&reply, &result);
    PRINT_TEXT(result);
    consumer_string_free(&result);
}

static void
bytes(reply_t reply)
{
    consumer_list_u8_t result;
    RUBBISH(result);
    test_replies_api_bytes(&reply, &result);
    PRINT_TEXT(result);
    consumer_list_u8_free(&result);
}

static void
words(reply_t reply)
{
    consumer_list_u16_t result;
    RUBBISH(result);
    test_replies_api_words(&reply, &result);
    PRINT_LIST(result, PRINT);
    consumer_list_u16_free(&result);
}

static void
print_person(person_t person)
{
    PRINT_TEXT(person.name);
    printf(" %u", person.age);
}

static void
people(reply_t reply)
{
    test_replies_api_list_person_t result;
    RUBBISH(result);
    test_replies_api_people(&reply, &result);
    PRINT_LIST(result, print_person);
    test_replies_api_list_person_free(&result);
}

static void
maybe(reply_t reply)
{
    uint32_t result = 0;
    bool some = test_replies_api_maybe(&reply, &result);
    printf("%s %" PRIu32, some ? "some" : "none", some ? result : 0);
}

static void
outcome(reply_t reply)
{
    uint32_t ok;
    consumer_string_t err;
    RUBBISH(ok);
    RUBBISH(err);
    if (test_replies_api_outcome(&reply, &ok, &err)) {
        printf("ok %" PRIu32, ok);
    } else {
        fputs("err ", stdout);
        PRINT_TEXT(err);
        consumer_string_free(&err);
    }
}

static void
draw(reply_t reply)
{
    test_replies_api_shape_t shape;
    RUBBISH(shape);
    test_replies_api_draw(&reply, &shape);
    printf("case %u", shape.tag);
}

static void
paint(reply_t reply)
{
    PRINT(test_replies_api_paint(&reply));
}

static void
may(reply_t reply)
{
    PRINT(test_replies_api_may(&reply));
}

static void
give(reply_t reply)
{
    own_thing_t thing = test_replies_api_give(&reply);
    fputs(thing.__handle != 0 ? "a handle" : "no handle", stdout);
    test_replies_api_thing_drop_own(thing);
}

#define REPLY(literal) {(uint8_t *)("" literal), sizeof(literal) - 1}

static const struct {
    const char *what;
    void (*call)(reply_t reply);
    reply_t reply;
} calls[] = {
    {"nothing, null", nothing, REPLY("\xf6")},
    {"nothing, a number", nothing, REPLY("\x00")},
    {"nothing, no bytes", nothing, REPLY("")},
    {"nothing, null twice", nothing, REPLY("\xf6\xf6")},
    {"yes", yes, REPLY("\xf5")},
    {"yes, a number", yes, REPLY("\x01")},
    {"yes, null", yes, REPLY("\xf6")},
    {"number", number, REPLY("\x18\x2a")},
    {"number, no bytes", number, REPLY("")},
    {"number, cut", number, REPLY("\x1a\x00\x00\x01")},
    {"number, 2^32", number, REPLY("\x1b\0\0\0\1\0\0\0\0")},
    {"number, -1", number, REPLY("\x20")},
    {"number, a long head", number, REPLY("\x19\x00\x2a")},
    {"number, and more", number, REPLY("\x18\x2a\xf6")},
    {"number, in an array", number, REPLY("\x81\x01")},
    {"small", small, REPLY("\xfb\x3f\xf8\0\0\0\0\0\0")},
    {"small, 0.1 of a double", small, REPLY("\xfb\x3f\xb9\x99\x99\x99\x99\x99\x9a")},
    {"small, of 32 bits", small, REPLY("\xfa\x3f\xc0\0\0")},
    {"small, another nan", small, REPLY("\xfb\x7f\xf8\0\0\0\0\0\1")},
    {"letter", letter, REPLY("\x1a\x00\x10\xff\xff")},
    {"letter, surrogate", letter, REPLY("\x19\xd8\x00")},
    {"letter, U+110000", letter, REPLY("\x1a\x00\x11\x00\x00")},
    {"text", text, REPLY("\x62hi")},
    {"text, no UTF-8", text, REPLY("\x62\xc3\x28")},
    {"text, bytes", text, REPLY("\x42hi")},
    {"text of 1 GiB", text, REPLY("\x7a\x40\0\0\0hi")},
    {"bytes", bytes, REPLY("\x42\x00\xff")},
    {"bytes, cut", bytes, REPLY("\x42\x00")},
    {"bytes, an array", bytes, REPLY("\x82\x00\x01")},
    {"words", words, REPLY("\xd8\x45\x44\x01\x00\x00\x01")},
    {"words, three bytes", words, REPLY("\xd8\x45\x43\x01\x00\x00")},
    {"words, of 32 bits", words, REPLY("\xd8\x46\x44\x01\x00\x00\x00")},
    {"words, an array", words, REPLY("\x82\x00\x01")},
    {"people", people, REPLY("\x82\x82\x63Zoe\x18\x24\x82\x60\x00")},
    {"people, the second too old", people, REPLY("\x82\x82\x63Zoe\x18\x24\x82\x60\x19\x01\x00")},
    {"people, the second cut", people, REPLY("\x82\x82\x63Zoe\x18\x24\x82\x63Yo")},
    {"people, three fields", people, REPLY("\x81\x83\x63Zoe\x18\x24\x00")},
    {"2^30 people", people, REPLY("\x9a\x40\0\0\0\x82\x63Zoe\x18\x24")},
    {"maybe none", maybe, REPLY("\x80")},
    {"maybe some", maybe, REPLY("\x81\x07")},
    {"maybe two", maybe, REPLY("\x82\x07\x07")},
    {"maybe null", maybe, REPLY("\xf6")},
    {"outcome ok", outcome, REPLY("\x82\x00\x07")},
    {"outcome err", outcome, REPLY("\x82\x01\x63no!")},
    {"outcome 2", outcome, REPLY("\x82\x02\x07")},
    {"outcome without a payload", outcome, REPLY("\x81\x00")},
    {"outcome, the other's payload", outcome, REPLY("\x82\x01\x07")},
    {"draw nothing", draw, REPLY("\x81\x00")},
    {"draw a circle", draw, REPLY("\x82\x01\xfb\0\0\0\0\0\0\0\0")},
    {"draw nothing with a payload", draw, REPLY("\x82\x00\x00")},
    {"draw the third", draw, REPLY("\x81\x02")},
    {"paint", paint, REPLY("\x01")},
    {"paint a third colour", paint, REPLY("\x02")},
    {"may", may, REPLY("\x03")},
    {"may a third", may, REPLY("\x04")},
    {"give", give, REPLY("\x18\x2a")},
    {"give text", give, REPLY("\x62hi")},
    {"give -1", give, REPLY("\x20")},
};

/* Shows the pending error, if there is one, and takes it. */
static void
show_pending(void)
{
    struct link_error error = {0};
    if (!link_take_error(&error))
        return;
    printf("; %s: ", error.code.text);
    print_bytes((const uint8_t *)error.message.text, error.message.length);
    printf(" in %s", error.context.text != NULL ? error.context.text : "nothing");
    link_error_free(&error);
}

/* What was read before the wrong part is not lost, nor are the sessions that end with it. */
static void
often(void)
{
    reply_t reply = REPLY("\x82\x82\x78\x21names that are read and then lost\x18\x24\x82\x60\x20");
    size_t pages = 0;
    for (int round = 0; round < 10500; round++) {
        if (round == 500)
            pages = __builtin_wasm_memory_size(0);
        test_replies_api_list_person_t result;
        test_replies_api_people(&reply, &result);
        test_replies_api_list_person_free(&result);
        struct link_error error = {0};
        if (!link_take_error(&error))
            puts("there is no error");
        link_error_free(&error);
    }
    printf("10000 wrong replies: the consumer grew by %zu pages\n", __builtin_wasm_memory_size(0) - pages);
}

int
main(void)
{
    begin();
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        printf("%s: ", calls[i].what);
        calls[i].call(calls[i].reply);
        show_pending();
        putchar('\n');
    }
    often();
    return finish();
}
