/* What the files of the openssl cap share. */
#ifndef PYLON_OPENSSL_COMMON_H
#define PYLON_OPENSSL_COMMON_H

#include <openssl/bio.h>

#include "openssl_cap.h"

typedef exports_openssl_component_error_failure_t failure_t;
typedef openssl_cap_list_u8_t bytes_t;
typedef openssl_cap_string_t text_t;

/* The most that a function with a limit returns. */
enum { LIMIT = 64 * 1024 };

/* Room for a name of an algorithm with its end; longer ones there are none. */
enum { NAME_ROOM = 80 };

/* Fills `failure`, which is the caller's of a function that returns it, from OpenSSL's queue of errors, and empties the
 * queue. Returns false, as such a function then does. */
bool failed(failure_t *failure);

/* The same for what OpenSSL does not know of. */
bool failed_by(failure_t *failure, exports_openssl_component_error_kind_t kind);
#define NO_MEMORY EXPORTS_OPENSSL_COMPONENT_ERROR_KIND_MEMORY
#define UNSUPPORTED EXPORTS_OPENSSL_COMPONENT_ERROR_KIND_UNSUPPORTED
#define ARGUMENT EXPORTS_OPENSSL_COMPONENT_ERROR_KIND_ARGUMENT
#define PASSWORD_NEEDED EXPORTS_OPENSSL_COMPONENT_ERROR_KIND_PASSWORD_NEEDED
#define NOTHING_THERE EXPORTS_OPENSSL_COMPONENT_ERROR_KIND_NOTHING_THERE

/* The end of a function that sets something. Returns `done`, with `failure` filled where it is false. */
bool settled(bool done, failure_t *failure);

/* A BIO to read a list from, which stays the caller's. NULL without memory. */
BIO *reader(const bytes_t *bytes);

/* Copies a text that arrived as a C string, and frees it. False if it is longer than a name can be, or holds a 0. */
bool take_name(text_t *text, char name[NAME_ROOM]);

/* A text to be returned: a copy of `text`, which may be NULL. Empty where there is no memory. */
text_t text_of(const char *text);

/* The same of bytes that somebody else wrote: where they are not UTF-8 each is the character of its number. */
text_t text_of_bytes(const uint8_t *bytes, size_t length);

/* The same of what was written to a memory BIO. */
text_t text_in(BIO *bio);

/* Less than 0, 0 or more, as memcmp() has it for bytes. */
int order_of_texts(const text_t *one, const text_t *other);

/* Room for a list to be returned. */
bool bytes_new(bytes_t *bytes, size_t length);

/* Frees what arrived and was a secret. */
void forget(bytes_t *bytes);

#endif
