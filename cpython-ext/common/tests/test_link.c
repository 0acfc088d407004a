/* Native tests of link.c over its bindings, with a host that is this file: the provider `things` is the endpoint of
 * caps/common/tests, linked in; `scripted` answers what a test says; there is no other. Prints one line and exits 0, or
 * names what is wrong and exits 1. */
#include "check.h"
#include "endpoint_call.h"
#include "link.h"
#include "things.h"
#include "no_questions.h"
#include "nobody_asked.h"

/* ---- The host ---- */

enum { THINGS = 1000, SCRIPTED = 2000 }; /* instances: these plus a count */

static int instances, drops, invokes;
static char last_method[64];
static uint8_t last_payload[256];
static size_t last_length;
static int32_t last_instance;

/* What `scripted` answers: a reply, or an error where there is a code. `open` and `room` are answered by
 * codes of their own, or well. */
static const char *script_reply = "\xf6";
static size_t script_length = 1;
static const char *script_code, *script_message = "as the script says", *script_context;
static const char *open_code, *room_code;

static void
put(uint8_t *area, size_t at, const void *data, size_t length)
{
    uint8_t *copied = host_copy(data, length);
    memcpy(area + at * sizeof(void *), &copied, sizeof(copied));
    memcpy(area + (at + 1) * sizeof(void *), &length, sizeof(length));
}

static void
put_error(uint8_t *area, const char *code, const char *message, const char *context)
{
    area[0] = 1;
    put(area, 1, code, strlen(code));
    put(area, 3, message, strlen(message));
    area[5 * sizeof(void *)] = context != NULL;
    if (context != NULL)
        put(area, 6, context, strlen(context));
}

void
__wasm_import_compose_dynlink_linker_method_instance_invoke(int32_t handle, uint8_t *method, size_t method_length,
                                                            uint8_t *payload, size_t length, uint8_t *area)
{
    invokes++;
    last_instance = handle;
    snprintf(last_method, sizeof(last_method), "%.*s", (int)method_length, (char *)method);
    last_length = length;
    memcpy(last_payload, payload, length < sizeof(last_payload) ? length : sizeof(last_payload));
    area[0] = 0;
    if (handle >= SCRIPTED) {
        bool open = strcmp(last_method, "open") == 0, room = strcmp(last_method, "room") == 0;
        const char *code = open ? open_code : room ? room_code : script_code;
        if (code != NULL)
            put_error(area, code, script_message, script_context);
        else
            put(area, 1, open || room ? "\xf6" : script_reply, open || room ? 1 : script_length);
        return;
    }
    struct answer answer = endpoint_call(method, method_length, payload, length);
    if (answer.ok)
        put(area, 1, answer.reply, answer.length);
    else
        put_error(area, answer.code, answer.message, answer.context);
    answer_free(&answer);
}

void
__wasm_import_compose_dynlink_linker_resolve_by_id(uint8_t *id, size_t length, uint8_t *area)
{
    int32_t handle = 0;

    area[0] = 0;
    if (length == 6 && memcmp(id, "things", 6) == 0)
        handle = THINGS + ++instances;
    else if (length == 8 && memcmp(id, "scripted", 8) == 0)
        handle = SCRIPTED + ++instances;
    else
        put_error(area, "plan-missing-field", "no component of that name is in the plan", "gone");
    if (handle != 0)
        memcpy(area + sizeof(void *), &handle, sizeof(handle));
}

void
__wasm_import_compose_dynlink_linker_resolve_by_digest(uint8_t *digest, size_t length, uint8_t *area)
{
    int32_t handle = SCRIPTED + ++instances;

    area[0] = 0;
    if (length != 32 || digest[0] != 1)
        put_error(area, "blob-not-found", "no such blob", NULL);
    else
        memcpy(area + sizeof(void *), &handle, sizeof(handle));
}

void
__wasm_import_compose_dynlink_linker_instance_drop(int32_t handle)
{
    EXPECT(handle > 0);
    drops++;
}

void
__component_type_object_force_link_dynlink_import(void)
{
}

/* ---- Shims as they are generated ---- */

static const char *const interfaces[] = {"test:things/counters@1.2.0", "test:things/shapes@0.3.1", NULL};
static struct link_provider things = {.id = "things", .interfaces = interfaces};
static struct link_provider scripted = {.id = "scripted", .interfaces = interfaces};
static struct link_provider gone = {.id = "gone", .interfaces = interfaces};

static int32_t
new_counter_at(struct link_provider *provider, uint32_t value)
{
    struct link_call call;
    int32_t handle = 0;

    link_begin(&call, provider, LINK_METHOD("counters.counter"), 1);
    cbor_write_unsigned(&call.arguments, value);
    if (link_send(&call))
        link_read_own(&call, &handle);
    return link_end(&call) ? handle : 0;
}

static uint32_t
add(struct link_provider *provider, int32_t self, int8_t amount)
{
    struct link_call call;
    uint32_t result = 0;

    link_begin(&call, provider, LINK_METHOD("counters.counter.add"), 2);
    link_write_borrow(&call, self);
    cbor_write_signed(&call.arguments, amount);
    if (link_send(&call))
        cbor_read_u32(&call.reply, &result);
    return link_end(&call) ? result : 0;
}

static int32_t
merge(struct link_provider *provider, int32_t first, int32_t second)
{
    struct link_call call;
    int32_t handle = 0;

    link_begin(&call, provider, LINK_METHOD("counters.counter.merge"), 2);
    link_write_own(&call, first);
    link_write_own(&call, second);
    if (link_send(&call))
        link_read_own(&call, &handle);
    return link_end(&call) ? handle : 0;
}

static bool
pour(struct link_provider *provider, int32_t self, int32_t from)
{
    struct link_call call;

    link_begin(&call, provider, LINK_METHOD("counters.counter.pour"), 2);
    link_write_borrow(&call, self);
    link_write_own(&call, from);
    if (link_send(&call))
        cbor_read_null(&call.reply);
    return link_end(&call);
}

/* echo(list<u8>) -> list<u8>: true and a list to free, or false. */
static bool
echo(struct link_provider *provider, const uint8_t *data, size_t length, uint8_t **result, size_t *result_length)
{
    struct link_call call;

    *result_length = 0;
    link_begin(&call, provider, LINK_METHOD("shapes.echo"), 1);
    cbor_write_bytes(&call.arguments, data, length);
    if (link_send(&call))
        (void)(cbor_read_bytes(&call.reply, result, result_length) || cbor_in_field(&call.reply, "data"));
    if (link_end(&call))
        return true;
    link_reply_free(*result, *result_length);
    *result_length = 0;
    return false;
}

/* Whether the pending error is that; takes it. */
static bool
pending(const char *code, const char *message, const char *context)
{
    struct link_error error;

    if (!link_failed() || !link_take_error(&error) || link_failed())
        return false;
    bool same =
        link_error_is(&error, code) && strcmp(error.message.text, message) == 0 &&
        (context == NULL ? error.context.text == NULL : error.context.text && strcmp(error.context.text, context) == 0);
    if (!same)
        fprintf(stderr, "got %s: %s (%s)\n", error.code.text, error.message.text,
                error.context.text ? error.context.text : "none");
    link_error_free(&error);
    return same;
}

/* ---- Tests ---- */

static const char dead_handle[] = "the handle was dropped, or belongs to an instance that has ended";

static void
test_errors(void)
{
    struct link_error error, other;

    EXPECT(!link_failed() && !link_take_error(&error));
    link_error_set(&error, "a-code", "a message", NULL);
    link_error_copy(&other, (struct link_text){"b\0c", 3}, (struct link_text){"", 0}, (struct link_text){"", 0});
    EXPECT(link_error_is(&error, "a-code") && !link_error_is(&error, "a-cod") && !link_error_is(&error, "a-code-"));
    EXPECT(other.code.length == 3 && memcmp(other.code.text, "b\0c", 4) == 0 && !link_error_is(&other, "b"));
    EXPECT(other.message.text && other.context.text && other.context.length == 0);
    link_set_pending(&error);
    EXPECT(link_failed() && error.code.text == NULL && !link_error_is(&error, "a-code"));
    link_set_pending(&other);
    EXPECT(pending("a-code", "a message", NULL));
    EXPECT(!link_error_ends_instance(&other));
}

static void
test_bytes(void)
{
    struct link_instance instance = {0}, by_digest = {0};
    struct link_error error;
    uint8_t digest[32] = {1}, *reply;
    size_t length;

    EXPECT(!link_resolve("nobody", 6, &instance, &error) && instance.handle == 0);
    EXPECT(link_error_is(&error, "plan-missing-field") && strcmp(error.context.text, "gone") == 0);
    link_error_free(&error);
    EXPECT(link_resolve("things", 6, &instance, &error) && instance.handle > THINGS);
    EXPECT(link_invoke(instance, "reverse", 7, "abc", 3, &reply, &length, &error) && length == 3 &&
           memcmp(reply, "cba", 3) == 0);
    link_reply_free(reply, length);
    EXPECT(link_invoke(instance, "reverse", 7, "", 0, &reply, &length, &error) && length == 0);
    link_reply_free(reply, length);
    EXPECT(!link_invoke(instance, "nothing", 7, "abc", 3, &reply, &length, &error) &&
           link_error_is(&error, "not-implemented"));
    link_error_free(&error);
    EXPECT(link_resolve_digest(digest, &by_digest, &error) && by_digest.handle > SCRIPTED);
    digest[0] = 2;
    EXPECT(!link_resolve_digest(digest, &by_digest, &error) && error.context.text == NULL);
    link_error_free(&error);
    drops = 0;
    link_instance_drop(&instance);
    link_instance_drop(&instance);
    link_instance_drop(&by_digest);
    EXPECT(drops == 2 && instance.handle == 0);
}

static void
test_calls(void)
{
    struct link_error error;
    uint8_t data[1000], *result;
    size_t length;
    int before = instances;

    EXPECT(link_open(&things, &error) && link_open(&things, &error) && instances == before + 1 && things.session != 0);
    EXPECT(strcmp(last_method, "open") == 0 &&
           memcmp(last_payload, "\x81\x82\x78\x1atest:things/counters@1.2.0\x78\x18test:things/shapes@0.3.1",
                  last_length) == 0);
    memset(data, 7, sizeof(data));
    EXPECT(echo(&things, data, sizeof(data), &result, &length) && length == sizeof(data) &&
           memcmp(result, data, length) == 0);
    link_reply_free(result, length);
    EXPECT(echo(&things, NULL, 0, &result, &length) && length == 0);
    EXPECT(!link_failed());

    int32_t a = new_counter_at(&things, 10), b = new_counter_at(&things, 20);
    EXPECT(a > 0 && b > 0 && a != b && live_counters == 2);
    EXPECT(add(&things, a, -3) == 7 && add(&things, b, 1) == 21);
    int32_t c = merge(&things, a, b);
    EXPECT(c > 0 && add(&things, c, 0) == 28 && live_counters == 1);
    /* Handles that were given away are never sent again, even though their slots are in use again. */
    int sent = invokes;
    EXPECT(add(&things, a, 0) == 0 && pending("invalid-input", dead_handle, "counters.counter.add"));
    EXPECT(invokes == sent);
    /* What a failed call gave away is dropped, whether or not the call was sent. */
    EXPECT(merge(&things, c, b) == 0 && pending("invalid-input", dead_handle, "counters.counter.merge"));
    EXPECT(invokes == sent + 1 && strcmp(last_method, "drop") == 0 && live_counters == 0 && things.session != 0);
    EXPECT(add(&things, c, 0) == 0 && pending("invalid-input", dead_handle, "counters.counter.add"));
    int32_t d = new_counter_at(&things, 1);
    EXPECT(!pour(&things, d, d));
    EXPECT(pending("invalid-input",
                   "expected counters.counter, found a handle that these arguments also borrow at byte 10",
                   "counters.counter.pour: arguments.from"));
    EXPECT(strcmp(last_method, "drop") == 0 && live_counters == 0);
    d = new_counter_at(&things, 1);
    EXPECT(merge(&things, d, d) == 0 && pending("invalid-input", dead_handle, "counters.counter.merge"));
    EXPECT(live_counters == 0);
    a = new_counter_at(&things, 1);
    b = new_counter_at(&things, 2);
    EXPECT(pour(&things, a, b) && add(&things, a, 0) == 3 && live_counters == 1);

    d = new_counter_at(&things, 1);
    link_drop(&things, d);
    EXPECT(live_counters == 1 && strcmp(last_method, "drop") == 0);
    sent = invokes;
    link_drop(&things, d);
    link_drop(&things, 0);
    link_drop(&things, -1);
    link_drop(&things, INT32_MAX);
    EXPECT(invokes == sent && !link_failed());
    EXPECT(add(&things, 0, 0) == 0 && pending("invalid-input", dead_handle, "counters.counter.add"));

    /* An error of the provider's own arrives unchanged, and the session goes on. */
    uint32_t session = things.session;
    struct link_call call;
    link_begin(&call, &things, LINK_METHOD("counters.many"), 2);
    cbor_write_unsigned(&call.arguments, 3);
    cbor_write_bool(&call.arguments, true);
    EXPECT(!link_send(&call) && !link_end(&call));
    EXPECT(pending("not-today", "many is not for today", "many") && things.session == session);

    /* A handle of another provider's session is not sent. */
    int32_t e = new_counter_at(&things, 5);
    EXPECT(link_open(&scripted, &error));
    sent = invokes;
    EXPECT(add(&scripted, e, 1) == 0 && pending("invalid-input", dead_handle, "counters.counter.add") &&
           invokes == sent);
    link_drop(&scripted, e);
    EXPECT(invokes == sent && add(&things, e, 1) == 6);
    link_close(&scripted);
    link_close(&things);
    EXPECT(things.session == 0);
}

static void
test_open_fails(void)
{
    struct link_error error;
    uint8_t *result;
    size_t length;

    EXPECT(!link_open(&gone, &error) && link_error_is(&error, "plan-missing-field") && gone.session == 0);
    link_error_free(&error);
    EXPECT(!echo(&gone, NULL, 0, &result, &length));
    EXPECT(pending("plan-missing-field", "no component of that name is in the plan", "gone"));

    drops = 0;
    open_code = "exec-missing-export";
    script_context = "test:things/counters@1.2.0";
    EXPECT(!link_open(&scripted, &error) && link_error_is(&error, "exec-missing-export") && scripted.session == 0);
    EXPECT(strcmp(error.context.text, script_context) == 0 && drops == 1 && scripted.instance.handle == 0);
    link_error_free(&error);
    script_context = NULL;
    open_code = "not-implemented"; /* a provider without the handshake */
    EXPECT(link_open(&scripted, &error) && scripted.session != 0 && drops == 1);
    link_close(&scripted);
    open_code = NULL;
    static struct link_provider silent = {.id = "scripted"};
    int sent = invokes;
    EXPECT(link_open(&silent, &error) && invokes == sent);
    link_close(&silent);
}

/* What each end of a session means for its handles. */
static void
test_sessions(void)
{
    static const char *const ends[] = {"exec-trap", "exec-timeout", "exec-resource-exhausted"};
    static const char *const goes_on[] = {"invalid-input",   "internal-error", "exec-capability-denied",
                                          "not-implemented", "exec-trap-",     "my-own"};
    int32_t handle;

    for (size_t i = 0; i < 3; i++) {
        script_reply = "\x07";
        script_code = NULL;
        handle = new_counter_at(&scripted, 1);
        EXPECT(handle > 0 && add(&scripted, handle, 1) == 7);
        EXPECT(memcmp(last_payload, "\x82\x07\x01", 3) == 0);
        uint32_t session = scripted.session;
        int32_t instance = last_instance;
        drops = 0;
        script_code = ends[i];
        EXPECT(add(&scripted, handle, 1) == 0 && drops == 1 && scripted.session == 0);
        EXPECT(pending(ends[i], "as the script says", NULL));
        /* The next call is another instance; the old handle is not sent to it. */
        script_code = NULL;
        EXPECT(add(&scripted, handle, 1) == 0 && pending("invalid-input", dead_handle, "counters.counter.add"));
        int32_t fresh = new_counter_at(&scripted, 1);
        EXPECT(fresh > 0 && last_instance != instance && scripted.session != session && scripted.session != 0);
        EXPECT(add(&scripted, handle, 1) == 0 && pending("invalid-input", dead_handle, "counters.counter.add"));
        EXPECT(add(&scripted, fresh, 1) == 7);
        /* A call that gave a handle away and ended the instance drops nothing. */
        int32_t given = new_counter_at(&scripted, 1);
        script_code = ends[i];
        EXPECT(!pour(&scripted, fresh, given) && pending(ends[i], "as the script says", NULL));
        EXPECT(scripted.session == 0 && strcmp(last_method, "counters.counter.pour") == 0);
        script_code = NULL;
        fresh = new_counter_at(&scripted, 1);
        EXPECT(fresh > 0);
        /* The same through drop. */
        script_code = ends[i];
        link_drop(&scripted, fresh);
        EXPECT(scripted.session == 0 && !link_failed());
    }
    script_code = NULL;
    handle = new_counter_at(&scripted, 1);
    uint32_t session = scripted.session;
    for (size_t i = 0; i < sizeof(goes_on) / sizeof(goes_on[0]); i++) {
        script_code = goes_on[i];
        EXPECT(add(&scripted, handle, 1) == 0 && pending(goes_on[i], "as the script says", NULL));
        EXPECT(scripted.session == session && strcmp(last_method, "counters.counter.add") == 0);
        script_code = NULL;
        int32_t given = new_counter_at(&scripted, 1);
        script_code = goes_on[i]; /* the drop fails, too, and nobody minds */
        EXPECT(!pour(&scripted, handle, given) && pending(goes_on[i], "as the script says", NULL));
        EXPECT(scripted.session == session && strcmp(last_method, "drop") == 0);
    }
    script_code = NULL;
    EXPECT(add(&scripted, handle, 1) == 7);
    link_close(&scripted);
}

/* Replies that are not what the contract says. */
static void
test_replies(void)
{
    static const struct {
        const char *reply;
        size_t length;
        const char *message, *context;
    } cases[] = {
        {"", 0, "the reply is wrong: expected a byte string, found the end of the payload at byte 0",
         "shapes.echo: result.data"},
        {"\xf6", 1, "the reply is wrong: expected a byte string, found null at byte 0", "shapes.echo: result.data"},
        {"\x42\x01", 2, "the reply is wrong: expected a byte string, found one of 2 bytes that is cut off at byte 0",
         "shapes.echo: result.data"},
        {"\x41\x01\x00", 3, "the reply is wrong: expected the end of the payload, found the integer 0 at byte 2",
         "shapes.echo: result"},
        {"\x5f\x41\x01\xff", 4,
         "the reply is wrong: expected a byte string, found an indefinite length or a break at byte 0",
         "shapes.echo: result.data"},
    };
    uint8_t *result;
    size_t length;

    script_code = NULL;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        script_reply = "\x07";
        script_length = 1;
        int32_t handle = new_counter_at(&scripted, 1);
        EXPECT(handle > 0);
        script_reply = cases[i].reply;
        script_length = cases[i].length;
        EXPECT(!echo(&scripted, NULL, 0, &result, &length) && length == 0);
        EXPECT(pending("internal-error", cases[i].message, cases[i].context) && scripted.session == 0);
        script_reply = "\x07";
        script_length = 1;
        EXPECT(add(&scripted, handle, 1) == 0 && pending("invalid-input", dead_handle, "counters.counter.add"));
    }
    /* The first error stays until it is taken. */
    script_code = "first";
    EXPECT(!echo(&scripted, NULL, 0, &result, &length));
    script_code = "second";
    EXPECT(!echo(&scripted, NULL, 0, &result, &length));
    EXPECT(pending("first", "as the script says", NULL) && !link_failed());
    /* Arguments beyond the limit are not sent. */
    int sent = invokes;
    uint8_t *large = calloc(1, (size_t)LINK_MAX_PAYLOAD);
    EXPECT(large != NULL && !echo(&scripted, large, LINK_MAX_PAYLOAD, &result, &length) && invokes == sent);
    EXPECT(pending("invalid-input", "the arguments are larger than any provider takes", "shapes.echo: arguments"));
    free(large);
    script_code = NULL;
    link_close(&scripted);
}

/* A provider is asked before it gets much at once, and one that has no memory gets nothing. */
static void
test_room(void)
{
    static uint8_t large[LINK_UNASKED];
    struct link_error error;
    uint8_t *result;
    size_t length;

    EXPECT(link_open(&scripted, &error));
    script_code = NULL;
    script_reply = "\x40";
    script_length = 1;
    int sent = invokes;
    EXPECT(echo(&scripted, large, sizeof(large) - 100, &result, &length) && invokes == sent + 1);
    EXPECT(echo(&scripted, large, sizeof(large), &result, &length) && invokes == sent + 3);
    room_code = "not-implemented";
    EXPECT(echo(&scripted, large, sizeof(large), &result, &length) && invokes == sent + 5);
    room_code = "no-memory";
    EXPECT(!echo(&scripted, large, sizeof(large), &result, &length) && invokes == sent + 6);
    EXPECT(strcmp(last_method, "room") == 0 && memcmp(last_payload, "\x81\x1a\x00\x01\x80", 5) == 0);
    EXPECT(pending("no-memory", "as the script says", NULL) && scripted.session != 0);
    room_code = NULL;
    link_close(&scripted);
}

/* As many handles as there may be, then one more: an error, not another handle. What the provider gave for it is dropped
 * there, and all others live on. */
static void
test_exhaustion(void)
{
    static int32_t handles[LINK_MAX_HANDLES];
    int bad = 0;

    script_code = NULL;
    script_reply = "\x07";
    script_length = 1;
    for (int i = 0; i < LINK_MAX_HANDLES; i++) {
        handles[i] = new_counter_at(&scripted, 1);
        bad += handles[i] <= 0 || (i > 0 && handles[i] == handles[i - 1]);
    }
    EXPECT(bad == 0 && !link_failed());
    EXPECT(new_counter_at(&scripted, 1) == 0);
    EXPECT(pending("no-memory", "out of memory", "counters.counter: result"));
    EXPECT(strcmp(last_method, "drop") == 0 && memcmp(last_payload, "\x81\x07", 2) == 0);
    EXPECT(add(&scripted, handles[0], 1) == 7);
    link_drop(&scripted, handles[0]);
    EXPECT(new_counter_at(&scripted, 1) > 0);
    link_close(&scripted);
}

int
main(void)
{
    test_errors();
    test_bytes();
    test_calls();
    test_open_fails();
    test_sessions();
    test_replies();
    test_room();
    test_exhaustion();
    if (has_failed())
        return 1;
    printf("link: %d checks\n", checks);
    return 0;
}
