/* The link's errors: first as the generated functions meet them, then by payloads that no generated function sends. */
#include "consumer.h"
#include "check.h"

#include <string.h>

typedef test_failures_api_own_thing_t own_thing_t;
typedef test_failures_api_borrow_thing_t borrow_thing_t;
typedef test_failures_api_own_other_t own_other_t;
typedef test_failures_api_borrow_other_t borrow_other_t;

/* Bytes of a C string without the NUL. */
#define BYTES(literal) (const uint8_t *)("" literal), sizeof(literal) - 1

static void
print_error(const struct link_error *error)
{
    printf("%s: ", error->code.text);
    print_bytes((const uint8_t *)error->message.text, error->message.length);
    /* What it is about may be as long as what was sent. */
    if (error->context.text != NULL)
        printf(" in %.60s", error->context.text);
    putchar('\n');
}

/* Shows the pending error and takes it. */
static void
show_pending(const char *what)
{
    struct link_error error = {0};
    printf("%s: ", what);
    if (link_take_error(&error))
        print_error(&error);
    else
        puts("no error");
    link_error_free(&error);
}

/* What a trap's message says is the host's. */
static void
show_pending_code(const char *what)
{
    struct link_error error = {0};
    bool failed = link_take_error(&error);
    printf("%s: %s\n", what, failed ? error.code.text : "no error");
    link_error_free(&error);
}

static void
traps(void)
{
    SHOW("count", test_failures_api_count());
    SHOW("count", test_failures_api_count());
    own_thing_t old = test_failures_api_constructor_thing(1);

    consumer_list_u8_t list;
    test_failures_api_trap(&list);
    SHOW("trap: length of the result", list.len);
    consumer_list_u8_free(&list);
    show_pending_code("trap");
    show_pending_code("and again");

    SHOW("count in a fresh instance", test_failures_api_count());
    show_pending("count");
    SHOW("handle of the old one", test_failures_api_method_thing_value(test_failures_api_borrow_thing(old)));
    show_pending("handle of the old one");
    test_failures_api_thing_drop_own(old);
    show_pending("drop of it");

    consumer_string_t ok = TEXT("left as it was");
    consumer_string_t err = TEXT("left as it was");
    SHOW("fail 99", test_failures_api_fail(99, &ok, &err));
    SHOW("  length of the error", err.len);
    /* The first error is the one that is kept. */
    test_failures_api_method_thing_value((borrow_thing_t){4711});
    show_pending_code("fail 99, then a wrong handle");

    SHOW("fail 2", test_failures_api_fail(2, &ok, &err));
    SHOW_TEXT("  ok", ok);
    consumer_string_free(&ok);
    SHOW("fail 3", test_failures_api_fail(3, &ok, &err));
    SHOW_TEXT("  err", err);
    consumer_string_free(&err);
    show_pending("an error of the contract is none of the link");
}

static void
handles(void)
{
    own_thing_t thing = test_failures_api_constructor_thing(5);
    own_other_t other = test_failures_api_constructor_other();
    borrow_thing_t borrowed = test_failures_api_borrow_thing(thing);
    borrow_other_t borrowed_other = test_failures_api_borrow_other(other);

    const int32_t made_up[] = {0, -1, INT32_MIN, INT32_MAX, 4711};
    for (size_t i = 0; i < sizeof made_up / sizeof *made_up; i++) {
        test_failures_api_method_thing_value((borrow_thing_t){made_up[i]});
        show_pending("made-up handle");
        test_failures_api_thing_drop_own((own_thing_t){made_up[i]});
        show_pending("drop of it");
    }

    test_failures_api_method_thing_value((borrow_thing_t){other.__handle});
    show_pending("other as self of a thing");
    test_failures_api_method_other_touch((borrow_other_t){thing.__handle}, borrowed);
    show_pending("thing as self of an other");
    test_failures_api_method_other_touch(borrowed_other, (borrow_thing_t){other.__handle});
    show_pending("other as a borrowed thing");
    test_failures_api_static_other_take(thing, borrowed);
    show_pending("given away and borrowed in one call");
    test_failures_api_method_thing_value(borrowed);
    show_pending("given away in vain");

    thing = test_failures_api_constructor_thing(6);
    borrowed = test_failures_api_borrow_thing(thing);
    test_failures_api_thing_drop_own(thing);
    test_failures_api_method_thing_value(borrowed);
    show_pending("dropped handle");
    test_failures_api_thing_drop_own(thing);
    show_pending("dropped twice");

    thing = test_failures_api_constructor_thing(7);
    SHOW("after all of it",
         test_failures_api_method_other_touch(borrowed_other, test_failures_api_borrow_thing(thing)));
    test_failures_api_thing_drop_own(thing);
    test_failures_api_other_drop_own(other);
    show_pending("after all of it");
}

/* Calls a method of `instance` and shows the reply or the error. A reply of at most 16 bytes goes to `kept` instead
 * where that is not null: tokens differ from run to run. */
static void
invoke_and_keep(struct link_instance instance, const char *what, const char *method, const uint8_t *payload,
                size_t length, uint8_t kept[16], size_t *kept_length)
{
    struct link_error error = {0};
    uint8_t *reply = NULL;
    size_t reply_length = 0;
    printf("%s: ", what);
    if (!link_invoke(instance, method, strlen(method), payload, length, &reply, &reply_length, &error)) {
        print_error(&error);
        link_error_free(&error);
        return;
    }
    if (kept != NULL && reply_length <= 16) {
        *kept_length = reply_length;
        memcpy(kept, reply, reply_length);
        puts("kept");
    } else {
        print_bytes(reply, reply_length);
        putchar('\n');
    }
    link_reply_free(reply, reply_length);
}

static void
invoke(struct link_instance instance, const char *what, const char *method, const uint8_t *payload, size_t length)
{
    invoke_and_keep(instance, what, method, payload, length, NULL, NULL);
}

static struct link_instance
resolve(void)
{
    struct link_instance instance = {0};
    struct link_error error = {0};
    if (!link_resolve("provider", 8, &instance, &error)) {
        print_error(&error);
        exit(1);
    }
    return instance;
}

static void
hostile_payloads(struct link_instance instance)
{
    static const struct {
        const char *what;
        const char *method;
        const uint8_t *payload;
        size_t length;
    } calls[] = {
        {"a right one", "api.double", BYTES("\x81\x15")},
        {"nothing", "api.double", BYTES("")},
        {"no array", "api.double", BYTES("\x15")},
        {"no argument", "api.double", BYTES("\x80")},
        {"two arguments", "api.double", BYTES("\x82\x15\x15")},
        {"trailing byte", "api.double", BYTES("\x81\x15\x00")},
        {"cut after the head", "api.double", BYTES("\x81")},
        {"cut in a number", "api.double", BYTES("\x81\x1a\x00\x00")},
        {"text for a number", "api.double", BYTES("\x81\x61z")},
        {"null for a number", "api.double", BYTES("\x81\xf6")},
        {"float for a number", "api.double", BYTES("\x81\xfb\x40\x35\0\0\0\0\0\0")},
        {"tag before a number", "api.double", BYTES("\x81\xc1\x15")},
        {"negative number", "api.double", BYTES("\x81\x20")},
        {"2^32", "api.double", BYTES("\x81\x1b\0\0\0\1\0\0\0\0")},
        {"21 in two bytes", "api.double", BYTES("\x81\x18\x15")},
        {"21 in nine bytes", "api.double", BYTES("\x81\x1b\0\0\0\0\0\0\0\x15")},
        {"head in two bytes", "api.double", BYTES("\x98\x01\x15")},
        {"indefinite length", "api.double", BYTES("\x9f\x15\xff")},
        {"reserved head", "api.double", BYTES("\x81\x1c")},
        {"payload where there are no arguments", "api.count", BYTES("\x81\x15")},

        {"a right one", "api.take", BYTES("\x83\x01\x62hi\x81\x82\x18\xff\x61x")},
        {"enum out of range", "api.take", BYTES("\x83\x02\x60\x80")},
        {"enum far out of range", "api.take", BYTES("\x83\x1b\xff\xff\xff\xff\xff\xff\xff\xff\x60\x80")},
        {"bytes for text", "api.take", BYTES("\x83\x00\x41\x00\x80")},
        {"no UTF-8", "api.take", BYTES("\x83\x00\x61\xff\x80")},
        {"overlong UTF-8", "api.take", BYTES("\x83\x00\x62\xc0\x80\x80")},
        {"surrogate", "api.take", BYTES("\x83\x00\x63\xed\xa0\x80\x80")},
        {"cut UTF-8", "api.take", BYTES("\x83\x00\x62\xc3\xa4\x81\x82\x00\x61\xc3")},
        {"indefinite text", "api.take", BYTES("\x83\x00\x7f\x61z\xff\x80")},
        {"256 in the second item", "api.take", BYTES("\x83\x00\x60\x82\x82\x00\x60\x82\x19\x01\x00\x60")},
        {"short tuple", "api.take", BYTES("\x83\x00\x60\x81\x81\x00")},
        {"number for a tuple", "api.take", BYTES("\x83\x00\x60\x82\x82\x00\x60\x00")},
        {"map for a list", "api.take", BYTES("\x83\x00\x60\xa0")},
        {"text of 1 GiB", "api.take", BYTES("\x83\x00\x7a\x40\0\0\0xyz")},
        {"text of 2^64 - 1", "api.take", BYTES("\x83\x00\x7b\xff\xff\xff\xff\xff\xff\xff\xffxyz")},
        {"list of 2^30", "api.take", BYTES("\x83\x00\x60\x9a\x40\0\0\0\x82\x00\x60")},
        {"list of 2^64 - 1", "api.take", BYTES("\x83\x00\x60\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x82\x00\x60")},
        {"2^30 arguments", "api.take", BYTES("\x9a\x40\0\0\0\x00\x60\x80")},

        {"unknown function", "api.nothing", BYTES("\x80")},
        {"unknown method", "api.thing.nothing", BYTES("\x80")},
        {"unknown interface", "ipa.double", BYTES("\x81\x15")},
        {"unknown word", "nothing", BYTES("")},
        {"no method at all", "", BYTES("")},
        {"start of a method", "api.doubl", BYTES("\x81\x15")},
        {"method in capitals", "API.double", BYTES("\x81\x15")},

        {"open", "open", BYTES("\x81\x81\x77test:failures/api@1.2.3")},
        {"open of an older version", "open", BYTES("\x81\x81\x77test:failures/api@1.0.9")},
        {"open of nothing", "open", BYTES("\x81\x80")},
        {"open of an unknown interface", "open", BYTES("\x81\x81\x77test:failures/ipa@1.2.3")},
        {"open of a later patch", "open", BYTES("\x81\x81\x77test:failures/api@1.2.4")},
        {"open of a later version", "open", BYTES("\x81\x81\x77test:failures/api@1.3.0")},
        {"open of another version", "open", BYTES("\x81\x81\x77test:failures/api@2.0.0")},
        {"open of a version before the first", "open", BYTES("\x81\x81\x77test:failures/api@0.2.3")},
        {"open without a version", "open", BYTES("\x81\x81\x71test:failures/api")},
        {"open of rubbish", "open", BYTES("\x81\x81\x63@@@")},
        {"open with numbers", "open", BYTES("\x81\x81\x05")},
        {"session again", "session", BYTES("\x81\x50ghijklmnopqrstuv")},
        {"session of another shape", "session", BYTES("\x81\x41z")},
        {"drop of a made-up token", "drop", BYTES("\x81\x19\x12\x67")},
        {"drop of text", "drop", BYTES("\x81\x61z")},
        {"made-up self", "api.thing.value", BYTES("\x81\x1b\x12\x34\x56\x78\x9a\xbc\xde\xf0")},
        {"negative self", "api.thing.value", BYTES("\x81\x20")},
        {"error of the provider's own", "own-error", BYTES("")},
        {"manifest", "manifest", BYTES("")},
        {"manifest of null", "manifest", BYTES("\xf6")},
        {"manifest of a number", "manifest", BYTES("\x00")},
        {"a right one after all of it", "api.double", BYTES("\x81\x15")},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        invoke(instance, calls[i].what, calls[i].method, calls[i].payload, calls[i].length);

    /* As deep as it is long, where a list is expected: nobody follows it down. */
    static uint8_t deep[100000];
    memset(deep, 0x81, sizeof deep);
    memcpy(deep, "\x83\x00\x60", 3);
    invoke(instance, "100000 levels", "api.take", deep, sizeof deep);
    static char name[5000];
    memset(name, 'n', sizeof name - 1);
    invoke(instance, "long name", name, BYTES("\x80"));
}

/* A token is good for its session, its type and its life. */
static void
tokens(struct link_instance instance)
{
    struct link_instance stranger = resolve();
    uint8_t token[16] = {0};
    size_t length = 0;
    invoke_and_keep(instance, "a thing", "api.thing", BYTES("\x81\x18\x2a"), token, &length);
    uint8_t once[17] = {0x81};
    memcpy(once + 1, token, length);
    size_t once_length = length + 1;
    uint8_t twice[33] = {0x82};
    memcpy(twice + 1, token, length);
    memcpy(twice + 1 + length, token, length);
    uint8_t bent[17];
    memcpy(bent, once, sizeof bent);
    bent[2] ^= 1;

    invoke(instance, "its value", "api.thing.value", once, once_length);
    invoke(stranger, "its value in another session", "api.thing.value", once, once_length);
    invoke(stranger, "its end in another session", "drop", once, once_length);
    invoke(instance, "as another type", "api.other.touch", twice, 2 * length + 1);
    invoke(instance, "given away and borrowed in one call", "api.other.take", twice, 2 * length + 1);
    invoke(instance, "with a bit changed", "api.thing.value", bent, once_length);
    bent[2] ^= 1;
    bent[length] ^= 1;
    invoke(instance, "with another bit changed", "api.thing.value", bent, once_length);
    invoke(instance, "its value, still", "api.thing.value", once, once_length);
    invoke(instance, "drop", "drop", once, once_length);
    invoke(instance, "drop again", "drop", once, once_length);
    invoke(instance, "its value, dropped", "api.thing.value", once, once_length);

    /* The place in a table that the first thing had is free; the token must not come back with it. */
    uint8_t next[16] = {0};
    invoke_and_keep(instance, "the next thing", "api.thing", BYTES("\x81\x01"), next, &length);
    SHOW("has the same token", (bool)(memcmp(token, next, sizeof token) == 0));
    invoke(instance, "the first one's value", "api.thing.value", once, once_length);
    link_instance_drop(&stranger);
}

/* The size of the memory of an instance of the provider, in pages. */
static uint32_t
pages_of(struct link_instance instance)
{
    struct link_error error = {0};
    uint8_t *reply = NULL;
    size_t length = 0;
    uint32_t pages = 0;
    if (link_invoke(instance, "api.pages", 9, BYTES("\x80"), &reply, &length, &error)) {
        struct cbor_reader reader;
        cbor_reader_open(&reader, reply, length);
        if (!cbor_read_u32(&reader, &pages))
            puts("pages is no number");
        link_reply_free(reply, length);
    }
    link_error_free(&error);
    return pages;
}

/* A call that fails leaves nothing behind, on neither side: no part of the arguments that were read before the wrong
 * one, no handle, no error. */
static void
failing_often(struct link_instance instance)
{
    uint8_t token[16] = {0};
    size_t length = 0;
    invoke_and_keep(instance, "a thing", "api.thing", BYTES("\x81\x01"), token, &length);
    /* The token, and then what is no token. */
    uint8_t give[32] = {0x82};
    memcpy(give + 1, token, length);
    give[1 + length] = 0x20;
    const struct {
        const char *method;
        const uint8_t *payload;
        size_t length;
    } calls[] = {
        {"api.take", BYTES("\x83\x00\x78\x21words that are read and then lost\x82\x82\x00\x62xy\x82\x00\x20")},
        {"api.other.take", give, length + 2},
        {"own-error", BYTES("")},
    };
    for (size_t call = 0; call < sizeof calls / sizeof *calls; call++) {
        invoke(instance, "once", calls[call].method, calls[call].payload, calls[call].length);
        size_t here = 0;
        uint32_t there = 0;
        uint32_t failed = 0;
        for (int round = 0; round < WARM_UP + OFTEN; round++) {
            if (round == WARM_UP) {
                here = __builtin_wasm_memory_size(0);
                there = pages_of(instance);
            }
            struct link_error error = {0};
            uint8_t *reply = NULL;
            size_t reply_length = 0;
            failed += !link_invoke(instance, calls[call].method, strlen(calls[call].method), calls[call].payload,
                                   calls[call].length, &reply, &reply_length, &error);
            link_error_free(&error);
        }
        printf("%s, %" PRIu32 " failures: the consumer grew by %zu pages, the provider by %" PRIu32 "\n",
               calls[call].method, failed, __builtin_wasm_memory_size(0) - here, pages_of(instance) - there);
    }
    uint8_t once[17] = {0x81};
    memcpy(once + 1, token, length);
    invoke(instance, "the thing is still there", "drop", once, length + 1);
}

/* The instance of a raw call ends with a trap; the linker goes on. */
static void
raw_trap(struct link_instance *instance)
{
    uint8_t *reply = NULL;
    size_t length = 0;
    struct link_error error = {0};
    for (int call = 0; call < 2; call++) {
        bool answered = link_invoke(*instance, "api.trap", 8, BYTES("\x80"), &reply, &length, &error);
        printf("raw trap: %s, the instance %s\n", answered ? "answered" : error.code.text,
               link_error_ends_instance(&error) ? "is gone" : "lives on");
        link_error_free(&error);
    }
    link_instance_drop(instance);
    *instance = resolve();
    invoke(*instance, "another instance", "api.double", BYTES("\x81\x15"));
}

static void
resolving(void)
{
    struct link_instance instance = {0};
    struct link_error error = {0};
    if (!link_resolve("nobody", 6, &instance, &error))
        printf("resolve of an unknown name: %s\n", error.code.text);
    link_error_free(&error);
    if (!link_resolve("", 0, &instance, &error))
        printf("resolve of no name: %s\n", error.code.text);
    link_error_free(&error);
    if (!link_resolve_digest((const uint8_t[32]){1, 2, 3}, &instance, &error))
        printf("resolve of an unknown digest: %s\n", error.code.text);
    link_error_free(&error);
}

int
main(void)
{
    begin();
    traps();
    handles();
    struct link_instance instance = resolve();
    hostile_payloads(instance);
    tokens(instance);
    failing_often(instance);
    raw_trap(&instance);
    link_instance_drop(&instance);
    resolving();
    return finish();
}
