/* Fuzz target of link_answer.c: what two providers ask of the consumer of visitors.h, in the middle of calls that lend and
 * give them handles.
 *
 * The input is a sequence of steps: a byte that chooses what, a byte with the length of what follows, and that. A question's
 * are its arguments, in which the byte fe, which no CBOR begins with, and the byte after it stand for a token that a provider
 * was told. In the end both sessions end; then nothing may be alive. */
#include "check.h"
#include "tokens.h"
#include "visitors.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_KEPT = 256, MOST_OPEN = 8, MOST_STEPS = 512 };

static struct link_provider providers[] = {{.id = "one", .ended = link_reclaim}, {.id = "two", .ended = link_reclaim}};
static uint32_t sessions;

/* The calls that are open, innermost last, and what the consumer has itself. */
static struct link_call calls[MOST_OPEN];
static size_t open_count;
static int32_t kept[MOST_KEPT];
static size_t kept_count;

static void
ask(const struct link_provider *asker, unsigned choice, const uint8_t *payload, size_t length)
{
    static const char *const names[] = {"cb.make", "cb.take", "cb.visit", "drop", "room", "manifest", ""};
    const char *name = names[choice % (sizeof(names) / sizeof(names[0]))];
    struct link_error error;
    struct cbor_reader reader;
    uint64_t token;
    uint8_t *answer = NULL;
    size_t answer_length = 0;

    /* Room for little: what is asked for is allocated. */
    if (strcmp(name, "room") == 0 && length > 4)
        return;
    if (!link_answer(asker, &answers, name, strlen(name), payload, length, &answer, &answer_length, &error)) {
        check(error.code.text != NULL && error.message.text != NULL, "an error has a code and a message");
        link_error_free(&error);
        return;
    }
    cbor_reader_open(&reader, answer, answer_length);
    if (strcmp(name, "cb.make") == 0) {
        check(cbor_read_u64(&reader, &token) && cbor_read_end(&reader), "what was made has a token");
        note_token(token);
    } else {
        check(cbor_skip(&reader) && cbor_read_end(&reader), "an answer is one item");
    }
    free(answer);
}

/* Begins a call that passes a visitor: a new one, one that the consumer has, or none that is alive. */
static void
begin(struct link_provider *provider, bool give, unsigned which)
{
    struct link_call *call = &calls[open_count++];
    struct cbor_reader reader;
    uint64_t token;
    size_t at = which % (kept_count + 1);
    int32_t handle = 0;

    if (which >= 0x40) {
        if (at == kept_count)
            kept[kept_count++] = new_visitor(which);
        handle = kept[at];
    }
    /* As if it had been resolved. A session that has ended in the middle of calls has to wait for them. */
    if (provider->session == 0 && provider->open_calls == 0)
        provider->session = ++sessions;
    link_begin(call, provider, LINK_METHOD("api.call"), 1);
    provider->open_calls++;
    size_t unpassed = call->arguments.length;
    if (give)
        link_give(call, &visitor, handle);
    else
        link_lend(call, &visitor, handle);
    if (call->arguments.length == unpassed)
        return;
    if (give)
        kept[at] = kept[--kept_count];
    cbor_reader_open(&reader, call->arguments.data, call->arguments.length);
    check(cbor_read_tuple(&reader, 1) && cbor_read_u64(&reader, &token), "what was passed is a token");
    note_token(token);
}

/* Ends the innermost call with a reply, from which a visitor may be taken back. */
static void
end(bool answered, bool takes_back, const uint8_t *reply, size_t length)
{
    struct link_call *call = &calls[--open_count];
    struct link_error error;
    int32_t handle = 0;

    if (--call->provider->open_calls == 0 && call->provider->session == 0)
        link_reclaim(call->provider->ended_session);
    cbor_writer_close(&call->arguments);
    cbor_reader_open(&call->reply, reply, length);
    bool was_failed = call->failed;
    call->failed |= !answered;
    if (!call->failed)
        call->failed = !(takes_back ? link_take_back(call, &visitor, &handle) : cbor_skip(&call->reply));
    bool ended = link_end(call);
    if (ended && takes_back && kept_count < MOST_KEPT)
        kept[kept_count++] = handle;
    else if (ended && takes_back)
        link_drop_own(&visitor, handle);
    check(!ended || !was_failed, "a call that failed has not ended well");
    if (link_take_error(&error))
        link_error_free(&error);
}

static void
step(unsigned choice, const uint8_t *rest, size_t length)
{
    struct link_provider *provider = &providers[choice & 1];
    unsigned which = length > 0 ? rest[0] : 0;

    switch (choice >> 1 & 15) {
    case 0:
        if (open_count < MOST_OPEN && kept_count < MOST_KEPT)
            begin(provider, choice & 0x20, which);
        break;
    case 1:
        if (open_count > 0)
            end(choice & 0x20, choice & 0x40, rest, length);
        break;
    default:
        ask(provider, (choice >> 1 & 15) - 2, rest, length);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t rest[MOST_PAYLOAD];
    size_t at = 0;

    for (int steps = 0; size - at >= 2 && steps < MOST_STEPS; steps++) {
        unsigned choice = data[at++];
        size_t length = take_payload(data, size, &at, rest);
        step(choice, rest, length);
    }
    while (open_count > 0)
        end(false, false, NULL, 0);
    for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++)
        link_close(&providers[i]);
    for (size_t i = 0; i < kept_count; i++)
        link_drop_own(&visitor, kept[i]);
    token_count = kept_count = sessions = 0;
    check(alive == 0 && others_alive == 0, "when sessions have ended and what was kept is dropped nothing is alive");
    return 0;
}
