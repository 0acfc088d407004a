/* The methods that every provider has: what it is and what its contract is, the seed of its tokens, whether it serves an
 * interface; and those of endpoint_dispatch.c. docs/reference/dynlink-cbor.md. */
#include "endpoint_private.h"

#include <string.h>

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
        struct endpoint_text text = {call->message, 0, sizeof(call->message) - 1};
        endpoint_append_string(&text, endpoint_contract.name);
        endpoint_append_string(&text, " does not serve ");
        endpoint_append(&text, missing, missing_length);
        call->message[text.length] = '\0';
        call->code = "exec-missing-export";
        call->context = missing;
        call->context_length = endpoint_cut(missing, missing_length, CBOR_PATH);
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
    if (!endpoint_seed(seed))
        return endpoint_fail(call, "invalid-input", "the session has begun already", "session");
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

/* describe(): the contract. */
static bool
handle_describe(struct endpoint_call *call)
{
    const struct endpoint_description *description = &endpoint_description;

    if (cbor_left(&call->arguments) > 0 && !cbor_read_null(&call->arguments))
        return false;
    if (!endpoint_accept(call))
        return false;
    if (description->data == NULL)
        return endpoint_fail(call, "not-implemented", "the provider has no description of its contract", "describe");
    cbor_write_raw(&call->reply, description->data, description->length);
    return true;
}

static const struct endpoint_method methods[] = {
    ENDPOINT_METHOD("drop", endpoint_handle_drop),
    ENDPOINT_METHOD("open", handle_open),
    ENDPOINT_METHOD("room", endpoint_handle_room),
    ENDPOINT_METHOD("session", handle_session),
    ENDPOINT_METHOD("describe", handle_describe),
    ENDPOINT_METHOD("manifest", handle_manifest),
};

const struct endpoint_methods endpoint_protocol = {methods, sizeof(methods) / sizeof(methods[0])};
