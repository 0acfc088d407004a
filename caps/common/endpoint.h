/* The provider's side of compose:dynlink: dispatch of methods, and handles as session tokens. A consumer that is asked
 * answers by the same means (link_answer.c): to it "the consumer" below is the provider that asks.
 *
 * endpoint.c implements `endpoint.handle` over a table of methods. Generated code (`<world>_endpoint.c`) supplies
 * `endpoint_contract`; a provider may add methods of its own in `endpoint_own`. Protocol, payloads and errors:
 * docs/reference/dynlink-cbor.md. One thread. A handler may ask the consumer by endpoint_ask(), and while it waits for the
 * answer other handlers run, on top of it: it must be ready for that, as if it had called them itself.
 *
 * A handle (`__handle` of an export-side `own_<r>_t`) is a small integer, never a pointer: index and generation of an
 * entry in one table of the instance. It belongs either to the provider (made by endpoint_new(), or received as an
 * argument) or to the consumer (returned as a result). What the consumer gets to see is a token: 64 bits of which 44
 * are SipHash-2-4 of a counter under the session's secret key, 20 the index. */
#ifndef PYLON_ENDPOINT_H
#define PYLON_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cbor.h"

/* The most bytes of a reply; the host's own limit may be lower. */
#ifndef ENDPOINT_MAX_REPLY
#define ENDPOINT_MAX_REPLY ((size_t)256 << 20)
#endif

/* The most handles that the consumer may hold at a time. The table has room for some more, which the provider holds. */
enum { ENDPOINT_MAX_HANDLES = 1000000 };

/* The code of a call that came to nothing for want of memory, of which the contract itself has no way to tell. */
#define ENDPOINT_NO_MEMORY "no-memory"

/* A call that is being answered. */
struct endpoint_call {
    struct cbor_reader arguments; /* over the payload */
    struct cbor_writer reply;     /* empty */
    const char *method;           /* not NUL-terminated */
    size_t method_length;
    /* The rest is the endpoint's own. */
    struct endpoint_call *outer; /* the call inside of which the consumer makes this one; NULL: none */
    uint64_t number;             /* of this call, from 1 */
    uint32_t session;            /* of who calls; 0 in a provider, which has one */
    int32_t taken;       /* the last handle that the arguments gave away, a list through the table; -1: none */
    int32_t given;       /* the last handle that the reply gives away, the same */
    /* Ends the call for foreign handles; NULL: it has none, and what follows is not initialised. */
    void (*settle)(struct endpoint_call *call, bool answered);
    int32_t foreign_borrows, foreign_taken, foreign_given; /* lists as above, of their own table */
    const char *code;    /* of a failure that is no problem with the arguments, NULL: none */
    const char *context; /* NULL: none */
    size_t context_length;
    char message[256]; /* of the failure, not initialised otherwise */
};

/* Answers a method: reads `call->arguments`, writes `call->reply`. False: a problem is noted in `call->arguments` (the
 * caller gets `invalid-input` with method and path as context), or endpoint_fail() was called. A handler that fails
 * because of its arguments has done nothing else. */
typedef bool endpoint_handler(struct endpoint_call *call);

struct endpoint_method {
    const char *name;
    size_t length; /* of the name */
    endpoint_handler *handler;
};

/* {name, handler} with the length filled in. */
#define ENDPOINT_METHOD(name, handler) {"" name, sizeof(name) - 1, handler}

/* Methods, sorted by length of the name, then by its bytes. */
struct endpoint_methods {
    const struct endpoint_method *methods; /* may be NULL when there are none */
    size_t count;
};

/* What a provider is. */
struct endpoint_contract {
    const char *name;              /* of the provider, C strings */
    const char *version;           /* of the provider */
    const char *const *interfaces; /* ids of those that it serves, `ns:package/interface@1.2.3`; NULL ends */
    struct endpoint_methods methods;
};

/* Defined by generated code (a provider that is all hand-written defines it itself). */
extern const struct endpoint_contract endpoint_contract;

/* The contract as one CBOR item, which is answered to `describe`. */
struct endpoint_description {
    const char *data; /* NULL: there is none */
    size_t length;
};

/* Defined by generated code; a provider that is all hand-written has none unless it defines this. */
extern const struct endpoint_description endpoint_description;

/* Methods that a provider adds by hand; none unless it defines this. They may treat the payload as raw bytes:
 * `call->arguments.at` up to `.end`. Listed in the manifest. */
extern const struct endpoint_methods endpoint_own;

/* ---- For handlers ---- */

/* Reads the head of the arguments: an array of exactly `count`. */
static inline bool
endpoint_begin(struct endpoint_call *call, size_t count)
{
    return cbor_read_tuple(&call->arguments, count);
}

/* The arguments' handles now belong to the provider. For endpoint_accept(). */
void endpoint_take_over(struct endpoint_call *call);

/* Ends the arguments: nothing may follow, and the handles that they gave away now belong to the provider. To be called
 * once, after the last argument and before any work. */
static inline bool
endpoint_accept(struct endpoint_call *call)
{
    if (!cbor_read_end(&call->arguments))
        return false;
    if (call->taken >= 0)
        endpoint_take_over(call);
    call->foreign_taken = -1;
    return true;
}

/* Makes the call fail with an error of the provider's own; the first one wins. All are C strings in UTF-8: `code` and
 * `context` (NULL for none) outlive the handler, `message` is copied and cut at 255 bytes. Always false. */
bool endpoint_fail(struct endpoint_call *call, const char *code, const char *message, const char *context);

/* ---- Handles ---- */

/* A resource type. Static, generated. */
struct endpoint_resource {
    const char *name;           /* `interface.resource`, for messages */
    void (*destructor)(void *); /* takes the representation */
};

/* Reads a token as an argument borrow<>: the representation, valid during this call. While this call waits for an answer
 * the consumer can neither drop the handle nor give it away. */
bool endpoint_read_borrow(struct endpoint_call *call, const struct endpoint_resource *type, void **representation);

/* Reads a token as an argument own<>. After endpoint_accept() the handle is the provider's. A handle that is also
 * borrowed, or given twice, in the same call is a problem. */
bool endpoint_read_own(struct endpoint_call *call, const struct endpoint_resource *type, int32_t *handle);

/* The same for a relay, whose representations are handles of what it imports: the representation, which the handler has
 * from endpoint_accept() on. The consumer's handle has ended then, without its destructor. */
bool endpoint_read_passed_on(struct endpoint_call *call, const struct endpoint_resource *type, int32_t *representation);

/* Writes an own<> to the reply: the handle becomes the consumer's. Where the consumer holds ENDPOINT_MAX_HANDLES
 * already, or there is no memory for one more, the call fails with ENDPOINT_NO_MEMORY. When a call fails, what its reply gave away is destroyed. */
void endpoint_write_own(struct endpoint_call *call, const struct endpoint_resource *type, int32_t handle);

/* `<r>_new`: a handle of the provider's for a representation. A call can always have one; for more it traps where there
 * is no memory, as the canonical ABI's resource.new does. */
int32_t endpoint_new(const struct endpoint_resource *type, void *representation);

/* `<r>_rep`: the representation of a handle that the provider owns. Traps for any other handle. */
void *endpoint_rep(const struct endpoint_resource *type, int32_t handle);

/* `<r>_drop_own`: runs the destructor and ends a handle that the provider owns. Traps for any other handle. */
void endpoint_drop(const struct endpoint_resource *type, int32_t handle);

/* ---- Questions (endpoint_ask.c) ----
 *
 * A provider that calls endpoint_ask() imports compose:dynlink/consumer; no other one does. */

/* What became of a question. To be freed by endpoint_answer_free(). Texts are UTF-8 and not NUL-terminated. */
struct endpoint_answer {
    uint8_t *data; /* the answer; NULL if it is empty, or an error */
    size_t length;
    struct endpoint_answer_text {
        char *text; /* NULL: there is none */
        size_t length;
    } code, message, context; /* of an error */
};

/* Asks the consumer, in the middle of a call, and returns when it has answered. It may be called from anywhere below a
 * handler, for instance from a callback of a library. Meanwhile the consumer may call this provider: its calls are
 * answered here, on top of the stack. True: `answer` has its answer. False: `answer` has the error, which is the
 * consumer's own or the host's: `not-implemented` if this consumer answers no questions, `invalid-input` if the question
 * is too long. What becomes of the provider's own call is the handler's matter. Codes that tell the consumer that an
 * instance has ended (`exec-trap`, `exec-timeout`, `exec-resource-exhausted`) may be among the consumer's own: a handler
 * that fails for such an answer does so with a code of its own. */
bool endpoint_ask(const char *method, size_t method_length, const void *payload, size_t payload_length,
                  struct endpoint_answer *answer);

/* Whether the answer is an error with this code. */
bool endpoint_answer_is(const struct endpoint_answer *answer, const char *code);

/* Frees what endpoint_ask() has filled in. */
void endpoint_answer_free(struct endpoint_answer *answer);

/* ---- Questions by generated code (endpoint_question.c) ----
 *
 * As struct link_call of link.h, the other way round:
 *
 *     struct endpoint_question question;
 *     uint32_t result = 0;
 *     endpoint_question_begin(&question, ENDPOINT_QUESTION("cb.check"), 1);
 *     cbor_write_unsigned(&question.arguments, n);
 *     if (endpoint_question_send(&question))
 *         cbor_read_u32(&question.reply, &result);
 *     if (!endpoint_question_end(&question))
 *         ...question.why... */
struct endpoint_question {
    const char *method;
    size_t method_length;
    struct endpoint_answer answer;
    int32_t given;                /* the last handle that the arguments give away, a list through the table; -1: none */
    bool failed;                  /* `why` says how */
    struct cbor_writer arguments; /* between endpoint_question_begin() and endpoint_question_send() */
    struct cbor_reader reply;     /* between endpoint_question_send() and endpoint_question_end() */
    size_t why_length;
    char why[256]; /* UTF-8, cut to that; not initialised before */
};

/* Method name and length, as two arguments. */
#define ENDPOINT_QUESTION(name) "" name, sizeof(name) - 1

/* Starts a question with `count` arguments, which the caller writes to `question->arguments` next. */
void endpoint_question_begin(struct endpoint_question *question, const char *method, size_t method_length,
                             size_t count);

/* Writes a foreign handle as an argument. Traps for one that is not alive, as the canonical ABI does. An own<> is dead
 * here afterwards, whatever comes of the question; if that fails, endpoint_question_end() drops it in the consumer. */
void endpoint_question_borrow(struct endpoint_question *question, int32_t handle);
void endpoint_question_own(struct endpoint_question *question, int32_t handle);

/* Asks. True: the answer can be read from `question->reply`. False: it failed; endpoint_question_end() comes next. */
bool endpoint_question_send(struct endpoint_question *question);

/* Reads an own<> in the answer and makes a foreign handle for it, never 0. */
bool endpoint_question_read_own(struct endpoint_question *question, int32_t *handle);

/* Ends the question. True: it was answered, and the answer was read without a problem and to its end. False: `why` says
 * what is wrong; the caller frees what it has read. */
bool endpoint_question_end(struct endpoint_question *question);

/* ---- Foreign handles: of resources of the consumer's (endpoint_question.c) ---- */

/* Read and written as arguments and results of calls, like handles of the provider's own resources. A borrow<> is alive
 * until the call ends. An own<> that a reply gives back is dropped in the consumer if the call fails. */
bool endpoint_read_foreign_borrow(struct endpoint_call *call, int32_t *handle);
bool endpoint_read_foreign_own(struct endpoint_call *call, int32_t *handle);
void endpoint_write_foreign_own(struct endpoint_call *call, int32_t handle);

/* Ends an own handle, and tells the consumer (`drop`). Traps for one that is not alive. */
void endpoint_drop_foreign(int32_t handle);

#endif
