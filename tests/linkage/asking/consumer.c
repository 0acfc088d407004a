#include "consumer.h"
#include "check.h"

#include <string.h>

static link_answerer answer;
static struct link_instance instance;
static struct link_provider provider = {.id = "provider", .answerer = answer};
static int32_t thing, other; /* handles of the session of `provider` */
static int depth;

static void
show_error(const char *what, struct link_error *error)
{
    /* What a trap says names functions, as far as the compiler has left them. */
    bool trapped = link_error_is(error, "exec-trap");

    printf("%s: %s: %s (%s)\n", what, error->code.text, trapped ? "..." : error->message.text,
           error->context.text == NULL ? "-" : error->context.text);
    link_error_free(error);
}

static bool
is(const char *method, size_t length, const char *name)
{
    return length == strlen(name) && memcmp(method, name, length) == 0;
}

/* Makes a call with raw bytes, and shows what comes of it. */
static bool
call(const char *method, const char *question, bool asking)
{
    struct link_error error;
    uint8_t *reply;
    size_t length;
    bool ok = asking ? link_call(instance, method, strlen(method), question, strlen(question), answer, &depth, &reply,
                                 &length, &error)
                     : link_invoke(instance, method, strlen(method), question, strlen(question), &reply, &length,
                                   &error);

    printf("%s %s: ", method, question);
    if (!ok) {
        show_error("error", &error);
        return false;
    }
    if (length < 64)
        print_bytes(reply, length);
    else
        printf("%zu bytes", length);
    putchar('\n');
    link_reply_free(reply, length);
    return true;
}

static uint8_t *
filled(size_t length)
{
    uint8_t *bytes = malloc(length);
    if (bytes == NULL)
        abort();
    memset(bytes, 'x', length);
    return bytes;
}

static uint32_t
value_after(const char *question)
{
    struct link_call call;
    uint32_t value = 0;

    link_begin(&call, &provider, LINK_METHOD("api.thing.value-after"), 2);
    link_write_borrow(&call, thing);
    cbor_write_text(&call.arguments, question, strlen(question));
    if (link_send(&call))
        cbor_read_u32(&call.reply, &value);
    return link_end(&call) ? value : 0;
}

static void
show_value(const char *what, const char *question)
{
    uint32_t value = value_after(question);

    SHOW(what, value);
}

static int32_t
new_thing(uint32_t value)
{
    struct link_call call;
    int32_t handle = 0;

    link_begin(&call, &provider, LINK_METHOD("api.thing"), 1);
    cbor_write_unsigned(&call.arguments, value);
    if (link_send(&call))
        link_read_own(&call, &handle);
    return link_end(&call) ? handle : 0;
}

static void
give(int32_t handle)
{
    struct link_call call;

    link_begin(&call, &provider, LINK_METHOD("api.give"), 1);
    link_write_own(&call, handle);
    if (link_send(&call))
        cbor_read_null(&call.reply);
    link_end(&call);
}

static void
trap_inside(void)
{
    struct link_call call;

    link_begin(&call, &provider, LINK_METHOD("trap"), 0);
    link_send(&call);
    link_end(&call);
}

static void
show_pending(const char *what)
{
    struct link_error error;

    if (link_take_error(&error))
        show_error(what, &error);
    else
        printf("%s: no error\n", what);
}

static bool
answer(void *context, const char *method, size_t method_length, const uint8_t *payload, size_t payload_length,
       uint8_t **answer, size_t *answer_length, struct link_error *error)
{
    if (context != NULL && context != &provider &&
        (method_length != payload_length || memcmp(method, payload, method_length) != 0))
        abort();
    if (is(method, method_length, "empty"))
        return true;
    if (is(method, method_length, "fail")) {
        link_error_set(error, "own-code", "own message", "own context");
        return false;
    }
    if (is(method, method_length, "large")) {
        *answer_length = 1 << 20;
        *answer = filled(*answer_length);
        return true;
    }
    if (is(method, method_length, "again")) {
        call("ask", "plain", true);
        call("ask", "fail", true);
        call("echo", "inner", false);
        call("ask", "nobody", false);
    } else if (is(method, method_length, "deeper")) {
        depth++;
        call("ask", "deeper", true);
    } else if (is(method, method_length, "trap")) {
        call("trap", "", false);
    } else if (is(method, method_length, "drop")) {
        link_drop(&provider, thing);
    } else if (is(method, method_length, "give")) {
        give(thing);
        show_pending("given inside");
    } else if (is(method, method_length, "drop-other")) {
        link_drop(&provider, other);
        give(new_thing(3));
        show_pending("made and given inside");
    } else if (is(method, method_length, "end")) {
        trap_inside();
        show_pending("trapped inside");
        new_thing(4);
        show_pending("called after that, inside");
    } else if (is(method, method_length, "close")) {
        link_close(&provider);
    }
    *answer_length = 3;
    *answer = filled(3);
    return true;
}

static void
ask_often(void)
{
    struct link_error error;
    uint8_t *reply;
    size_t length;

    if (link_call(instance, LINK_METHOD("ask"), "plain", 5, answer, NULL, &reply, &length, &error))
        link_reply_free(reply, length);
    if (!link_call(instance, LINK_METHOD("ask"), "fail", 4, answer, NULL, &reply, &length, &error))
        link_error_free(&error);
}

static uint32_t
pages(void)
{
    struct link_error error;
    uint8_t *reply;
    size_t length;
    struct cbor_reader reader;
    uint32_t count = 0;

    if (!link_invoke(instance, LINK_METHOD("api.pages"), "\x80", 1, &reply, &length, &error))
        abort();
    cbor_reader_open(&reader, reply, length);
    cbor_read_u32(&reader, &count);
    link_reply_free(reply, length);
    return count;
}

static void
resolve(void)
{
    struct link_error error;

    if (!link_resolve("provider", 8, &instance, &error))
        abort();
}

int
main(void)
{
    begin();
    resolve();
    call("ask", "plain", true);
    call("ask", "empty", true);
    call("ask", "fail", true);
    call("ask", "large", true);
    call("ask", "plain", false);
    call("ask", "again", true);
    call("ask", "deeper", true);
    SHOW("so deep", depth);
    call("echo", "still here", false);
    show_growth("asking", ask_often, pages);
    call("ask", "trap", true);
    call("echo", "gone", false);
    link_instance_drop(&instance);
    resolve();
    call("echo", "another", false);
    link_instance_drop(&instance);

    /* What a call borrows stays while it waits. */
    thing = new_thing(1);
    other = new_thing(2);
    show_value("value", "plain");
    show_value("value, another dropped inside", "drop-other");
    show_value("value, given inside", "give");
    thing = new_thing(5);
    show_value("value, dropped inside", "drop");
    show_value("value of what was dropped", "plain");
    show_pending("after that");

    /* A session that ends in an answer. */
    thing = new_thing(6);
    show_value("value, ended inside", "end");
    show_pending("after that");
    thing = new_thing(7);
    show_value("value, anew", "plain");
    show_value("value, closed inside", "close");
    show_pending("after that");
    thing = new_thing(8);
    show_value("value, anew", "plain");
    return finish();
}
