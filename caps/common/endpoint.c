/* The provider's side of compose:dynlink: see endpoint.h. Protocol: docs/reference/dynlink-cbor.md. */
#include "endpoint.h"

#include <stdlib.h>
#include <string.h>

#include "provider.h"

/* Read through pointers only: gcc 12 takes a copy of a weak constant for the constant itself. */
__attribute__((weak)) const struct endpoint_methods endpoint_own = {NULL, 0};

/* ---- Texts ---- */

/* A text that is put together in a room of its own; what does not fit is cut, at the end of a character. */
struct text {
    char *at;
    size_t length;
    size_t room;
};

/* The length of a text that is cut to `most` bytes, at the end of a character. */
static size_t
cut(const char *text, size_t length, size_t most)
{
    if (length <= most)
        return length;
    while (most > 0 && ((uint8_t)text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

static void
append(struct text *text, const char *part, size_t length)
{
    size_t kept = cut(part, length, text->room - text->length);

    if (kept < length)
        text->room = text->length + kept;
    length = kept;
    memcpy(text->at + text->length, part, length);
    text->length += length;
}

static void
append_string(struct text *text, const char *part)
{
    append(text, part, strlen(part));
}

/* ---- Tokens ---- */

static struct {
    uint64_t key[2];
    uint64_t counter; /* of the tokens made */
    bool seeded;
} session;

static inline uint64_t
rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

/* `rounds` rounds of SipHash (J.-P. Aumasson, D. J. Bernstein: SipHash: a fast short-input PRF, 2012). */
static void
sip_rounds(uint64_t v[4], int rounds)
{
    while (rounds-- > 0) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

/* SipHash-2-4 of the eight bytes of a number, little endian. */
static uint64_t
siphash(const uint64_t key[2], uint64_t number)
{
    uint64_t v[4] = {
        key[0] ^ UINT64_C(0x736f6d6570736575),
        key[1] ^ UINT64_C(0x646f72616e646f6d),
        key[0] ^ UINT64_C(0x6c7967656e657261),
        key[1] ^ UINT64_C(0x7465646279746573),
    };
    uint64_t blocks[2] = {number, UINT64_C(8) << 56};

    for (int i = 0; i < 2; i++) {
        v[3] ^= blocks[i];
        sip_rounds(v, 2);
        v[0] ^= blocks[i];
    }
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ---- Handles ----
 *
 * A handle is an index into `slots` and the slot's generation above it, which starts at 1. Lists of slots (free ones,
 * those that a call takes or gives) run through `next` by index. */

enum { INDEX_BITS = 20, INDEX_MASK = (1 << INDEX_BITS) - 1, GENERATIONS = 1 << 11 };
_Static_assert(ENDPOINT_MAX_HANDLES <= 1 << INDEX_BITS, "an index holds every handle");

enum owner {
    NOBODY,   /* the slot is free */
    PROVIDER, /* the handle is the provider's; nobody outside knows a token of it */
    CONSUMER, /* the token is the consumer's */
    PASSING   /* the consumer gave it away in arguments that are still being read */
};

struct slot {
    const struct endpoint_resource *type;
    void *representation;
    uint64_t token;
    uint64_t borrowed; /* the number of the last call that borrows it */
    int32_t next;
    uint16_t generation;
    uint8_t owner;
};

static struct slot *slots;
static int32_t slot_count;
static int32_t first_free = -1;
static uint32_t held;  /* slots whose owner is CONSUMER or PASSING */
static uint64_t calls; /* the number of the current call */

static void
grow_slots(void)
{
    int32_t count = slot_count == 0 ? 16 : 2 * slot_count;
    struct slot *grown = count > INDEX_MASK + 1 ? NULL : realloc(slots, (size_t)count * sizeof(*slots));

    if (grown == NULL)
        __builtin_trap();
    for (int32_t i = slot_count; i < count; i++)
        grown[i] = (struct slot){.generation = 1, .next = i + 1 < count ? i + 1 : -1};
    first_free = slot_count;
    slots = grown;
    slot_count = count;
}

int32_t
endpoint_new(const struct endpoint_resource *type, void *representation)
{
    if (first_free < 0)
        grow_slots();
    int32_t index = first_free;
    struct slot *slot = &slots[index];
    first_free = slot->next;
    slot->type = type;
    slot->representation = representation;
    slot->owner = PROVIDER;
    return (int32_t)slot->generation << INDEX_BITS | index;
}

/* The slot of a handle that the provider owns. Any other handle is a bug of the provider's: traps. */
static struct slot *
own_slot(const struct endpoint_resource *type, int32_t handle)
{
    int32_t index = handle & INDEX_MASK;

    if (handle <= 0 || index >= slot_count || slots[index].generation != handle >> INDEX_BITS ||
        slots[index].owner != PROVIDER || slots[index].type != type)
        __builtin_trap();
    return &slots[index];
}

void *
endpoint_rep(const struct endpoint_resource *type, int32_t handle)
{
    return own_slot(type, handle)->representation;
}

/* Ends a handle, then the resource: the destructor may make and drop handles itself. */
static void
destroy(struct slot *slot)
{
    const struct endpoint_resource *type = slot->type;
    void *representation = slot->representation;

    slot->type = NULL;
    slot->owner = NOBODY;
    slot->generation = slot->generation + 1 < GENERATIONS ? slot->generation + 1 : 1;
    slot->next = first_free;
    first_free = (int32_t)(slot - slots);
    if (type->destructor != NULL)
        type->destructor(representation);
}

void
endpoint_drop(const struct endpoint_resource *type, int32_t handle)
{
    destroy(own_slot(type, handle));
}

/* Reads a token: the slot of the consumer's live handle of that type (any type for NULL), or NULL and a problem. */
static struct slot *
read_token(struct endpoint_call *call, const struct endpoint_resource *type)
{
    const uint8_t *at = call->arguments.at;
    const char *expected = type == NULL ? "a handle" : type->name;
    const char *found = "a token that is no live handle";
    uint64_t token;

    if (!cbor_read_u64(&call->arguments, &token))
        return NULL;
    int32_t index = (int32_t)(token & INDEX_MASK);
    if (index < slot_count && slots[index].token == token) {
        struct slot *slot = &slots[index];
        if (slot->owner == CONSUMER && (type == NULL || slot->type == type))
            return slot;
        if (slot->owner == CONSUMER)
            found = "a handle of another type";
        else if (slot->owner == PASSING)
            found = "a handle that these arguments give away";
    }
    cbor_reject(&call->arguments, at, expected, 0, found);
    return NULL;
}

bool
endpoint_read_borrow(struct endpoint_call *call, const struct endpoint_resource *type, void **representation)
{
    struct slot *slot = read_token(call, type);

    if (slot == NULL)
        return false;
    slot->borrowed = calls;
    *representation = slot->representation;
    return true;
}

bool
endpoint_read_own(struct endpoint_call *call, const struct endpoint_resource *type, int32_t *handle)
{
    const uint8_t *at = call->arguments.at;
    struct slot *slot = read_token(call, type);

    if (slot == NULL)
        return false;
    if (slot->borrowed == calls)
        return cbor_reject(&call->arguments, at, type->name, 0, "a handle that these arguments also borrow");
    slot->owner = PASSING;
    slot->next = call->taken;
    call->taken = (int32_t)(slot - slots);
    *handle = (int32_t)slot->generation << INDEX_BITS | call->taken;
    return true;
}

void
endpoint_write_own(struct endpoint_call *call, const struct endpoint_resource *type, int32_t handle)
{
    struct slot *slot = own_slot(type, handle);

    if (held >= ENDPOINT_MAX_HANDLES)
        endpoint_fail(call, "internal-error", "the consumer holds as many handles as it may", type->name);
    held++;
    slot->owner = CONSUMER;
    slot->borrowed = 0;
    slot->token = (siphash(session.key, session.counter++) & ~(uint64_t)INDEX_MASK) | (uint64_t)(slot - slots);
    slot->next = call->given;
    call->given = (int32_t)(slot - slots);
    cbor_write_unsigned(&call->reply, slot->token);
}

/* What the arguments gave away belongs to `owner` now. */
static void
settle_taken(struct endpoint_call *call, enum owner owner)
{
    while (call->taken >= 0) {
        struct slot *slot = &slots[call->taken];
        call->taken = slot->next;
        slot->owner = (uint8_t)owner;
        if (owner == PROVIDER)
            held--;
    }
}

/* Destroys what the reply of a failed call gave away: the consumer will never hear of it. */
static void
destroy_given(struct endpoint_call *call)
{
    while (call->given >= 0) {
        struct slot *slot = &slots[call->given];
        call->given = slot->next;
        held--;
        destroy(slot);
    }
}

/* ---- For handlers ---- */

void
endpoint_take_over(struct endpoint_call *call)
{
    settle_taken(call, PROVIDER);
}

bool
endpoint_fail(struct endpoint_call *call, const char *code, const char *message, const char *context)
{
    if (call->code != NULL)
        return false;
    struct text text = {call->message, 0, sizeof(call->message) - 1};
    append_string(&text, message);
    call->message[text.length] = '\0';
    call->code = code;
    call->context = context;
    call->context_length = context == NULL ? 0 : strlen(context);
    return false;
}

/* ---- Methods of the protocol ---- */

/* A dotted version's numbers. False for anything else, such as a pre-release. */
static bool
parse_version(const char *at, const char *end, uint32_t numbers[3])
{
    for (int i = 0; i < 3; i++) {
        const char *first = at;
        numbers[i] = 0;
        for (; at < end && *at >= '0' && *at <= '9' && at - first < 9; at++)
            numbers[i] = numbers[i] * 10 + (uint32_t)(*at - '0');
        if (at == first || (i < 2 && (at == end || *at++ != '.')))
            return false;
    }
    return at == end;
}

/* Whether an interface that is served satisfies one that is asked for: the same, or the same name in a later version
 * that is compatible by semver. */
static bool
satisfies(const char *served, const char *asked, size_t length)
{
    const char *at = memchr(asked, '@', length);
    const char *served_end = served + strlen(served);
    uint32_t has[3], wants[3];

    if ((size_t)(served_end - served) == length && memcmp(served, asked, length) == 0)
        return true;
    if (at == NULL)
        return false;
    size_t name = (size_t)(at - asked) + 1;
    if (strncmp(served, asked, name) != 0 || !parse_version(served + name, served_end, has) ||
        !parse_version(at + 1, asked + length, wants))
        return false;
    /* What may grow: all but the first number that is not 0. */
    for (int i = 0; i < 3; i++) {
        if (has[i] != wants[i])
            return i > 0 && has[i] > wants[i] && (wants[0] > 0 || (i == 2 && wants[1] > 0));
    }
    return true;
}

static bool
serves(const char *asked, size_t length)
{
    for (const char *const *served = endpoint_contract.interfaces; *served != NULL; served++) {
        if (satisfies(*served, asked, length))
            return true;
    }
    return false;
}

/* open([interface...]): whether this provider serves the interfaces. */
static bool
handle_open(struct endpoint_call *call)
{
    struct cbor_reader *arguments = &call->arguments;
    const char *asked, *missing = NULL;
    size_t count, length, missing_length = 0;

    if (!endpoint_begin(call, 1))
        return false;
    if (!cbor_read_array(arguments, &count))
        return cbor_in_item(arguments, 0);
    for (size_t i = 0; i < count; i++) {
        if (!cbor_view_text(arguments, &asked, &length))
            return cbor_in_item(arguments, i) || cbor_in_item(arguments, 0);
        if (missing == NULL && !serves(asked, length)) {
            missing = asked;
            missing_length = length;
        }
    }
    if (!endpoint_accept(call))
        return false;
    if (missing != NULL) {
        struct text text = {call->message, 0, sizeof(call->message) - 1};
        append_string(&text, endpoint_contract.name);
        append_string(&text, " does not serve ");
        append(&text, missing, missing_length);
        call->message[text.length] = '\0';
        call->code = "exec-missing-export";
        call->context = missing;
        call->context_length = cut(missing, missing_length, CBOR_PATH);
        return false;
    }
    cbor_write_null(&call->reply);
    return true;
}

/* session(bytes): the host's seed for tokens, once, before there is any. */
static bool
handle_session(struct endpoint_call *call)
{
    struct cbor_reader *arguments = &call->arguments;
    const uint8_t *seed;
    size_t length;

    if (!endpoint_begin(call, 1))
        return false;
    const uint8_t *at = arguments->at;
    if (!cbor_view_bytes(arguments, &seed, &length))
        return cbor_in_item(arguments, 0);
    if (length != 16)
        return cbor_reject(arguments, at, "a byte string of # bytes", 16, "another") || cbor_in_item(arguments, 0);
    if (!endpoint_accept(call))
        return false;
    if (session.seeded || session.counter > 0)
        return endpoint_fail(call, "invalid-input", "the session has begun already", "session");
    memcpy(session.key, seed, 16);
    session.seeded = true;
    cbor_write_null(&call->reply);
    return true;
}

/* drop(token): ends a handle that the consumer owns. */
static bool
handle_drop(struct endpoint_call *call)
{
    if (!endpoint_begin(call, 1))
        return false;
    struct slot *slot = read_token(call, NULL);
    if (slot == NULL)
        return cbor_in_item(&call->arguments, 0);
    if (!endpoint_accept(call))
        return false;
    held--;
    destroy(slot);
    cbor_write_null(&call->reply);
    return true;
}

/* manifest(): what this provider is. Keys in canonical order. */
static bool
handle_manifest(struct endpoint_call *call)
{
    const struct endpoint_contract *contract = &endpoint_contract;
    const struct endpoint_methods *tables[] = {&contract->methods, &endpoint_own};
    struct cbor_writer *reply = &call->reply;
    size_t interfaces = 0;

    if (cbor_left(&call->arguments) > 0 && !cbor_read_null(&call->arguments))
        return false;
    if (!endpoint_accept(call))
        return false;
    cbor_write_map(reply, 4);
    cbor_write_literal(reply, "name");
    cbor_write_text(reply, contract->name, strlen(contract->name));
    cbor_write_literal(reply, "methods");
    cbor_write_array(reply, tables[0]->count + tables[1]->count);
    for (size_t t = 0; t < 2; t++) {
        for (size_t i = 0; i < tables[t]->count; i++)
            cbor_write_text(reply, tables[t]->methods[i].name, tables[t]->methods[i].length);
    }
    cbor_write_literal(reply, "version");
    cbor_write_text(reply, contract->version, strlen(contract->version));
    cbor_write_literal(reply, "contracts");
    while (contract->interfaces[interfaces] != NULL)
        interfaces++;
    cbor_write_array(reply, interfaces);
    for (size_t i = 0; i < interfaces; i++)
        cbor_write_text(reply, contract->interfaces[i], strlen(contract->interfaces[i]));
    return true;
}

static const struct endpoint_method protocol_methods[] = {
    ENDPOINT_METHOD("drop", handle_drop),
    ENDPOINT_METHOD("open", handle_open),
    ENDPOINT_METHOD("session", handle_session),
    ENDPOINT_METHOD("manifest", handle_manifest),
};

/* ---- Dispatch ---- */

/* Whether two texts of one length are the same, eight bytes at a time: names are too short for memcmp() to pay. */
static inline bool
is_same(const uint8_t *a, const char *b, size_t length)
{
    uint64_t eight[2];

    if (length < 8)
        return memcmp(a, b, length) == 0;
    for (size_t at = 0; at < length; at += 8) {
        if (at > length - 8)
            at = length - 8;
        memcpy(&eight[0], a + at, 8);
        memcpy(&eight[1], b + at, 8);
        if (eight[0] != eight[1])
            return false;
    }
    return true;
}

/* The handler of a name in a table that is sorted by length; NULL if it is not there. */
static endpoint_handler *
find(const struct endpoint_methods *table, const uint8_t *name, size_t length)
{
    size_t low = 0, high = table->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->methods[middle].length < length)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < table->count && table->methods[low].length == length; low++) {
        if (is_same(name, table->methods[low].name, length))
            return table->methods[low].handler;
    }
    return NULL;
}

static endpoint_handler *
find_other(const uint8_t *name, size_t length)
{
    static const struct endpoint_methods protocol = {protocol_methods,
                                                     sizeof(protocol_methods) / sizeof(protocol_methods[0])};
    endpoint_handler *handler = find(&endpoint_own, name, length);

    return handler != NULL ? handler : find(&protocol, name, length);
}

/* Hands an error over as the canonical ABI wants it. Traps without memory for it, as cabi_realloc does. */
static void
answer_error(exports_compose_dynlink_endpoint_error_t *error, const char *code, struct text message,
             const char *context, size_t context_length)
{
    provider_string_dup_n(&error->code, code, strlen(code));
    provider_string_dup_n(&error->message, message.at, message.length);
    error->context.is_some = context != NULL;
    if (context != NULL)
        provider_string_dup_n(&error->context.val, context, context_length);
}

/* The error for a problem with the arguments: context `method: arguments.path`. */
static void
answer_problem(exports_compose_dynlink_endpoint_error_t *error, const struct endpoint_call *call)
{
    const struct cbor_problem *problem = &call->arguments.problem;
    char message_room[CBOR_EXPLANATION], context_room[96 + CBOR_PATH];
    struct text message = {message_room, cbor_explain(&call->arguments, message_room), sizeof(message_room)};
    struct text context = {context_room, 0, sizeof(context_room)};

    append(&context, call->method, cut(call->method, call->method_length, 64));
    append_string(&context, ": arguments");
    if (problem->path_length > 0 && problem->path[0] != '[')
        append_string(&context, ".");
    append(&context, problem->path, problem->path_length);
    answer_error(error, problem->no_memory ? "internal-error" : "invalid-input", message, context.at, context.length);
}

/* The error of a call that failed in any way. */
static void
answer_failure(exports_compose_dynlink_endpoint_error_t *error, const struct endpoint_call *call)
{
    const char *message = "the method failed without saying why";

    if (call->code != NULL) {
        struct text text = {(char *)call->message, strlen(call->message), 0};
        answer_error(error, call->code, text, call->context, call->context_length);
    } else if (call->arguments.problem.expected != NULL) {
        answer_problem(error, call);
    } else {
        if (call->reply.failed == CBOR_NO_MEMORY)
            message = "no memory for the reply";
        else if (call->reply.failed == CBOR_TOO_LARGE)
            message = "the reply is larger than a provider may answer";
        struct text text = {(char *)message, strlen(message), 0};
        answer_error(error, "internal-error", text, call->method, call->method_length);
    }
}

bool
exports_compose_dynlink_endpoint_handle(provider_string_t *method, provider_list_u8_t *payload, provider_list_u8_t *ret,
                                        exports_compose_dynlink_endpoint_error_t *err)
{
    endpoint_handler *generated = find(&endpoint_contract.methods, method->ptr, method->len);
    endpoint_handler *handler = generated != NULL ? generated : find_other(method->ptr, method->len);
    struct endpoint_call call;

    calls++;
    cbor_reader_open(&call.arguments, payload->ptr, payload->len);
    bool spare = generated != NULL && payload->len > 0;
    if (spare)
        cbor_spare(&call.arguments, payload->ptr);
    cbor_writer_open(&call.reply, ENDPOINT_MAX_REPLY);
    call.method = (const char *)method->ptr;
    call.method_length = method->len;
    call.taken = call.given = -1;
    call.code = NULL;
    if (handler == NULL)
        endpoint_fail(&call, "not-implemented", "there is no such method", NULL);
    bool answered = handler != NULL && handler(&call) && call.code == NULL && call.arguments.problem.expected == NULL &&
                    cbor_writer_take(&call.reply, &ret->ptr, &ret->len);
    if (!answered) {
        settle_taken(&call, CONSUMER);
        destroy_given(&call);
        if (handler == NULL) {
            call.context = call.method;
            call.context_length = cut(call.method, call.method_length, CBOR_PATH);
        }
        answer_failure(err, &call);
        cbor_writer_close(&call.reply);
    }
    /* Else a string of the arguments has it. */
    if (!spare || call.arguments.spare != NULL)
        provider_list_u8_free(payload);
    provider_string_free(method);
    return answered;
}
